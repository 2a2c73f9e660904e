package main

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

func TestAMealIsOrderedAndPaidOrNeither(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	require.NoError(t, run(t.Context(), address))
	pool, err := pgxpool.New(t.Context(), address)
	require.NoError(t, err)
	defer pool.Close()
	require.Equal(t, []string{"noodles"}, dishes(t, pool))
	book, err := ledger.Open(t.Context(), pgstore.New(pool, nil), 1, nil)
	require.NoError(t, err)
	balance, err := book.Balance(t.Context(), "wallet/ann")
	require.NoError(t, err)
	require.Equal(t, money.MustParse("11.50", money.CNY), balance)

	require.ErrorIs(t, order(t.Context(), pool, "roast duck", "38.00"), ledger.ErrInsufficient)
	require.NoError(t, order(t.Context(), pool, "dumplings", "11.50"))
	require.Equal(t, []string{"dumplings", "noodles"}, dishes(t, pool))
	var paid []string
	for record, err := range book.Records(t.Context(), 3) {
		require.NoError(t, err)
		var dish string
		require.NoError(t, pool.QueryRow(t.Context(), `select dish from meal_order where id = $1`, record.ID).Scan(&dish))
		paid = append(paid, dish)
	}
	require.Equal(t, []string{"noodles", "dumplings"}, paid, "each record has its order")
}

func dishes(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select dish from meal_order order by dish`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}
