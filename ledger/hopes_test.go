package ledger_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// idsAsked is a store that counts the ids which are looked up.
type idsAsked struct {
	*storetest.Memory
	before, after int // with the lock, and once requests were refused
}

func (a *idsAsked) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if !need.NewIDs {
		a.before += len(need.IDs)
	}
	locked, err := a.Memory.Lock(ctx, book, need)
	return &idsAskedLock{Locked: locked, store: a}, err
}

type idsAskedLock struct {
	ledger.Locked
	store *idsAsked
}

func (l *idsAskedLock) Records(ctx context.Context, ids []uuid.UUID) ([]ledger.StoredRecord, error) {
	l.store.after += len(ids)
	return l.Locked.Records(ctx, ids)
}

// take returns what was counted since the last time.
func (a *idsAsked) take() [2]int {
	counted := [2]int{a.before, a.after}
	a.before, a.after = 0, 0
	return counted
}

func hopefulBook(t *testing.T) (*idsAsked, *ledger.Book) {
	t.Helper()
	store := &idsAsked{Memory: storetest.NewMemory()}
	book := openKnown(t, store, 0)
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: testSpecs()})
	require.NoError(t, err)
	store.take()
	return store, book
}

func TestIDsAreLookedUpOnlyWhereItMatters(t *testing.T) {
	t.Parallel()
	store, book := hopefulBook(t)
	first := topUp("10")
	_, err := book.Post(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, [2]int{0, 0}, store.take(), "what is journaled shows by itself that it is new")
	_, err = book.Post(t.Context(), topUp("91"))
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	require.Equal(t, [2]int{0, 1}, store.take(), "what is refused might have been posted before")
	_, err = book.PostLinked(t.Context(), topUp("1"), topUp("91"))
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	require.Equal(t, [2]int{0, 2}, store.take())

	receipt, err := book.Post(t.Context(), first)
	require.NoError(t, err)
	require.True(t, receipt.Replayed, "a conflict, and decided anew")
	require.Equal(t, [2]int{1, 0}, store.take())
	postTopUp(t, book, "1")
	require.Equal(t, [2]int{1, 0}, store.take(), "careful for a while")
	requireBalance(t, book, "wallet/a", "11")
}

// A request that was posted and would be refused if it came now is still a replay.
func TestARequestPostedBeforeIsNotRefused(t *testing.T) {
	t.Parallel()
	for name, post := range map[string]func(book *ledger.Book, t ledger.Transaction) (ledger.Receipt, error){
		"posted": func(book *ledger.Book, tx ledger.Transaction) (ledger.Receipt, error) {
			return book.Post(context.Background(), tx)
		},
		"linked": func(book *ledger.Book, tx ledger.Transaction) (ledger.Receipt, error) {
			receipts, err := book.PostLinked(context.Background(), tx)
			if err != nil {
				return ledger.Receipt{}, err
			}
			return receipts[0], nil
		},
		"previewed": func(book *ledger.Book, tx ledger.Transaction) (ledger.Receipt, error) {
			return book.Preview(context.Background(), tx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, book := hopefulBook(t)
			full := topUp("100")
			_, err := book.Post(t.Context(), full)
			require.NoError(t, err)
			store.take()
			receipt, err := post(book, full)
			require.NoError(t, err)
			require.True(t, receipt.Replayed)
			require.Equal(t, [2]int{1, 1}, store.take(), "asked for once it was refused, and again with the lock")
			changed := full
			changed.By = "another"
			_, err = post(book, changed)
			require.ErrorIs(t, err, ledger.ErrIDReused)
			requireBalance(t, book, "wallet/a", "100")
		})
	}
}

// A request that was refused and remembered stays refused.
func TestARememberedRefusalIsFound(t *testing.T) {
	t.Parallel()
	_, book := hopefulBook(t)
	much := topUp("101")
	much.Remember = true
	_, err := book.Post(t.Context(), much)
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	_, err = book.Post(t.Context(), much)
	var remembered *ledger.RememberedError
	require.ErrorAs(t, err, &remembered)
}

// Many callers post, repeat and are refused at once: each id is journaled once.
func TestRepeatsAmongManyCallers(t *testing.T) {
	t.Parallel()
	_, book := hopefulBook(t)
	const callers, each = 16, 40
	done := make(chan error, callers)
	for range callers {
		go func() {
			for i := range each {
				tx := transaction(ledger.Debit("clearing/g", cny("1")), ledger.Credit("merchant/m", cny("1")))
				tx.ID = ledger.KeyID("repeat", fmt.Sprint(i)) // the same for all callers
				if _, err := book.Post(context.Background(), tx); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range callers {
		require.NoError(t, <-done)
	}
	requireBalance(t, book, "merchant/m", fmt.Sprint(each))
}
