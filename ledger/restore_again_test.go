package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestAnInterruptedRestoreIsContinuedByDoingItAgain(t *testing.T) {
	t.Parallel()
	g := generate(t, 5, 1500)
	want := tableOf(t, g.store)
	for name, store := range both(t) {
		t.Run(name+": the context ends", func(t *testing.T) {
			t.Parallel()
			for done := int64(0); done < want.Head.Seq; {
				ctx, cancel := context.WithCancel(t.Context())
				last, commits := int64(0), 0
				head, err := ledger.Restore(ctx, store, 1, each(g.records), &ledger.RestoreOptions{BatchMax: 50, Progress: func(head ledger.Head) {
					if last = head.Seq; commits == 3 {
						cancel()
					}
					commits++
				}})
				cancel()
				if err == nil {
					done = head.Seq
					continue
				}
				require.ErrorIs(t, err, context.Canceled)
				var stopped *ledger.RestoreError
				require.ErrorAs(t, err, &stopped)
				require.Equal(t, last, stopped.Committed)
				require.Greater(t, last, done)
				found, err := store.Head(t.Context(), 1)
				require.NoError(t, err)
				require.Equal(t, last, found.Seq)
				done = last
			}
			require.Equal(t, want, tableOf(t, store))
		})
	}
	t.Run("a commit fails", func(t *testing.T) {
		t.Parallel()
		store, commits := newMemory(), 0
		store.hook = func(ledger.Changes) error {
			if commits++; commits == 5 {
				return errors.New("disk full")
			}
			return nil
		}
		_, err := ledger.Restore(t.Context(), store, 1, each(g.records), small)
		require.ErrorContains(t, err, "disk full")
		require.NotErrorIs(t, err, ledger.ErrRecordRejected)
		_, err = ledger.Restore(t.Context(), store, 1, each(g.records), small)
		require.NoError(t, err)
		require.Equal(t, want, tableOf(t, store))
	})
	t.Run("the records cannot be read further", func(t *testing.T) {
		t.Parallel()
		store, failure := storetest.NewMemory(), errors.New("the cable was pulled")
		for _, n := range []int{0, 1, 70, 71, 300} {
			_, err := ledger.Restore(t.Context(), store, 1, func(yield func([]byte, error) bool) {
				each(g.records[:n])(yield)
				yield(nil, failure)
			}, small)
			require.ErrorIs(t, err, failure)
			var stopped *ledger.RestoreError
			require.ErrorAs(t, err, &stopped)
			require.Equal(t, int64(n+1), stopped.Seq)
			require.LessOrEqual(t, stopped.Committed, int64(n))
			require.NotErrorIs(t, err, ledger.ErrRecordRejected)
		}
		_, err := ledger.Restore(t.Context(), store, 1, each(g.records), nil)
		require.NoError(t, err)
		require.Equal(t, want, tableOf(t, store))
	})
}

// What the records end with is told, also where the book has them already.
func TestAReadingThatFailsIsNotTakenForTheEnd(t *testing.T) {
	t.Parallel()
	g := generate(t, 3, 60)
	broken := errors.New("the disk is broken")
	store := newMemory()
	_, err := ledger.Restore(t.Context(), store, 1, each(g.records), nil)
	require.NoError(t, err)
	_, err = ledger.Restore(t.Context(), store, 1, func(yield func([]byte, error) bool) {
		for i, record := range g.records {
			if i == 4 {
				yield(nil, broken)
				return
			}
			if !yield(record, nil) {
				return
			}
		}
	}, nil)
	require.ErrorIs(t, err, broken)
	var stopped *ledger.RestoreError
	require.ErrorAs(t, err, &stopped)
	require.EqualValues(t, 5, stopped.Seq)
}

func TestRestoreWritesNothingToABookThatIsThere(t *testing.T) {
	t.Parallel()
	g := generate(t, 6, 600)
	restore := func(t *testing.T, store *memory, records [][]byte) (ledger.Head, error) {
		t.Helper()
		store.hook = func(ledger.Changes) error { return errors.New("it was written to") }
		before := tableOf(t, store)
		head, err := ledger.Restore(t.Context(), store, 1, each(records), nil)
		store.hook = nil
		require.Equal(t, before, tableOf(t, store))
		return head, err
	}
	full := func(t *testing.T, records [][]byte) *memory {
		t.Helper()
		store := newMemory()
		_, err := ledger.Restore(t.Context(), store, 1, each(records), nil)
		require.NoError(t, err)
		return store
	}
	t.Run("the same book is left as it is", func(t *testing.T) {
		t.Parallel()
		store := full(t, g.records)
		head, err := restore(t, store, g.records)
		require.NoError(t, err)
		require.Equal(t, int64(len(g.records)), head.Seq)
	})
	t.Run("a book with more records than the import", func(t *testing.T) {
		t.Parallel()
		_, err := restore(t, full(t, g.records), g.records[:len(g.records)-1])
		require.ErrorIs(t, err, ledger.ErrBookExists)
		require.ErrorContains(t, err, "the import")
	})
	t.Run("a book that went another way", func(t *testing.T) {
		t.Parallel()
		store := full(t, g.records[:100])
		book, err := ledger.Open(t.Context(), store, 1, nil)
		require.NoError(t, err)
		_, err = book.SetChart(t.Context(), ledger.Chart{ID: ledger.NewID(), By: "office", Why: "other", Families: walletFamily()})
		require.NoError(t, err)
		_, err = restore(t, store, g.records)
		require.ErrorIs(t, err, ledger.ErrBookExists)
		var stopped *ledger.RestoreError
		require.ErrorAs(t, err, &stopped)
		require.Equal(t, int64(101), stopped.Seq)
		require.Equal(t, mustParse(t, g.records[100]).ID, stopped.ID)
		require.Equal(t, int64(101), stopped.Committed)
	})
	t.Run("a book whose head is not that of its records", func(t *testing.T) {
		t.Parallel()
		_, err := ledger.Restore(t.Context(), &damaged{memory: full(t, g.records), tree: true}, 1, each(g.records), nil)
		require.ErrorIs(t, err, ledger.ErrCorrupt)
		require.NotErrorIs(t, err, ledger.ErrRecordRejected)
	})
	t.Run("a book that lacks a record", func(t *testing.T) {
		t.Parallel()
		_, err := ledger.Restore(t.Context(), &damaged{memory: full(t, g.records), lacks: 4}, 1, each(g.records), nil)
		require.ErrorIs(t, err, ledger.ErrCorrupt)
		require.ErrorContains(t, err, "it has no record 4")
	})
}

// damaged is a store with another tree in its head, or without a record.
type damaged struct {
	*memory
	tree  bool
	lacks int64
}

func (s *damaged) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	head, err := s.memory.Head(ctx, book)
	if s.tree {
		head.Tree = bytes.Repeat([]byte{1}, len(head.Tree))
	}
	return head, err
}

func (s *damaged) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		for record, err := range s.memory.Records(ctx, book, query) {
			if s.lacks == 0 || record.Seq != s.lacks {
				if !yield(record, err) {
					return
				}
			}
		}
	}
}

func walletFamily() []ledger.Family {
	return []ledger.Family{{Path: "wallet", Control: "2307", Side: ledger.CreditSide}}
}

func mustParse(t *testing.T, body []byte) ledger.Record {
	t.Helper()
	record, err := ledger.ParseRecord(body)
	require.NoError(t, err)
	return record
}
