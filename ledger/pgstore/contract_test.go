package pgstore_test

import (
	"testing"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestContract(t *testing.T) { t.Parallel(); storetest.Run(t, open) }
func TestModel(t *testing.T)    { t.Parallel(); storetest.Model(t, open) }

// With CAMPUSLEDGER_TEST_FSYNC=on the server of the tests writes to the disk.
func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open, floor) }

// open makes a store in a database of its own.
func open(tb testing.TB) ledger.Store { return pgstore.New(newPool(tb, nil), nil) }
