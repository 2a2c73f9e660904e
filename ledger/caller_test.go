package ledger_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// callers is a store that says it is within a transaction of the caller's.
type callers struct {
	*memory
	locks func(ctx context.Context)
	fail  error
}

func (*callers) InCallersTransaction() {}

func (c *callers) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if c.locks != nil {
		c.locks(ctx)
	}
	if c.fail != nil {
		return nil, c.fail
	}
	return c.memory.Lock(ctx, book, need)
}

func newCallers(t *testing.T) (*callers, *ledger.Book) {
	t.Helper()
	store := newMemory()
	newBook(t, store)
	within := &callers{memory: store}
	book, err := ledger.Open(t.Context(), within, 1, nil)
	require.NoError(t, err)
	return within, book
}

// A transaction of the caller's must not be touched once a call has returned,
// whatever became of its context.
func TestCallersTransactionIsWrittenWithinTheCall(t *testing.T) {
	t.Parallel()
	type key struct{}
	store, book := newCallers(t)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "mine"))
	inside := false
	store.locks = func(ctx context.Context) {
		require.Equal(t, "mine", ctx.Value(key{}), "the store gets the caller's context")
		inside = true
		cancel()
	}
	store.hook = func(ledger.Changes) error { return ctx.Err() }
	_, err := book.Post(ctx, topUp("1"))
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, inside)
	require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown, "it is known: the transaction is the caller's to end")
	store.locks, store.hook = nil, nil
	_, err = book.Post(t.Context(), topUp("1"))
	require.NoError(t, err)
	requireBalance(t, book, "wallet/a", "1")
}

func TestConflictInACallersTransactionIsTheCallers(t *testing.T) {
	t.Parallel()
	store, book := newCallers(t)
	tries := 0
	store.locks = func(context.Context) { tries++ }
	store.fail = ledger.ErrConflict
	_, err := book.Post(t.Context(), topUp("1"))
	require.ErrorIs(t, err, ledger.ErrConflict)
	var busy *ledger.BusyError
	require.NotErrorAs(t, err, &busy)
	require.Equal(t, 1, tries, "what came before in the transaction cannot be repeated here")
}

func TestRefusalInACallersTransactionLeavesItUsable(t *testing.T) {
	t.Parallel()
	_, book := newCallers(t)
	_, err := book.Post(t.Context(), topUp("101"))
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	for _, answer := range book.PostAll(t.Context(), topUp("1"), topUp("2")) {
		require.NoError(t, answer.Err)
	}
	_, err = book.PostLinked(t.Context(), topUp("3"), topUp("101"))
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	requireBalance(t, book, "wallet/a", "3")
}
