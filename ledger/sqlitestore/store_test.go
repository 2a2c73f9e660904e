package sqlitestore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestContract(t *testing.T) { t.Parallel(); storetest.Run(t, open) }
func TestModel(t *testing.T)    { t.Parallel(); storetest.Model(t, open) }

func TestListing(t *testing.T) { storetest.Listing(t, open) }

func TestCallerTransaction(t *testing.T) { t.Parallel(); storetest.CallerTransaction(t, openCallers) }

func TestModelInACallersTransaction(t *testing.T) { t.Parallel(); storetest.Model(t, openInTx) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open, floor) }

func BenchmarkClose(b *testing.B) { storetest.BenchmarkClose(b, open) }

// openInTx makes a store in a transaction that is committed when the test ends.
func openInTx(tb testing.TB) ledger.Store {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(tb.TempDir(), "school.db")+"?_txlock=immediate"+durable)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	require.NoError(tb, sqlitestore.Migrate(context.Background(), db))
	tx, err := db.BeginTx(context.Background(), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, tx.Commit()) })
	return sqlitestore.In(tx)
}

// openCallers makes a store in a file of its own, and callers beside it.
func openCallers(tb testing.TB) storetest.Callers {
	path := filepath.Join(tb.TempDir(), "books.db")
	store := openAt(tb, path)
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate"+durable)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return storetest.Callers{Outside: store, Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
		tx, err := db.BeginTx(context.Background(), nil)
		require.NoError(tb, err)
		return sqlitestore.In(tx), tx.Commit, tx.Rollback
	}}
}

// open makes a store in a file of its own.
func open(tb testing.TB) ledger.Store { return openAt(tb, filepath.Join(tb.TempDir(), "books.db")) }

func openAt(tb testing.TB, path string) ledger.Store {
	store, err := sqlitestore.Open(context.Background(), path, nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return &reopenable{store, path}
}

type reopenable struct {
	*sqlitestore.Store
	path string
}

func (r *reopenable) Reopen(tb testing.TB) ledger.Store {
	require.NoError(tb, r.Close())
	return openAt(tb, r.path)
}
