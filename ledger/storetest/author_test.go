package storetest_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func open(tb testing.TB) ledger.Store { return callers(tb).Outside }

func callers(tb testing.TB) storetest.Callers {
	path := filepath.Join(tb.TempDir(), "books.db")
	store, err := sqlitestore.Open(tb.Context(), path, nil)
	require.NoError(tb, err)
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(ON)")
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, errors.Join(db.Close(), store.Close())) })
	return storetest.Callers{Outside: store, Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
		tx, err := db.BeginTx(tb.Context(), nil)
		require.NoError(tb, err)
		return sqlitestore.In(tx), tx.Commit, tx.Rollback
	}}
}

func TestContract(t *testing.T)          { t.Parallel(); storetest.Run(t, open) }
func TestModel(t *testing.T)             { t.Parallel(); storetest.Model(t, open) }
func TestCallerTransaction(t *testing.T) { t.Parallel(); storetest.CallerTransaction(t, callers) }
func BenchmarkStore(b *testing.B)        { storetest.Benchmark(b, open, nil) }
