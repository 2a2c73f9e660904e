package pgstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

const consumer = "parents' app"

func requireCursor(t *testing.T, cursors ledger.Cursors, want int64) {
	t.Helper()
	seq, err := cursors.Cursor(t.Context(), bookID, consumer)
	require.NoError(t, err)
	require.Equal(t, want, seq)
}

func TestACursorMovesFromWhereItIsOnly(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T, *pgxpool.Pool) ledger.Cursors{
		"of the pool": func(_ *testing.T, pool *pgxpool.Pool) ledger.Cursors { return pgstore.New(pool, nil) },
		"in a transaction": func(t *testing.T, pool *pgxpool.Pool) ledger.Cursors {
			tx, err := pool.Begin(t.Context())
			require.NoError(t, err)
			t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
			return pgstore.In(tx, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cursors := open(t, newPool(t, nil))
			requireCursor(t, cursors, 0)
			require.ErrorIs(t, cursors.MoveCursor(t.Context(), bookID, consumer, 3, 4), ledger.ErrConflict)
			requireCursor(t, cursors, 0)
			require.NoError(t, cursors.MoveCursor(t.Context(), bookID, consumer, 0, 2))
			require.ErrorIs(t, cursors.MoveCursor(t.Context(), bookID, consumer, 0, 9), ledger.ErrConflict)
			require.ErrorIs(t, cursors.MoveCursor(t.Context(), bookID, consumer, 1, 9), ledger.ErrConflict)
			requireCursor(t, cursors, 2)
			require.NoError(t, cursors.MoveCursor(t.Context(), bookID, consumer, 2, 1<<62))
			requireCursor(t, cursors, 1<<62)
			other, err := cursors.Cursor(t.Context(), bookID+1, consumer)
			require.NoError(t, err)
			require.Zero(t, other, "of another book")
		})
	}
}

func TestACursorIsAskedForProperly(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	for _, name := range []string{"", "a\x00b", "a\xff", strings.Repeat("a", 129)} {
		_, err := store.Cursor(t.Context(), bookID, name)
		var invalid *ledger.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, "consumer", invalid.Field)
		require.ErrorAs(t, store.MoveCursor(t.Context(), bookID, name, 0, 1), &invalid)
		require.Equal(t, "consumer", invalid.Field)
	}
	require.NoError(t, store.MoveCursor(t.Context(), bookID, strings.Repeat("a", 128), 0, 1))
	for _, move := range [][2]int64{{1, 1}, {2, 1}, {-1, 1}} {
		require.ErrorIs(t, store.MoveCursor(t.Context(), bookID, consumer, move[0], move[1]), ledger.ErrInvalid)
	}
}

// consume handles one record after the cursor, or none if there is none: the
// effect and the cursor stand or fall together.
func consume(ctx context.Context, pool *pgxpool.Pool, fail bool) (done bool, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		store := pgstore.In(tx, nil)
		at, err := store.Cursor(ctx, bookID, consumer)
		if err != nil {
			return err
		}
		var seqs []int64
		for record, err := range store.Records(ctx, bookID, ledger.RecordQuery{After: at, Limit: 1}) {
			if err != nil {
				return err
			}
			seqs = append(seqs, record.Seq)
		}
		if len(seqs) == 0 {
			done = true
			return nil
		}
		if _, err := tx.Exec(ctx, `insert into message (seq) values ($1)`, seqs[0]); err != nil {
			return err
		}
		if err := store.MoveCursor(ctx, bookID, consumer, at, seqs[0]); err != nil {
			return err
		}
		if fail {
			return errChanged
		}
		return nil
	})
	return done, err
}

func TestAConsumersEffectHappensOnceForEachRecord(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	book := newBook(t, pgstore.New(pool, nil), 1)
	const records = 40
	for range records - 3 {
		_, err := book.Post(t.Context(), topUp("w/1", 1))
		require.NoError(t, err)
	}
	_, err := pool.Exec(t.Context(), `create table message (seq bigint not null)`)
	require.NoError(t, err)
	var processes errgroup.Group
	for range 3 { // of the same consumer
		processes.Go(func() error {
			for n := 0; ; n++ {
				done, err := consume(t.Context(), pool, n%4 == 0)
				if err != nil && !errors.Is(err, errChanged) && !errors.Is(err, ledger.ErrConflict) {
					return err
				}
				if done {
					return nil
				}
			}
		})
	}
	require.NoError(t, processes.Wait())
	var all, different int
	require.NoError(t, pool.QueryRow(t.Context(), `select count(*), count(distinct seq) from message`).Scan(&all, &different))
	require.Equal(t, records, all)
	require.Equal(t, records, different)
	requireCursor(t, pgstore.New(pool, nil), records)
}

func TestTwoProcessesOfAConsumerCannotBothMove(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]int64{"at the start": 0, "later": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, nil)
			store := pgstore.New(pool, nil)
			if from > 0 {
				require.NoError(t, store.MoveCursor(t.Context(), bookID, consumer, 0, from))
			}
			first, err := pool.Begin(t.Context())
			require.NoError(t, err)
			require.NoError(t, pgstore.In(first, nil).MoveCursor(t.Context(), bookID, consumer, from, from+1))
			requireCursor(t, store, from)

			second := make(chan error, 1)
			go func() {
				tx, err := pool.Begin(t.Context())
				if err != nil {
					second <- err
					return
				}
				err = pgstore.In(tx, nil).MoveCursor(t.Context(), bookID, consumer, from, from+2)
				second <- errors.Join(err, tx.Commit(t.Context())) // it was left usable
			}()
			waitFor(t, pool, `select count(*) = 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
			require.NoError(t, first.Commit(t.Context()))
			err = <-second
			require.ErrorIs(t, err, ledger.ErrConflict)
			require.NotErrorIs(t, err, pgx.ErrTxCommitRollback)
			requireCursor(t, store, from+1)
		})
	}
}
