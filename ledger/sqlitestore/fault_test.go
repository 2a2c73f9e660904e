package sqlitestore

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

var day = ledger.DateOf(2026, time.September, 1)

func openStore(t *testing.T) (store *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "books.db")
	store, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store, path
}

func createBook(t *testing.T, store *Store) *ledger.Book {
	t.Helper()
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: day}, nil)
	require.NoError(t, err)
	return book
}

func opening(first, count int) ledger.Opening {
	o := ledger.Opening{ID: ledger.NewID()}
	for i := range count {
		o.Accounts = append(o.Accounts, ledger.AccountSpec{
			Path: fmt.Sprintf("wallet/%s%d", strings.Repeat("x", 100), first+i), Control: "2307",
			Side: ledger.CreditSide, Currency: money.CNY,
		})
	}
	return o
}

// pragma sets what a test needs on the connection that writes.
func pragma(t *testing.T, store *Store, text string) {
	t.Helper()
	_, err := store.conn.ExecContext(t.Context(), "pragma "+text)
	require.NoError(t, err)
}

func TestFullDiskWritesNothingAndIsSurvived(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	book := createBook(t, store)
	pragma(t, store, "max_page_count = 40")
	before, err := book.Head(t.Context())
	require.NoError(t, err)

	_, err = book.OpenAccounts(t.Context(), opening(0, 1000))
	require.ErrorIs(t, err, ErrDiskFull)
	require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
	require.ErrorContains(t, err, "disk is full")
	after, err := book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)

	_, err = book.OpenAccounts(t.Context(), opening(0, 1))
	require.NoError(t, err, "what still fits is written")
	pragma(t, store, "max_page_count = 10000")
	_, err = book.OpenAccounts(t.Context(), opening(1, 999))
	require.NoError(t, err, "and everything once there is room")
}

func TestForeignWriterIsAConflict(t *testing.T) {
	t.Parallel()
	store, path := openStore(t)
	createBook(t, store)
	other, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	held, err := other.Lock(t.Context(), 1, ledger.Need{})
	require.NoError(t, err)

	pragma(t, store, "busy_timeout = 1")
	_, err = store.Lock(t.Context(), 1, ledger.Need{})
	require.ErrorIs(t, err, ledger.ErrConflict)

	pragma(t, store, "busy_timeout = 60000")
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() {
		_, err := store.Lock(ctx, 1, ledger.Need{})
		answer <- err
	}()
	cancel()
	require.ErrorIs(t, <-answer, context.Canceled, "waiting for the file ends with the context")

	require.NoError(t, held.Rollback(t.Context()))
	locked, err := store.Lock(t.Context(), 1, ledger.Need{})
	require.NoError(t, err)
	require.NoError(t, locked.Rollback(t.Context()))
}

func TestFailedCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	createBook(t, store)
	require.NoError(t, store.writer.begin(t.Context()))
	pragma(t, store, "defer_foreign_keys = on") // so that COMMIT itself fails
	require.NoError(t, store.writer.exec(t.Context(),
		"insert into closing (book_id, account, date, debits, credits) values (1, 7, '2026-09-01', 0, 0)"))
	err := store.writer.commit()
	require.ErrorContains(t, err, "commit, nothing was written")
	require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
	closings, err := collect(store.Closings(t.Context(), 1, ledger.ClosingQuery{}))
	require.NoError(t, err)
	require.Empty(t, closings)
	require.NoError(t, store.writer.begin(t.Context()), "the next transaction begins")
	store.writer.rollback()
}

func TestLockedEndsOnce(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	createBook(t, store)
	locked, err := store.Lock(t.Context(), 1, ledger.Need{})
	require.NoError(t, err)
	require.NoError(t, locked.Rollback(t.Context()))
	require.NoError(t, locked.Rollback(t.Context()), "a second end does nothing")
	require.ErrorIs(t, locked.Commit(t.Context(), ledger.Changes{}), errEnded)
	locked, err = store.Lock(t.Context(), 1, ledger.Need{})
	require.NoError(t, err, "and gives no turn away")
	require.NoError(t, locked.Rollback(t.Context()))
}

func TestWritesAreSynced(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		require.NoError(t, store.conn.QueryRowContext(t.Context(), "pragma "+name).Scan(&got))
		require.Equal(t, want, got, name)
	}
	_, err := store.pool.db.ExecContext(t.Context(), "delete from book")
	require.ErrorIs(t, translate(err), ErrReadOnly, "the read connections cannot write")
}
