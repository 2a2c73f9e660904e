package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func TestACursorMovesFromWhereItIs(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	store, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "books.db"), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.NoError(t, store.Create(ctx, 1))
	at := func(book ledger.BookID, consumer string) int64 {
		seq, err := store.Cursor(ctx, book, consumer)
		require.NoError(t, err)
		return seq
	}
	require.Zero(t, at(1, "mail"))
	require.ErrorIs(t, store.MoveCursor(ctx, 1, "mail", 3, 5), ledger.ErrConflict, "it is at 0")
	require.NoError(t, store.MoveCursor(ctx, 1, "mail", 0, 3))
	require.ErrorIs(t, store.MoveCursor(ctx, 1, "mail", 0, 5), ledger.ErrConflict, "it was moved before")
	require.ErrorIs(t, store.MoveCursor(ctx, 1, "mail", 2, 5), ledger.ErrConflict)
	require.EqualValues(t, 3, at(1, "mail"), "what lost has moved nothing")
	require.NoError(t, store.MoveCursor(ctx, 1, "mail", 3, 5))
	require.EqualValues(t, 5, at(1, "mail"))
	require.Zero(t, at(1, "Mail"), "another consumer")
	require.Zero(t, at(2, "mail"), "another book")

	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, store.MoveCursor(ended, 1, "mail", 5, 6), context.Canceled)
	require.EqualValues(t, 5, at(1, "mail"))
}

func TestACursorIsCheckedBeforeItIsLookedUp(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := newProgram(t)
	store, err := sqlitestore.Open(ctx, p.path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.NoError(t, store.MoveCursor(ctx, 1, strings.Repeat("é", 64), 0, 1), "128 bytes")
	p.within(t, func(tx *sql.Tx) error {
		for _, cursors := range []ledger.Cursors{store, sqlitestore.In(tx)} {
			var invalid *ledger.InvalidError
			for _, name := range []string{"", "a\x00b", strings.Repeat("é", 65), "\xff"} {
				_, err := cursors.Cursor(ctx, 1, name)
				require.ErrorAs(t, err, &invalid, "%q", name)
				require.Equal(t, "consumer", invalid.Field)
				require.ErrorAs(t, cursors.MoveCursor(ctx, 1, name, 0, 1), &invalid, "%q", name)
			}
			for _, move := range [][2]int64{{-1, 1}, {0, 0}, {5, 4}} {
				require.ErrorAs(t, cursors.MoveCursor(ctx, 1, "mail", move[0], move[1]), &invalid)
				require.Equal(t, "to", invalid.Field)
			}
		}
		return nil
	})
	readOnly, err := sqlitestore.Open(ctx, p.path, &sqlitestore.Options{ReadOnly: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, readOnly.Close()) }()
	seq, err := readOnly.Cursor(ctx, 1, strings.Repeat("é", 64))
	require.NoError(t, err)
	require.EqualValues(t, 1, seq)
	require.ErrorIs(t, readOnly.MoveCursor(ctx, 1, "mail", 0, 1), sqlitestore.ErrReadOnly)
}

func TestACursorMovesWithTheCallersTransaction(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := newProgram(t)
	at := func() (seq int64) {
		p.within(t, func(tx *sql.Tx) (err error) {
			seq, err = sqlitestore.In(tx).Cursor(ctx, 1, "mail")
			return err
		})
		return seq
	}
	tx := p.begin(t)
	require.NoError(t, order(ctx, tx, "1"))
	require.NoError(t, sqlitestore.In(tx).MoveCursor(ctx, 1, "mail", 0, 2))
	seq, err := sqlitestore.In(tx).Cursor(ctx, 1, "mail")
	require.NoError(t, err)
	require.EqualValues(t, 2, seq)
	require.NoError(t, tx.Rollback())
	require.Zero(t, at())
	p.within(t, func(tx *sql.Tx) error {
		require.NoError(t, order(ctx, tx, "1"))
		cursors := sqlitestore.In(tx)
		require.NoError(t, cursors.MoveCursor(ctx, 1, "mail", 0, 2))
		require.ErrorIs(t, cursors.MoveCursor(ctx, 1, "mail", 0, 2), ledger.ErrConflict)
		return cursors.MoveCursor(ctx, 1, "mail", 2, 3)
	})
	require.EqualValues(t, 3, at(), "a conflict leaves the transaction usable")
	require.Equal(t, 1, p.orders(t))
}

// Several processes of one consumer, each of which dies now and then with its
// work half done, make the effect of every record once.
func TestConsumersOfOneNameDoEachRecordOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newProgram(t)
	p.within(t, func(tx *sql.Tx) error {
		book := bookIn(t, tx)
		for i := range 60 {
			if _, err := book.Post(ctx, topUp(int64(i+1))); err != nil {
				return err
			}
		}
		return nil
	})
	store, err := sqlitestore.Open(ctx, p.path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	book, err := ledger.Open(ctx, store, 1, nil)
	require.NoError(t, err)
	head, err := book.Head(ctx)
	require.NoError(t, err)

	var group sync.WaitGroup
	failures := make(chan error, 3)
	for worker := range 3 {
		group.Go(func() { failures <- consume(ctx, p, book, store, head.Seq, worker) })
	}
	group.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	seq, err := store.Cursor(ctx, 1, "orders")
	require.NoError(t, err)
	require.Equal(t, head.Seq, seq)
	require.EqualValues(t, head.Seq, p.orders(t))
}

// consume makes an order of each record up to the last, beginning again where
// the cursor is whenever it dies or another one was faster.
func consume(ctx context.Context, p *program, book *ledger.Book, cursors ledger.Cursors, last int64, worker int) error {
	for steps := worker; ; {
		at, err := cursors.Cursor(ctx, 1, "orders")
		if err != nil || at == last {
			return err
		}
		for record, err := range book.Follow(ctx, at) {
			if err != nil {
				return err
			}
			steps++
			err = effect(ctx, p, record.Seq, steps%7 == 0)
			if errors.Is(err, ledger.ErrConflict) || errors.Is(err, errKilled) {
				break
			}
			if err != nil {
				return err
			}
			if record.Seq == last {
				break
			}
		}
	}
}

var errKilled = errors.New("killed")

func effect(ctx context.Context, p *program, seq int64, kill bool) error {
	tx, err := p.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := sqlitestore.In(tx).MoveCursor(ctx, 1, "orders", seq-1, seq); err != nil {
		return err
	}
	if err := order(ctx, tx, fmt.Sprint(seq)); err != nil {
		return err // the second order of a record is refused by its key
	}
	if kill {
		return errKilled
	}
	return tx.Commit()
}
