package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestRestoreRebuildsTheSameBook(t *testing.T) {
	t.Parallel()
	kinds := make(map[string]struct{})
	var text []byte
	for seed := range uint64(4) {
		g := generate(t, seed, 1500)
		want := tableOf(t, g.store)
		for _, r := range want.Records {
			kinds[mustParse(t, r.Body).Kind] = struct{}{}
			text = append(append(text, r.Body...), '\n')
		}
		for name, store := range both(t) {
			head, err := ledger.Restore(t.Context(), store, 1, each(g.records), small)
			require.NoError(t, err)
			require.Equal(t, want, tableOf(t, store), "%s, seed %d", name, seed)
			head.At = head.At.UTC()
			require.Equal(t, want.Head, head, name)
		}
	}
	require.Subset(t, slices.Collect(maps.Keys(kinds)), []string{
		ledger.KindGenesis, ledger.KindOpening, ledger.KindChange, ledger.KindDayClose, ledger.KindReopen, ledger.KindChart,
		ledger.KindReversal, ledger.KindRefund, ledger.KindHold, ledger.KindCapture, ledger.KindRelease, ledger.KindExpiry,
		ledger.KindRefusal, ledger.KindHoldRefusal, "sale",
	})
	for _, pattern := range []string{
		`"kind":"ledger.refund","lines":.*"upto"`, `"kind":"ledger.refund","lines":.*_rest"`, `"kind":"ledger.capture","lines":.*_rest"`,
		`"final":true`, `"limits":`, `"meta":`, `"expires":`, `"due":`, `"code":"limit_exceeded"`, `"code":"date_`, `"KWD"`, `"JPY"`,
	} {
		require.True(t, regexp.MustCompile(pattern).Match(text), "no program has %s", pattern)
	}
}

func TestRestoreNeverMixesWithAnotherWriter(t *testing.T) {
	t.Parallel()
	g := generate(t, 7, 600)
	for name, store := range both(t) {
		commits := 0
		_, err := ledger.Restore(t.Context(), store, 1, each(g.records), &ledger.RestoreOptions{BatchMax: 50, Progress: func(ledger.Head) {
			if commits++; commits == 4 {
				book, err := ledger.Open(t.Context(), store, 1, nil)
				require.NoError(t, err)
				_, err = book.SetChart(t.Context(), ledger.Chart{ID: ledger.NewID(), By: "office", Why: "other", Families: walletFamily()})
				require.NoError(t, err)
			}
		}})
		require.ErrorIs(t, err, ledger.ErrConflict, name)
		var stopped *ledger.RestoreError
		require.ErrorAs(t, err, &stopped)
		head, err := store.Head(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, stopped.Committed+1, head.Seq, "the other's record is the last one")
		_, err = ledger.Restore(t.Context(), store, 1, each(g.records), nil)
		require.ErrorIs(t, err, ledger.ErrBookExists)
	}
}

func TestTwoRestoresAtOnceMakeOneBook(t *testing.T) {
	t.Parallel()
	g := generate(t, 8, 600)
	store := storetest.NewMemory()
	errs := make(chan error)
	for range 2 {
		go func() {
			_, err := ledger.Restore(t.Context(), store, 1, each(g.records), &ledger.RestoreOptions{BatchMax: 7})
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			require.ErrorIs(t, err, ledger.ErrConflict)
		}
	}
	_, err := ledger.Restore(t.Context(), store, 1, each(g.records), nil)
	require.NoError(t, err)
	require.Equal(t, tableOf(t, g.store), tableOf(t, store))
}

func TestRestoreTellsItsProgress(t *testing.T) {
	t.Parallel()
	g := generate(t, 9, 600)
	store := storetest.NewMemory()
	told := func(records [][]byte) (seqs []int64) {
		_, err := ledger.Restore(t.Context(), store, 1, each(records), &ledger.RestoreOptions{BatchMax: 10, Progress: func(head ledger.Head) {
			require.Equal(t, ledger.BookID(1), head.Book)
			seqs = append(seqs, head.Seq)
		}})
		require.NoError(t, err)
		return seqs
	}
	first := told(g.records[:45])
	require.Equal(t, int64(0), first[0])
	require.Equal(t, int64(45), first[len(first)-1])
	second := told(g.records)
	require.Equal(t, int64(45), second[0])
	require.Equal(t, int64(len(g.records)), second[len(second)-1])
	for i := range len(second) - 1 {
		require.Less(t, second[i], second[i+1])
		require.LessOrEqual(t, second[i+1]-second[i], int64(10))
	}
	require.Empty(t, told(g.records), "nothing was written")
}

func TestRestoreOfLongRecordsSharesCommitsAmongFewer(t *testing.T) {
	t.Parallel()
	source := newMemory()
	book := newBook(t, source)
	requests := make([]ledger.Request, 300)
	for i := range requests {
		long := topUp("0.01")
		long.Document = fmt.Appendf(nil, `"%060000d"`, i)
		requests[i] = long
	}
	for len(requests) > 0 {
		n := min(len(requests), 8) // as many as the book's queue takes
		for _, answer := range book.PostAll(t.Context(), requests[:n]...) {
			require.NoError(t, answer.Err)
		}
		requests = requests[n:]
	}
	var commits []int64
	_, err := ledger.Restore(t.Context(), storetest.NewMemory(), 1, bodies(t.Context(), source), &ledger.RestoreOptions{
		Progress: func(head ledger.Head) { commits = append(commits, head.Seq) },
	})
	require.NoError(t, err)
	require.Len(t, commits, 3, "16 MiB and the rest: %v", commits)
}

// A caller's transaction makes an import all or nothing.
func TestRestoreInACallersTransaction(t *testing.T) {
	t.Parallel()
	g := generate(t, 10, 300)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "own.db")+"?_txlock=immediate&_pragma=foreign_keys(ON)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, sqlitestore.Migrate(t.Context(), db))
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = ledger.Restore(t.Context(), sqlitestore.In(tx), 1, each(g.records), small)
	require.NoError(t, err)
	require.NoError(t, tx.Rollback())

	tx, err = db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = sqlitestore.In(tx).Head(t.Context(), 1)
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
	_, err = ledger.Restore(t.Context(), sqlitestore.In(tx), 1, each(g.records[:90]), small)
	require.NoError(t, err)
	_, err = ledger.Restore(t.Context(), sqlitestore.In(tx), 1, each(g.records), small)
	require.NoError(t, err)
	require.Equal(t, tableOf(t, g.store), tableOf(t, sqlitestore.In(tx)))
	require.NoError(t, tx.Commit())
}

// A failure of the store is not taken for a fault of the records.
func TestRestoreTellsAStoreThatFailsFromAForgery(t *testing.T) {
	t.Parallel()
	records, source := honest(t)
	failures := 0
	for good := range 100 {
		store := &failing{memory: newMemory(), good: good}
		_, err := ledger.Restore(t.Context(), store, 1, each(records), &ledger.RestoreOptions{BatchMax: 1})
		if err == nil {
			require.Equal(t, tableOf(t, source), tableOf(t, store.memory))
			break
		}
		failures++
		require.ErrorIs(t, err, errReading)
		require.NotErrorIs(t, err, ledger.ErrRecordRejected)
		var stopped *ledger.RestoreError
		require.ErrorAs(t, err, &stopped)
		require.Zero(t, stopped.Seq)
		require.Positive(t, stopped.Committed)
	}
	require.Greater(t, failures, 10, "records are read again for refunds, captures, closes and reopenings")
}

var errReading = errors.New("the disk does not answer")

// failing is a store that answers some queries for records and then none.
type failing struct {
	*memory
	good int
}

func (s *failing) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if s.good--; s.good == -1 {
		return func(yield func(ledger.StoredRecord, error) bool) { yield(ledger.StoredRecord{}, errReading) }
	}
	return s.memory.Records(ctx, book, query)
}

func TestRestoreChecksItsArguments(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	_, err := ledger.Restore(t.Context(), store, 0, each(nil), nil)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = ledger.Restore(t.Context(), store, 1, each(nil), &ledger.RestoreOptions{BatchMax: -1})
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = ledger.Restore(t.Context(), store, 1, each(nil), nil)
	require.ErrorIs(t, err, ledger.ErrRecordRejected)
	require.ErrorContains(t, err, "there are none")
	_, err = store.Head(t.Context(), 1)
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
}
