package sqlitestore_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func TestReadOnly(t *testing.T) {
	t.Parallel()
	first := ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, time.September, 1)}
	readOnly := &sqlitestore.Options{ReadOnly: true}

	t.Run("a file at rest is read and its directory left as it was", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "books #1?.db")
		live, err := sqlitestore.Open(t.Context(), path, nil)
		require.NoError(t, err)
		_, err = ledger.Create(t.Context(), live, 1, first, nil)
		require.NoError(t, err)
		require.NoError(t, live.Close())
		before := files(t, path)
		require.Len(t, before, 1, "a closed store is one file")

		store, err := sqlitestore.Open(t.Context(), path, readOnly)
		require.NoError(t, err)
		requireRead(t, store, 1)
		require.ErrorIs(t, store.Create(t.Context(), 2), sqlitestore.ErrReadOnly)
		_, err = store.Lock(t.Context(), 1, ledger.Need{})
		require.ErrorIs(t, err, sqlitestore.ErrReadOnly)
		require.NoError(t, store.Close())
		require.Equal(t, before, files(t, path))
	})
	t.Run("a live file is read as of its last commit", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "books.db")
		live, err := sqlitestore.Open(t.Context(), path, nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, live.Close()) }()
		book, err := ledger.Create(t.Context(), live, 1, first, nil)
		require.NoError(t, err)

		store, err := sqlitestore.Open(t.Context(), path, readOnly)
		require.NoError(t, err)
		requireRead(t, store, 1)
		_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: first.OpenDate})
		require.NoError(t, err)
		requireRead(t, store, 2)
		before := files(t, path)
		require.NoError(t, store.Close())
		require.Equal(t, before[path], files(t, path)[path])
		_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: first.OpenDate.AddDays(1)})
		require.NoError(t, err, "the live store is not disturbed")
	})
	t.Run("a missing file is named and not made", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "nowhere.db")
		_, err := sqlitestore.Open(t.Context(), path, readOnly)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, path)
		require.Empty(t, files(t, path))
	})
	t.Run("what is no ledger is refused", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "notes.txt")
		require.NoError(t, os.WriteFile(path, []byte("these are notes, not a database, however long they may be"), 0o600))
		for _, options := range []*sqlitestore.Options{readOnly, nil} {
			_, err := sqlitestore.Open(t.Context(), path, options)
			require.ErrorIs(t, err, ledger.ErrCorrupt)
			require.ErrorContains(t, err, path)
		}
		empty := filepath.Join(t.TempDir(), "empty.db")
		require.NoError(t, os.WriteFile(empty, nil, 0o600))
		_, err := sqlitestore.Open(t.Context(), empty, readOnly)
		require.ErrorContains(t, err, "not a ledger")
		store, err := sqlitestore.Open(t.Context(), empty, nil)
		require.NoError(t, err, "opened for writing it becomes one")
		require.NoError(t, store.Close())
	})
	t.Run("a missing directory is an error that names the file", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "nowhere", "books.db")
		_, err := sqlitestore.Open(t.Context(), path, nil)
		require.ErrorContains(t, err, path)
	})
}

func requireRead(t *testing.T, store *sqlitestore.Store, seq int64) {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	head, err := view.Head(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, seq, head.Seq)
	require.NoError(t, view.Close())
	require.NoError(t, view.Close(), "a second close does nothing")
}

// files returns what is in the path's directory.
func files(t *testing.T, path string) map[string]string {
	t.Helper()
	content := make(map[string]string)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	for _, entry := range entries {
		name := filepath.Join(filepath.Dir(path), entry.Name())
		bytes, err := os.ReadFile(name)
		require.NoError(t, err)
		content[name] = string(bytes)
	}
	return content
}
