package storetest

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// doorbell is a store that says when its user begins to wait for a lock.
type doorbell struct {
	ledger.Store
	rung chan struct{}
}

func (d *doorbell) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	d.rung <- struct{}{}
	return d.Store.Lock(ctx, book, need)
}

func cancellation() []clause {
	const heldNothing = "ErrConflict and context errors mean that nothing is held."
	return []clause{
		{
			"a post whose context ends before it begins writes nothing",
			"If the context ends while the transaction waits, nothing was sent and the context's error is returned;",
			func(t *testing.T, s *school) {
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				before := s.head(t)
				_, err := s.book.Post(ended, topUp(wallet1, 1))
				require.ErrorIs(t, err, context.Canceled)
				require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
				require.Equal(t, before, s.head(t))
			},
		},
		{
			"a post whose context ends in the queue writes nothing",
			"If the context ends while the transaction waits, nothing was sent and the context's error is returned;",
			cancelledInQueue,
		},
		{
			"a post whose context ends while it is written is asked for again",
			"post it again to learn the outcome.",
			cancelledInStore,
		},
		{"a lock whose context ended holds nothing", heldNothing, func(t *testing.T, s *school) {
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := s.store.Lock(ended, s.id, ledger.Need{})
			require.ErrorIs(t, err, context.Canceled)
			s.post(t, topUp(wallet1, 1))
		}},
		{"a lock whose context ends while it waits holds nothing", heldNothing, func(t *testing.T, s *school) {
			first := s.hold(t, ledger.Need{})
			waiting, cancel := context.WithCancel(t.Context())
			answer := make(chan error, 1)
			go func() {
				_, err := s.store.Lock(waiting, s.id, ledger.Need{})
				answer <- err
			}()
			cancel()
			require.ErrorIs(t, <-answer, context.Canceled)
			require.NoError(t, first.Rollback(t.Context()))
			s.post(t, topUp(wallet1, 1))
		}},
		{
			"a commit whose context has ended writes nothing or does not know",
			"ErrConflict means that nothing was written, ErrOutcomeUnknown that it is not known; any other error, that nothing was written.",
			cancelledCommit,
		},
		{
			"a stream whose context has ended stops with its error", "Sequences stop at the first error;",
			func(t *testing.T, s *school) {
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				requireEnded(t, s.store.Accounts(ended, s.id, ledger.AccountQuery{}))
				requireEnded(t, s.store.Records(ended, s.id, ledger.RecordQuery{}))
				requireEnded(t, s.store.Moves(ended, s.id, ledger.MoveQuery{Account: wallet1}))
				requireEnded(t, ledger.Entries(ended, s.store, s.id, ledger.EntryQuery{Account: wallet1}))
				requireEnded(t, s.store.Closings(ended, s.id, ledger.ClosingQuery{}))
				requireEnded(t, s.store.Holds(ended, s.id, ledger.HoldQuery{}))
				requireEnded(t, s.store.Refunds(ended, s.id))
			},
		},
	}
}

// requireEnded checks that a sequence yields its context's error and no more.
func requireEnded[T any](t *testing.T, rows iter.Seq2[T, error]) {
	t.Helper()
	var errs []error
	for _, err := range rows {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], context.Canceled)
}

// blockedBook returns a book with one post in the store, held up by the lock.
func blockedBook(
	ctx context.Context, t *testing.T, s *school, first ledger.Transaction,
) (book *ledger.Book, held ledger.Locked, answer <-chan error) {
	t.Helper()
	bell := &doorbell{Store: s.store, rung: make(chan struct{}, 1000)}
	book, err := ledger.Open(t.Context(), bell, s.id, nil)
	require.NoError(t, err)
	held = s.hold(t, ledger.Need{})
	answers := make(chan error, 1)
	go func() {
		_, err := book.Post(ctx, first)
		answers <- err
	}()
	<-bell.rung
	return book, held, answers
}

func cancelledInQueue(t *testing.T, s *school) {
	book, held, first := blockedBook(t.Context(), t, s, topUp(wallet1, 1))
	waiting, cancel := context.WithCancel(t.Context())
	queued := topUp(wallet1, 10)
	answer := make(chan error, 1)
	go func() {
		_, err := book.Post(waiting, queued)
		answer <- err
	}()
	cancel()
	err := <-answer
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
	require.NoError(t, held.Rollback(t.Context()))
	require.NoError(t, <-first)
	require.Equal(t, int64(1), s.balance(t, wallet1))
	_, err = s.book.Record(t.Context(), queued.ID)
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
}

func cancelledInStore(t *testing.T, s *school) {
	ctx, cancel := context.WithCancel(t.Context())
	once := topUp(wallet1, 1)
	_, held, answer := blockedBook(ctx, t, s, once)
	cancel()
	err := <-answer
	require.ErrorIs(t, err, ledger.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, held.Rollback(t.Context()))
	receipt, err := s.book.Post(t.Context(), once)
	require.NoError(t, err)
	require.Equal(t, once.ID, receipt.Record.ID)
	require.Equal(t, int64(1), s.balance(t, wallet1))
}

func cancelledCommit(t *testing.T, s *school) {
	before := s.head(t)
	ctx, cancel := context.WithCancel(t.Context())
	store := &spoiler{Store: s.store, spoil: func(*ledger.Changes) { cancel() }}
	once := topUp(wallet1, 1)
	err := commitOne(ctx, t, store, s.id, once)
	require.Error(t, err)
	if !errors.Is(err, ledger.ErrOutcomeUnknown) {
		require.Equal(t, before, s.head(t))
	}
	s.post(t, once)
	require.Equal(t, int64(1), s.balance(t, wallet1))
}

// commitOne posts through a store whose Commit gets the context given: a book
// would use its own.
func commitOne(ctx context.Context, t *testing.T, store ledger.Store, id ledger.BookID, one ledger.Transaction) error {
	t.Helper()
	book, err := ledger.Open(t.Context(), &contextual{Store: store, ctx: ctx}, id, nil)
	require.NoError(t, err)
	_, err = book.Post(t.Context(), one)
	return err
}

// contextual is a store whose commits run under another context.
type contextual struct {
	ledger.Store
	ctx context.Context //nolint:containedctx // it stands in for the caller's
}

func (c *contextual) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := c.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	return &contextualLocked{Locked: locked, ctx: c.ctx}, nil
}

type contextualLocked struct {
	ledger.Locked
	ctx context.Context //nolint:containedctx // as above
}

func (c *contextualLocked) Commit(_ context.Context, changes ledger.Changes) error {
	return c.Locked.Commit(c.ctx, changes)
}
