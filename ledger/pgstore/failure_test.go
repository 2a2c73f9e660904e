package pgstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// nextRecord is what a batch of one record without postings writes.
func nextRecord(head ledger.Head) ledger.Changes {
	head.Seq++
	head.At = time.Date(2026, time.September, 1, 12, 0, 0, 0, time.UTC)
	return ledger.Changes{Head: head, Records: []ledger.StoredRecord{{
		Seq: head.Seq, ID: ledger.NewID(), Date: openDate, Body: []byte("{}"),
	}}}
}

func TestALockThatWaitsTooLongIsAConflict(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := pgstore.New(pool, &pgstore.Options{LockTimeout: time.Millisecond})
	newBook(t, store, 1)
	locked, err := store.Lock(t.Context(), bookID, ledger.Need{})
	require.NoError(t, err)
	_, err = store.Lock(t.Context(), bookID, ledger.Need{})
	require.ErrorIs(t, err, ledger.ErrConflict)
	require.NoError(t, locked.Rollback(t.Context()))
	require.Zero(t, pool.Stat().AcquiredConns())
}

func TestALockWhoseContextEndsHoldsNothing(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := pgstore.New(pool, nil)
	newBook(t, store, 1)
	first, err := store.Lock(t.Context(), bookID, ledger.Need{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() {
		_, err := store.Lock(ctx, bookID, ledger.Need{})
		answer <- err
	}()
	waitFor(t, pool, `select count(*) = 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
	cancel()
	require.ErrorIs(t, <-answer, context.Canceled)
	require.NoError(t, first.Rollback(ctx), "also with a context that has ended")
	again, err := store.Lock(t.Context(), bookID, ledger.Need{})
	require.NoError(t, err)
	require.NoError(t, again.Rollback(t.Context()))
	require.NoError(t, again.Rollback(t.Context()))
	waitUntilIdle(t, pool)
}

func TestACommitThatLostWritesNothing(t *testing.T) {
	t.Parallel()
	pool := newPool(t, oneConnection)
	store := pgstore.New(pool, nil)
	newBook(t, store, 1)
	lock := func() ledger.Locked {
		locked, err := store.Lock(t.Context(), bookID, ledger.Need{})
		require.NoError(t, err)
		return locked
	}
	numberOne := ledger.Account{Number: 1, AccountSpec: ledger.AccountSpec{Path: "new", Side: ledger.DebitSide, Currency: money.CNY}}
	cases := map[string]struct {
		spoil func(*ledger.Changes)
		lost  bool
	}{
		"the head is further":           {func(c *ledger.Changes) { c.Head.Seq++ }, true},
		"a position is taken":           {func(c *ledger.Changes) { c.Records[0].Seq = 1 }, true},
		"an account's number is taken":  {func(c *ledger.Changes) { c.Opened = []ledger.Account{numberOne} }, true},
		"an account is not there":       {func(c *ledger.Changes) { c.Updated = []ledger.Account{{Number: 99, LastSeq: 4}} }, false},
		"a milestone is there twice":    {func(c *ledger.Changes) { c.Milestones = []ledger.Milestone{{Account: 1, Seq: 4}, {Account: 1, Seq: 4}} }, true},
		"an amount would be impossible": {func(c *ledger.Changes) { c.Refunds = []ledger.Refunded{{Seq: 3}} }, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			locked := lock()
			changes := nextRecord(locked.Snapshot().Head)
			c.spoil(&changes)
			err := locked.Commit(t.Context(), changes)
			require.Error(t, err)
			require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
			if c.lost {
				require.ErrorIs(t, err, ledger.ErrConflict)
			} else {
				require.NotErrorIs(t, err, ledger.ErrConflict)
			}
			require.Len(t, list(t, store.Records(t.Context(), bookID, ledger.RecordQuery{})), 3)
			head, err := store.Head(t.Context(), bookID)
			require.NoError(t, err)
			require.EqualValues(t, 3, head.Seq)
			require.Error(t, locked.Commit(t.Context(), changes), "a transaction ends once")
		})
	}
	t.Run("the unspoilt batch is written", func(t *testing.T) {
		locked := lock()
		require.NoError(t, locked.Commit(t.Context(), nextRecord(locked.Snapshot().Head)))
		require.Len(t, list(t, store.Records(t.Context(), bookID, ledger.RecordQuery{})), 4)
	})
}

func TestACommitThatWasNeverSentIsNoUnknownOutcome(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, oneConnection), nil)
	newBook(t, store, 1)
	locked, err := store.Lock(t.Context(), bookID, ledger.Need{})
	require.NoError(t, err)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err = locked.Commit(ended, nextRecord(locked.Snapshot().Head))
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
	require.Len(t, list(t, store.Records(t.Context(), bookID, ledger.RecordQuery{})), 3)
}

func TestABackendThatEndsBeforeTheCommitLeavesNoTrace(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := pgstore.New(pool, nil)
	newBook(t, store, 1)
	locked, err := store.Lock(t.Context(), bookID, ledger.Need{})
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and state = 'idle in transaction'`)
	require.NoError(t, err)
	waitFor(t, pool, `select count(*) = 0 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`)
	// How far the statements went is the operating system's affair: the
	// outcome may be unknown, but it is no conflict that the book retries.
	err = locked.Commit(t.Context(), nextRecord(locked.Snapshot().Head))
	require.Error(t, err)
	require.NotErrorIs(t, err, ledger.ErrConflict)
	require.Len(t, list(t, store.Records(t.Context(), bookID, ledger.RecordQuery{})), 3)
	waitUntilIdle(t, pool)
}

func TestAnAnswerThatIsLostAfterTheCommitCanBeAskedForAgain(t *testing.T) {
	t.Parallel()
	var w wire
	url := pgtest.URL(t)
	store := pgstore.New(openPool(t, url, w.tune), nil)
	newBook(t, store, 1)
	locked, err := store.Lock(t.Context(), bookID, ledger.Need{})
	require.NoError(t, err)
	changes := nextRecord(locked.Snapshot().Head)
	w.cut.Store(true)
	require.ErrorIs(t, locked.Commit(t.Context(), changes), ledger.ErrOutcomeUnknown)
	w.cut.Store(false)
	other := pgstore.New(openPool(t, url, nil), nil)
	records := list(t, other.Records(t.Context(), bookID, ledger.RecordQuery{After: 3}))
	require.Equal(t, changes.Records, records)
}

// waitFor asks until the answer is true.
func waitFor(t *testing.T, pool *pgxpool.Pool, question string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for yes := false; !yes; {
		require.NoError(t, pool.QueryRow(ctx, question).Scan(&yes), question)
	}
}

// waitUntilIdle waits until the pool has every connection back, or has closed
// it.
func waitUntilIdle(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	idle := func() bool { return pool.Stat().AcquiredConns() == 0 }
	require.Eventually(t, idle, 10*time.Second, time.Millisecond)
}
