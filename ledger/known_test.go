package ledger_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// asked is a store that notes which accounts each Lock asked for.
type asked struct {
	*storetest.Memory
	accounts [][]string
	lost     error // what the next Commit answers, once it has written
}

func (a *asked) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	a.accounts = append(a.accounts, slices.Sorted(slices.Values(need.Accounts)))
	locked, err := a.Memory.Lock(ctx, book, need)
	return &askedLock{Locked: locked, store: a}, err
}

type askedLock struct {
	ledger.Locked
	store *asked
}

func (l *askedLock) Commit(ctx context.Context, changes ledger.Changes) error {
	lost := l.store.lost
	l.store.lost = nil
	return errors.Join(l.Locked.Commit(ctx, changes), lost)
}

// take returns what was asked for since the last time.
func (a *asked) take() [][]string {
	accounts := a.accounts
	a.accounts = nil
	return accounts
}

func openKnown(t *testing.T, store ledger.Store, max int) *ledger.Book {
	t.Helper()
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "Test school", OpenDate: firstDay}, &ledger.Options{KnownMax: max})
	require.NoError(t, err)
	return book
}

func knownBook(t *testing.T, max int) (*asked, *ledger.Book) {
	t.Helper()
	store := &asked{Memory: storetest.NewMemory()}
	book := openKnown(t, store, max)
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: testSpecs()})
	require.NoError(t, err)
	return store, book
}

func postTopUp(t *testing.T, book *ledger.Book, amount string) {
	t.Helper()
	_, err := book.Post(t.Context(), topUp(amount))
	require.NoError(t, err)
}

func TestABookReadsAnAccountOnce(t *testing.T) {
	t.Parallel()
	store, book := knownBook(t, 0)
	store.take()
	postTopUp(t, book, "1")
	require.Equal(t, [][]string{nil}, store.take(), "what was opened is known")
	again := openKnown(t, store, 0)
	store.take()
	postTopUp(t, again, "2")
	postTopUp(t, again, "3")
	require.Equal(t, [][]string{{"clearing/g", "wallet/a"}, nil}, store.take())
	requireBalance(t, again, "wallet/a", "6")
}

// Two processes post to one book: neither may decide by what it remembers of the
// time before the other.
func TestWhatIsKnownIsForgottenWhenAnotherPosts(t *testing.T) {
	t.Parallel()
	store, book := knownBook(t, 0)
	other := openKnown(t, store, 0)
	postTopUp(t, book, "60")
	postTopUp(t, other, "40")
	store.take()
	_, err := book.Post(t.Context(), topUp("1"))
	require.ErrorIs(t, err, ledger.ErrAboveCeiling, "the other has filled the wallet")
	require.Equal(t, [][]string{nil, {"clearing/g", "wallet/a"}}, store.take(), "read again under a new lock")
	_, err = other.ChangeAccount(t.Context(), ledger.Change{ID: ledger.NewID(), Account: "wallet/a", State: ledger.StateFrozen, By: "office", Why: "lost"})
	require.NoError(t, err)
	_, err = book.Post(t.Context(), transaction(ledger.Debit("wallet/a", cny("1")), ledger.Credit("merchant/m", cny("1"))))
	require.ErrorIs(t, err, ledger.ErrAccountFrozen)
}

// A batch that asks for nothing that is known may still find that another has
// posted.
func TestABatchOfOtherAccountsForgetsToo(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(t *testing.T, book *ledger.Book){
		"a batch of accounts not yet known": func(t *testing.T, book *ledger.Book) {
			_, err := book.Post(t.Context(), transaction(ledger.Debit("arrears/a", cny("1")), ledger.Credit("merchant/m", cny("1"))))
			require.NoError(t, err)
		},
		"a day close": func(t *testing.T, book *ledger.Book) {
			_, err := book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, _ := knownBook(t, 0)
			book, other := openKnown(t, store, 0), openKnown(t, store, 0)
			postTopUp(t, book, "60")
			postTopUp(t, other, "40")
			between(t, book)
			_, err := book.Post(t.Context(), topUp("1"))
			require.ErrorIs(t, err, ledger.ErrAboveCeiling)
		})
	}
}

func TestWhileOthersPostNothingIsRemembered(t *testing.T) {
	t.Parallel()
	store, book := knownBook(t, 0)
	other := openKnown(t, store, 0)
	for range 100 {
		postTopUp(t, book, "0.1")
		postTopUp(t, other, "0.1")
	}
	twice := 0
	for _, accounts := range store.take() {
		if accounts == nil {
			twice++
		}
	}
	require.LessOrEqual(t, twice, 12, "locks that asked for nothing and had to be repeated")
	requireBalance(t, book, "wallet/a", "20")
}

// After a commit of which the outcome is not known, nothing else is either.
func TestAFailedCommitForgets(t *testing.T) {
	t.Parallel()
	store, book := knownBook(t, 0)
	postTopUp(t, book, "60")
	store.lost = ledger.ErrOutcomeUnknown
	_, err := book.Post(t.Context(), topUp("40"))
	require.ErrorIs(t, err, ledger.ErrOutcomeUnknown)
	store.take()
	_, err = book.Post(t.Context(), topUp("1"))
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	require.Equal(t, [][]string{{"clearing/g", "wallet/a"}}, store.take())
}

func TestWhatIsKnownIsBounded(t *testing.T) {
	t.Parallel()
	store, book := knownBook(t, 2)
	store.take()
	for i := range 20 {
		to := []string{"wallet/a", "wallet/b", "merchant/m"}[i%3]
		_, err := book.Post(t.Context(), transaction(ledger.Debit("clearing/g", cny("1")), ledger.Credit(to, cny("1"))))
		require.NoError(t, err)
	}
	read := 0
	for _, accounts := range store.take() {
		read += len(accounts)
	}
	require.GreaterOrEqual(t, read, 15, "of 40 accounts, three of them in turn, two are known at most")

	store, book = knownBook(t, -1)
	store.take()
	postTopUp(t, book, "1")
	postTopUp(t, book, "1")
	require.Equal(t, [][]string{{"clearing/g", "wallet/a"}, {"clearing/g", "wallet/a"}}, store.take())
}

// A refused or previewed post leaves what is known as it was.
func TestARefusalChangesNothingThatIsKnown(t *testing.T) {
	t.Parallel()
	store, book := knownBook(t, 0)
	postTopUp(t, book, "60")
	store.take()
	for range 3 {
		_, err := book.Post(t.Context(), topUp("41"))
		require.ErrorIs(t, err, ledger.ErrAboveCeiling)
		_, err = book.PostLinked(t.Context(), topUp("20"), topUp("21"))
		require.ErrorIs(t, err, ledger.ErrAboveCeiling)
		_, err = book.Preview(t.Context(), topUp("40"))
		require.NoError(t, err)
	}
	postTopUp(t, book, "40")
	require.Empty(t, slices.DeleteFunc(store.take(), func(accounts []string) bool { return accounts == nil }), "all are known")
	requireBalance(t, book, "wallet/a", "100")
}

// What is remembered is the book's own: a caller may do with a record what it likes.
func TestWhatIsKnownIsNotTheCallers(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]func(t *testing.T, book *ledger.Book) *ledger.AccountSpec{
		"as opened": func(t *testing.T, book *ledger.Book) *ledger.AccountSpec {
			receipt, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{limitedWallet()}})
			require.NoError(t, err)
			return &receipt.Record.Accounts[0]
		},
		"as changed": func(t *testing.T, book *ledger.Book) *ledger.AccountSpec {
			_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{limitedWallet()}})
			require.NoError(t, err)
			receipt, err := book.ChangeAccount(t.Context(), ledger.Change{
				ID: ledger.NewID(), Account: limitedWallet().Path, State: ledger.StateOpen, Limits: limitedWallet().Limits, By: "office", Why: "asked for",
			})
			require.NoError(t, err)
			return &receipt.Record.Accounts[0]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, book := knownBook(t, 0)
			spec(t, book).Limits[0].Max = cny("90")
			spend := transaction(ledger.Debit(limitedWallet().Path, cny("21")), ledger.Credit("merchant/m", cny("21")))
			_, err := book.Post(t.Context(), spend)
			require.ErrorIs(t, err, ledger.ErrLimitExceeded)
		})
	}
}

func limitedWallet() ledger.AccountSpec {
	return ledger.AccountSpec{
		Path: "wallet/limited", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY,
		Limits: ledger.Limits{{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerTransaction, Max: cny("20")}},
	}
}
