package pgstore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestContract(t *testing.T) { t.Parallel(); storetest.Run(t, open) }
func TestModel(t *testing.T)    { t.Parallel(); storetest.Model(t, open) }

func TestListing(t *testing.T) { storetest.Listing(t, open) }

func TestCallerTransaction(t *testing.T) { t.Parallel(); storetest.CallerTransaction(t, openCallers) }

// With CAMPUSLEDGER_TEST_FSYNC=on the server of the tests writes to the disk.
func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open, floor) }

func BenchmarkClose(b *testing.B) { storetest.BenchmarkClose(b, open) }

// open makes a store in a database of its own.
func open(tb testing.TB) ledger.Store { return pgstore.New(newPool(tb, nil), nil) }

// openCallers makes a store in a database of its own, and callers beside it.
func openCallers(tb testing.TB) storetest.Callers {
	pool := newPool(tb, nil)
	return storetest.Callers{Outside: pgstore.New(pool, nil), Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
		tx, err := pool.Begin(context.Background())
		require.NoError(tb, err)
		return pgstore.In(tx, nil),
			func() error { return tx.Commit(context.Background()) }, func() error { return tx.Rollback(context.Background()) }
	}}
}
