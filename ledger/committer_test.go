package ledger_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// stalled makes a book whose next commit waits until release is closed; sent
// is closed once it is at the store.
func stalled(t *testing.T) (book *ledger.Book, store *memory, sent, release chan struct{}) {
	t.Helper()
	store = newMemory()
	book = newBook(t, store)
	sent, release = make(chan struct{}), make(chan struct{})
	var once sync.Once
	store.hook = func(ledger.Changes) error {
		once.Do(func() { close(sent) })
		<-release
		return nil
	}
	return book, store, sent, release
}

func TestWhatWaitsIsCommittedTogether(t *testing.T) {
	t.Parallel()
	book, store, sent, release := stalled(t)
	var callers sync.WaitGroup
	post := func() { _, err := book.Post(context.Background(), topUp("1")); require.NoError(t, err) }
	callers.Go(post)
	<-sent
	for range 7 {
		callers.Go(post)
	}
	require.Eventually(t, func() bool { return book.Waiting() == 7 }, waitMax, tick)
	var batches []int
	store.hook = func(c ledger.Changes) error { batches = append(batches, len(c.Records)); return nil }
	close(release)
	callers.Wait()
	require.Equal(t, []int{7}, batches)
	requireBalance(t, book, "wallet/a", "8")
}

func TestFullQueueAnswersBusyAtOnce(t *testing.T) {
	t.Parallel()
	book, _, sent, release := stalled(t)
	var callers sync.WaitGroup
	callers.Go(func() { _, _ = book.Post(context.Background(), topUp("1")) })
	<-sent
	for range 8 { // QueueMax
		callers.Go(func() { _, _ = book.Post(context.Background(), topUp("1")) })
	}
	require.Eventually(t, func() bool { return book.Waiting() == 8 }, waitMax, tick)
	_, err := book.Post(t.Context(), topUp("1"))
	var busy *ledger.BusyError
	require.ErrorAs(t, err, &busy)
	require.ErrorIs(t, err, ledger.ErrBusy)
	require.Positive(t, busy.RetryAfter)
	close(release)
	callers.Wait()
	requireBalance(t, book, "wallet/a", "9")
}

func TestContextThatEndsWhileWaitingLeavesTheQueue(t *testing.T) {
	t.Parallel()
	book, _, sent, release := stalled(t)
	var callers sync.WaitGroup
	callers.Go(func() { _, _ = book.Post(context.Background(), topUp("1")) })
	<-sent
	ctx, cancel := context.WithCancel(t.Context())
	refused := make(chan error)
	go func() { _, err := book.Post(ctx, topUp("2")); refused <- err }()
	require.Eventually(t, func() bool { return book.Waiting() == 1 }, waitMax, tick)
	cancel()
	err := <-refused
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
	close(release)
	callers.Wait()
	requireBalance(t, book, "wallet/a", "1")
}

func TestContextThatEndsAfterSendingLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	book, _, sent, release := stalled(t)
	ctx, cancel := context.WithCancel(t.Context())
	unknown := make(chan error)
	one := topUp("1")
	go func() { _, err := book.Post(ctx, one); unknown <- err }()
	<-sent
	cancel()
	err := <-unknown
	require.ErrorIs(t, err, ledger.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	receipt, err := book.Post(t.Context(), one)
	require.NoError(t, err)
	require.True(t, receipt.Replayed, "asking again with the same id tells")
	requireBalance(t, book, "wallet/a", "1")
}

func TestConflictIsRetried(t *testing.T) {
	t.Parallel()
	store := newMemory()
	book := newBook(t, store)
	losses := 3
	store.hook = func(ledger.Changes) error {
		if losses--; losses >= 0 {
			return ledger.ErrConflict
		}
		return nil
	}
	_, err := book.Post(t.Context(), topUp("1"))
	require.NoError(t, err)
	store.hook = func(ledger.Changes) error { return ledger.ErrConflict }
	_, err = book.Post(t.Context(), topUp("1"))
	require.ErrorIs(t, err, ledger.ErrBusy)
	require.ErrorIs(t, err, ledger.ErrConflict)
	requireBalance(t, book, "wallet/a", "1")
}

func TestFailedCommitFailsItsWholeBatchAndNoOther(t *testing.T) {
	t.Parallel()
	store := newMemory()
	book := newBook(t, store)
	disk := errors.New("disk full")
	store.hook = func(ledger.Changes) error { return disk }
	_, err := book.Post(t.Context(), topUp("1"))
	require.ErrorIs(t, err, disk)
	require.Equal(t, "internal", ledger.CodeOf(err))
	store.hook = nil
	_, err = book.Post(t.Context(), topUp("2"))
	require.NoError(t, err)
	requireBalance(t, book, "wallet/a", "2")
}

func TestOneCallersRejectionFailsNoOther(t *testing.T) {
	t.Parallel()
	book, _, sent, release := stalled(t)
	var callers sync.WaitGroup
	callers.Go(func() { _, _ = book.Post(context.Background(), topUp("1")) })
	<-sent
	results := make([]error, 6)
	for i := range results {
		callers.Go(func() {
			amount := "10"
			if i%2 == 1 {
				amount = "500" // above the wallet's ceiling
			}
			_, results[i] = book.Post(context.Background(), topUp(amount))
		})
	}
	require.Eventually(t, func() bool { return book.Waiting() == 6 }, waitMax, tick)
	close(release)
	callers.Wait()
	for i, err := range results {
		if i%2 == 1 {
			require.ErrorIs(t, err, ledger.ErrAboveCeiling)
		} else {
			require.NoError(t, err)
		}
	}
	requireBalance(t, book, "wallet/a", "31")
}

// A caller whose context ended has no answer yet, but may use its slices again.
func TestRequestIsCopiedBeforeItWaits(t *testing.T) {
	t.Parallel()
	store := newMemory()
	book := newBook(t, store)
	first, again := make(chan struct{}), make(chan struct{})
	tries := 0
	store.hook = func(ledger.Changes) error {
		if tries++; tries == 1 {
			close(first)
			<-again
			return ledger.ErrConflict
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-first
		cancel()
	}()
	posted := topUp("10")
	_, err := book.Post(ctx, posted)
	require.ErrorIs(t, err, ledger.ErrOutcomeUnknown)
	asked := posted
	asked.Postings = slices.Clone(posted.Postings)
	posted.Postings[0].Amount, posted.Postings[1].Amount = cny("7"), cny("7")
	close(again)
	receipt, err := book.Post(t.Context(), asked)
	require.NoError(t, err)
	require.True(t, receipt.Replayed)
	requireBalance(t, book, "wallet/a", "10")
}
