package storetest_test

import (
	"testing"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func openMemory(testing.TB) ledger.Store { return storetest.NewMemory() }

func TestMemoryPassesTheContract(t *testing.T) { t.Parallel(); storetest.Run(t, openMemory) }
