package sqlitestore_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestContract(t *testing.T) { t.Parallel(); storetest.Run(t, open) }
func TestModel(t *testing.T)    { t.Parallel(); storetest.Model(t, open) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open, floor) }

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
