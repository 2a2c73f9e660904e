package pgstore_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// pooledDatabase makes a database with the ledger's tables and returns its
// address through a pgbouncer in transaction mode. Tables are made past it.
func pooledDatabase(tb testing.TB) string {
	tb.Helper()
	address := pgtest.URL(tb)
	direct, err := pgxpool.New(tb.Context(), address)
	require.NoError(tb, err)
	defer direct.Close()
	require.NoError(tb, pgstore.Migrate(tb.Context(), direct))
	return pgtest.Pooled(tb, address) + "&default_query_exec_mode=cache_describe"
}

func newPooledPool(tb testing.TB, address string) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), address)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)
	return pool
}

func TestContractThroughPgbouncer(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB) ledger.Store { return pgstore.New(newPooledPool(tb, pooledDatabase(tb)), nil) })
}

func TestCallerTransactionThroughPgbouncer(t *testing.T) {
	t.Parallel()
	storetest.CallerTransaction(t, func(tb testing.TB) storetest.Callers {
		return callersOf(newPooledPool(tb, pooledDatabase(tb)))
	})
}

func callersOf(pool *pgxpool.Pool) storetest.Callers {
	return storetest.Callers{Outside: pgstore.New(pool, nil), Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
		tx, err := pool.Begin(context.Background())
		require.NoError(tb, err)
		return pgstore.In(tx, nil),
			func() error { return tx.Commit(context.Background()) }, func() error { return tx.Rollback(context.Background()) }
	}}
}

// Thirty servers of one connection each share ten: a connection to the server
// is another one for each transaction, with the plans and settings of others.
func TestManyClientsShareFewConnectionsThroughPgbouncer(t *testing.T) {
	t.Parallel()
	const clients, books, each, connections = 30, 6, 40, 10
	address := pooledDatabase(t)
	first := pgstore.New(newPooledPool(t, address), nil)
	for number := range ledger.BookID(books) {
		newNumberedBook(t, first, number+1, 1)
	}
	pids := make(chan int, clients*each)
	var all errgroup.Group
	for client := range clients {
		pool := newPooledPool(t, address+"&pool_max_conns=1")
		book, err := ledger.Open(t.Context(), pgstore.New(pool, nil), ledger.BookID(client%books+1), nil)
		require.NoError(t, err)
		all.Go(func() error {
			for range each {
				if _, err := book.Post(t.Context(), topUp("w/1", 1)); err != nil {
					return err
				}
				var pid int
				if err := pool.QueryRow(t.Context(), `select pg_backend_pid()`).Scan(&pid); err != nil {
					return err
				}
				pids <- pid
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
	close(pids)
	served := map[int]bool{}
	for pid := range pids {
		served[pid] = true
	}
	require.LessOrEqual(t, len(served), connections)
	require.Greater(t, len(served), 1)
	for number := range ledger.BookID(books) {
		report, err := audit.Run(t.Context(), first, number+1, nil)
		require.NoError(t, err)
		require.Empty(t, report.Findings)
		require.EqualValues(t, 3+clients/books*each, report.Records)
	}
}

// What a write sets must not be left to the next client.
func TestNothingIsLeftOnASharedConnection(t *testing.T) {
	t.Parallel()
	address := pooledDatabase(t)
	pool := newPooledPool(t, address+"&pool_max_conns=1") // one client: one connection serves it
	before := settingsOf(t, pool)
	book := newBook(t, pgstore.New(pool, nil), 1)
	_, err := book.Post(t.Context(), topUp("w/1", 1))
	require.NoError(t, err)
	_, err = book.Post(t.Context(), topUp("w/404", 1))
	require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	require.Equal(t, before, settingsOf(t, pool))
	var named int
	require.NoError(t, pool.QueryRow(t.Context(), `select count(*) from pg_prepared_statements where name <> ''`).Scan(&named))
	require.Zero(t, named)
}

func settingsOf(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select name || '=' || setting from pg_settings where source = 'session' or name in
		('lock_timeout', 'enable_seqscan', 'enable_nestloop', 'enable_hashjoin', 'enable_mergejoin', 'jit', 'synchronous_commit') order by 1`)
	require.NoError(t, err)
	settings, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return settings
}
