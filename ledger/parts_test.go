package ledger_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// parting is a store that takes parts, and waits for release with the first.
type parting struct {
	*storetest.Memory
	first   sync.Once
	handed  chan struct{} // closed once the store is given the first
	release chan struct{}
	commits []int64   // the head of each
	parts   [][]int64 // the accounts that each part of the last batch wrote, that of the commit last
	fail    error     // what the next Commit answers, which writes nothing
}

func (p *parting) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	p.parts = nil
	locked, err := p.Memory.Lock(ctx, book, need)
	return &partingLock{Locked: locked, store: p}, err
}

type partingLock struct {
	ledger.Locked
	store *parting
}

func (l *partingLock) Write(ctx context.Context, part ledger.Changes) bool {
	l.store.first.Do(func() {
		close(l.store.handed)
		<-l.store.release
	})
	l.store.record(&part)
	return l.Locked.Write(ctx, part)
}

func (l *partingLock) Commit(ctx context.Context, changes ledger.Changes) error {
	if err := l.store.fail; err != nil {
		l.store.fail = nil
		_ = l.Rollback(ctx)
		return err
	}
	l.store.record(&changes)
	l.store.commits = append(l.store.commits, changes.Head.Seq)
	return l.Locked.Commit(ctx, changes)
}

func (p *parting) record(part *ledger.Changes) {
	numbers := make([]int64, 0, len(part.Updated))
	for i := range part.Updated {
		numbers = append(numbers, part.Updated[i].Number)
	}
	slices.Sort(numbers)
	p.parts = append(p.parts, numbers)
}

func partingBook(t *testing.T) (*parting, *ledger.Book) {
	t.Helper()
	store := &parting{Memory: storetest.NewMemory(), handed: make(chan struct{}), release: make(chan struct{})}
	store.Parts = true
	book := openKnown(t, store, 0)
	specs := testSpecs()
	specs[0].Ceiling = cny("10000")
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: specs})
	require.NoError(t, err)
	return store, book
}

// many are more calls than a part has.
func many(n int) []ledger.Request {
	requests := make([]ledger.Request, n)
	for i := range requests {
		requests[i] = topUp("1")
	}
	return requests
}

// beside lets requests come while the first part of a batch is written.
func beside(t *testing.T, store *parting, book *ledger.Book, batch []ledger.Request, come ...func()) []ledger.Answer {
	t.Helper()
	store.commits = nil
	var answers []ledger.Answer
	var callers sync.WaitGroup
	callers.Go(func() { answers = book.PostAll(context.Background(), batch...) })
	<-store.handed
	for i, act := range come {
		callers.Go(act)
		require.Eventually(t, func() bool { return book.Waiting() == i+1 }, waitMax, tick)
	}
	close(store.release)
	callers.Wait()
	return answers
}

func requireAnswered(t *testing.T, answers []ledger.Answer) {
	t.Helper()
	for _, answer := range answers {
		require.NoError(t, answer.Err)
	}
}

func TestWhoComesWhileAPartIsWrittenJoins(t *testing.T) {
	t.Parallel()
	store, book := partingBook(t)
	post := func(amount string) func() {
		return func() { _, err := book.Post(context.Background(), topUp(amount)); require.NoError(t, err) }
	}
	requireAnswered(t, beside(t, store, book, many(100), post("2"), post("3")))
	require.Len(t, store.commits, 1)
	requireBalance(t, book, "wallet/a", "105")
}

func TestWhoNeedsToReadDoesNotJoin(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(t *testing.T, book *ledger.Book){
		"an account that is not known": func(t *testing.T, book *ledger.Book) {
			_, err := book.Post(context.Background(), transaction(ledger.Debit("clearing/g", cny("1")), ledger.Credit("wallet/nobody", cny("1"))))
			require.ErrorIs(t, err, ledger.ErrAccountUnknown)
		},
		"a hold": func(t *testing.T, book *ledger.Book) {
			_, err := book.Authorize(context.Background(), ledger.Authorization{
				Transaction: transaction(ledger.Debit("wallet/a", cny("1")), ledger.Credit("merchant/m", cny("1"))),
			})
			require.NoError(t, err)
		},
		"a day close": func(t *testing.T, book *ledger.Book) {
			_, err := book.CloseDay(context.Background(), ledger.DayClose{Date: firstDay, By: "finance:1"})
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, book := partingBook(t)
			last := func() { _, err := book.Post(context.Background(), topUp("5")); require.NoError(t, err) }
			requireAnswered(t, beside(t, store, book, many(100), func() { act(t, book) }, last))
			require.Greater(t, len(store.commits), 1)
			require.Equal(t, int64(102), store.commits[0], "nor does who comes later overtake")
			requireBalance(t, book, "wallet/a", "105")
		})
	}
}

func TestAReplayMayJoin(t *testing.T) {
	t.Parallel()
	store, book := partingBook(t)
	accepted, refused := topUp("7"), topUp("9000")
	for _, used := range []ledger.Transaction{accepted, refused} {
		_, err := book.Post(t.Context(), used)
		require.NoError(t, err)
	}
	again := func(used ledger.Transaction) func() {
		return func() {
			receipt, err := book.Post(context.Background(), used)
			require.NoError(t, err)
			require.True(t, receipt.Replayed)
		}
	}
	// The second would be refused now, above the ceiling.
	requireAnswered(t, beside(t, store, book, many(100), again(accepted), again(refused)))
	requireBalance(t, book, "wallet/a", "9107")
}

func TestWhoHasJoinedSharesTheFailure(t *testing.T) {
	t.Parallel()
	store, book := partingBook(t)
	store.fail = ledger.ErrOutcomeUnknown
	joined := func() {
		_, err := book.Post(context.Background(), topUp("2"))
		require.ErrorIs(t, err, ledger.ErrOutcomeUnknown)
	}
	for _, answer := range beside(t, store, book, many(100), joined) {
		require.ErrorIs(t, answer.Err, ledger.ErrOutcomeUnknown)
	}
	requireBalance(t, book, "wallet/a", "0")
	requireAnswered(t, book.PostAll(t.Context(), many(100)...))
	requireBalance(t, book, "wallet/a", "100")
}

func TestABatchThatLosesIsDecidedAnewWithWhoHasJoined(t *testing.T) {
	t.Parallel()
	store, book := partingBook(t)
	store.fail = ledger.ErrConflict
	joined := func() { _, err := book.Post(context.Background(), topUp("2")); require.NoError(t, err) }
	requireAnswered(t, beside(t, store, book, many(100), joined))
	require.Len(t, store.commits, 1)
	requireBalance(t, book, "wallet/a", "102")
}

func TestNobodyJoinsAFullBatch(t *testing.T) {
	t.Parallel()
	store, _ := partingBook(t)
	book, err := ledger.Open(t.Context(), store, 1, &ledger.Options{BatchMax: 101})
	require.NoError(t, err)
	requireAnswered(t, book.PostAll(t.Context(), many(3)...)) // now it knows the accounts
	post := func() { _, err := book.Post(context.Background(), topUp("1")); require.NoError(t, err) }
	requireAnswered(t, beside(t, store, book, many(100), post, post, post))
	require.Equal(t, []int64{106, 108}, store.commits)
}

// Whoever was in several parts of a batch will be in several of the next.
func TestABusyAccountIsWrittenOnceABatch(t *testing.T) {
	t.Parallel()
	store, book := partingBook(t)
	close(store.release)
	numbers := map[string]int64{}
	for _, path := range []string{"clearing/g", "wallet/a", "merchant/m"} {
		balance, err := book.Account(t.Context(), path)
		require.NoError(t, err)
		numbers[path] = balance.Number
	}
	busy := []int64{numbers["clearing/g"], numbers["wallet/a"]}
	slices.Sort(busy)
	none := []int64{}

	requireAnswered(t, book.PostAll(t.Context(), many(200)...))
	require.Equal(t, [][]int64{busy, none, none, busy}, store.parts, "the first batch cannot know")
	requireAnswered(t, book.PostAll(t.Context(), many(200)...))
	require.Equal(t, [][]int64{none, none, none, busy}, store.parts)
	requireBalance(t, book, "wallet/a", "400")

	pay := transaction(ledger.Debit("wallet/a", cny("1")), ledger.Credit("merchant/m", cny("1")))
	_, err := book.Post(t.Context(), pay)
	require.NoError(t, err)
	both := []int64{numbers["wallet/a"], numbers["merchant/m"]}
	slices.Sort(both)
	require.Equal(t, [][]int64{both}, store.parts, "and the last part writes all")
	requireAnswered(t, book.PostAll(t.Context(), many(100)...))
	require.Equal(t, [][]int64{{numbers["clearing/g"]}, busy}, store.parts, "clearing/g was not moved meanwhile")
}
