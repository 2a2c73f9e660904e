package sqlitestore_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", ":memory:"} {
		_, err := sqlitestore.Open(t.Context(), path, nil)
		require.ErrorIs(t, err, sqlitestore.ErrPath)
	}
}

func TestAClosedStoreSaysSoAtOnce(t *testing.T) {
	t.Parallel()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "books.db"), nil)
	require.NoError(t, err)
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "x", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	view, err := store.View(t.Context())
	require.NoError(t, err)
	require.NoError(t, view.Close())
	require.NoError(t, store.Close())
	require.NoError(t, store.Close(), "a second close does nothing")
	_, err = store.View(t.Context())
	require.ErrorIs(t, err, sqlitestore.ErrClosed)
	_, err = book.Balance(t.Context(), "bank")
	require.ErrorIs(t, err, sqlitestore.ErrClosed)
	_, err = store.Cursor(t.Context(), 1, "mail")
	require.ErrorIs(t, err, sqlitestore.ErrClosed)
	require.ErrorIs(t, store.MoveCursor(t.Context(), 1, "mail", 0, 1), sqlitestore.ErrClosed)
	require.ErrorIs(t, store.Create(t.Context(), 2), sqlitestore.ErrClosed)
	_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: ledger.DateOf(2026, 9, 1)})
	require.ErrorIs(t, err, sqlitestore.ErrClosed)
}
