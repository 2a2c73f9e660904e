package pgstore_test

import (
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// A connection keeps the plans that it made when the book was empty. They must
// still be good when it is not.
func TestPlansMadeForAnEmptyBookServeALargeOne(t *testing.T) {
	t.Parallel()
	const accounts, records = 2000, 20_000
	cases := map[string][]string{
		"tables never looked at":        nil,
		"tables known to be empty":      {`vacuum analyze`},
		"plans kept, known to be empty": {`vacuum analyze`, `set plan_cache_mode = force_generic_plan`},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, oneConnection)
			for _, table := range []string{"account", "journal", "entry"} {
				prepare = append(prepare, `alter table `+table+` set (autovacuum_enabled = false)`) // it would help
			}
			for _, statement := range prepare {
				_, err := pool.Exec(t.Context(), statement)
				require.NoError(t, err)
			}
			store := pgstore.New(pool, nil)
			book := newBook(t, store, 1)
			for range 10 {
				_, err := book.Post(t.Context(), topUp("w/1", 1))
				require.NoError(t, err)
			}
			openWallets(t, book, 2, accounts)
			postMany(t, book, records, func(i int) ledger.Transaction { return topUp(wallet(i%accounts+1), 1) })

			before := readsOf(t, pool)
			_, err := book.Post(t.Context(), topUp(wallet(accounts), 1))
			require.NoError(t, err)
			after := readsOf(t, pool)
			require.Equal(t, before.scans, after.scans, "a sequential scan")
			require.Less(t, after.rows-before.rows, int64(50), "a post of two lines reads a handful of rows")
		})
	}
}

// postMany posts from 256 goroutines.
func postMany(tb testing.TB, book *ledger.Book, n int, transaction func(i int) ledger.Transaction) {
	tb.Helper()
	next := make(chan int)
	errs := make(chan error, n)
	var callers sync.WaitGroup
	for range 256 {
		callers.Go(func() {
			for i := range next {
				if _, err := book.Post(tb.Context(), transaction(i)); err != nil {
					errs <- err
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	callers.Wait()
	close(errs)
	require.NoError(tb, <-errs)
}

type reads struct{ scans, rows int64 }

// readsOf returns what the only connection of the pool has read so far.
func readsOf(t *testing.T, pool *pgxpool.Pool) reads {
	t.Helper()
	_, err := pool.Exec(t.Context(), `select pg_stat_force_next_flush()`)
	require.NoError(t, err)
	var r reads
	const query = `select sum(seq_scan)::bigint, sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint
		from pg_stat_user_tables where relname in ('book', 'account', 'journal', 'entry', 'closing')`
	require.NoError(t, pool.QueryRow(t.Context(), query).Scan(&r.scans, &r.rows))
	return r
}
