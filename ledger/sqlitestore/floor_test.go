package sqlitestore_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/sqlitestore/sqlitefloor"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// floor opens one in a file of its own.
func floor(tb testing.TB) load.Floor {
	opened, err := sqlitefloor.Open(tb.Context(), filepath.Join(tb.TempDir(), "floor.db"))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, opened.Close()) })
	return opened
}
