package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func Example() {
	dir, err := os.MkdirTemp("", "callertx")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := run(context.Background(), filepath.Join(dir, "school.db")); err != nil {
		fmt.Println(err)
	}
	// Output:
	// noodles ordered: true
	// lobster ordered: false
	// dumplings ordered: true
	// orders: 2
}

func TestTheOrdersAndTheBookAgree(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "school.db")
	require.NoError(t, run(t.Context(), path))
	require.ErrorContains(t, run(t.Context(), path), "UNIQUE", "order 1 is there already, and is not paid twice")

	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	book, err := ledger.Open(t.Context(), store, 1, nil)
	require.NoError(t, err)
	balance, err := book.Balance(t.Context(), "wallet/ann")
	require.NoError(t, err)
	require.Equal(t, "22.50 CNY", balance.String())
}
