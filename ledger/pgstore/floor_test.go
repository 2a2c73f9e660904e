package pgstore_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/pgstore/pgfloor"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// floor opens one in a database of its own, with a connection for each writer.
func floor(tb testing.TB) load.Floor {
	pool := newPool(tb, func(config *pgxpool.Config) { config.MaxConns = 16 })
	opened, err := pgfloor.New(tb.Context(), pool)
	require.NoError(tb, err)
	return opened
}
