package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	store := newMemory()
	genesis := ledger.Genesis{Name: "Test school", OpenDate: firstDay}
	_, err := ledger.Open(t.Context(), store, 1, nil)
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
	_, err = ledger.Create(t.Context(), store, 0, genesis, nil)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "x"}, nil)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	for range 2 {
		_, err = ledger.Create(t.Context(), store, 1, genesis, nil)
		require.NoError(t, err, "creating the same book again opens it")
	}
	genesis.Name = "Another school"
	_, err = ledger.Create(t.Context(), store, 1, genesis, nil)
	require.ErrorIs(t, err, ledger.ErrBookExists)
	book, err := ledger.Open(t.Context(), store, 1, nil)
	require.NoError(t, err)
	head, err := book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Test school", head.Name)
	require.Equal(t, firstDay, head.OpenDate)
}

func TestOpenAccounts(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	spec := ledger.AccountSpec{Path: "wallet/c", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny("0")}
	opening := ledger.Opening{ID: ledger.NewID(), By: "office:1", Accounts: []ledger.AccountSpec{spec}}
	receipt, err := book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	require.Equal(t, ledger.StateOpen, receipt.Record.Accounts[0].State)
	again, err := book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	require.True(t, again.Replayed)

	other := spec
	other.Path = "wallet/d"
	_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{other, spec}})
	require.ErrorIs(t, err, ledger.ErrAccountExists)
	_, err = book.Account(t.Context(), "wallet/d")
	require.ErrorIs(t, err, ledger.ErrAccountUnknown, "all or none are opened")
	_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{other, other}})
	require.ErrorIs(t, err, ledger.ErrAccountExists)
}

func TestOpenAccountsRefusesWhatNoAccountCanBe(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	good := ledger.AccountSpec{Path: "wallet/c", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY}
	for name, change := range map[string]func(*ledger.AccountSpec){
		"no path":                  func(s *ledger.AccountSpec) { s.Path = "" },
		"a space in the path":      func(s *ledger.AccountSpec) { s.Path = "wallet/a b" },
		"no control":               func(s *ledger.AccountSpec) { s.Control = "" },
		"no side":                  func(s *ledger.AccountSpec) { s.Side = 0 },
		"no currency":              func(s *ledger.AccountSpec) { s.Currency = money.Currency{} },
		"closed from the start":    func(s *ledger.AccountSpec) { s.State = ledger.StateClosed },
		"a bound of other money":   func(s *ledger.AccountSpec) { s.Floor = money.Of(0, money.USD) },
		"the floor above the roof": func(s *ledger.AccountSpec) { s.Floor, s.Ceiling = cny("2"), cny("1") },
		"zero out of bounds":       func(s *ledger.AccountSpec) { s.Floor = cny("1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := good
			change(&spec)
			_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{spec}})
			require.ErrorIs(t, err, ledger.ErrInvalid)
		})
	}
}

func TestChangeAccount(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	_, err := book.Post(t.Context(), topUp("30"))
	require.NoError(t, err)
	change := func(state ledger.State, ceiling money.Amount) error {
		_, err := book.ChangeAccount(t.Context(), ledger.Change{
			By: "test", ID: ledger.NewID(), Account: "wallet/a", Why: "test", State: state, Floor: cny("0"), Ceiling: ceiling,
		})
		return err
	}
	spend := transaction(ledger.Debit("wallet/a", cny("1")), ledger.Credit("merchant/m", cny("1")))

	require.NoError(t, change(ledger.StateFrozenDebits, cny("100")))
	_, err = book.Post(t.Context(), spend)
	require.ErrorIs(t, err, ledger.ErrAccountFrozen)
	_, err = book.Post(t.Context(), topUp("1"))
	require.NoError(t, err, "credits are still taken")

	require.NoError(t, change(ledger.StateFrozenCredits, cny("100")))
	_, err = book.Post(t.Context(), topUp("1"))
	require.ErrorIs(t, err, ledger.ErrAccountFrozen)

	require.NoError(t, change(ledger.StateFrozen, cny("100")))
	require.ErrorIs(t, change(ledger.StateOpen, cny("30.99")), ledger.ErrAboveCeiling, "the balance of 31 must fit")
	require.ErrorIs(t, change(ledger.StateOpen, money.Of(1, money.USD)), ledger.ErrInvalid)
	require.ErrorIs(t, change(ledger.StateClosed, cny("100")), ledger.ErrNotEmpty)
	require.NoError(t, change(ledger.StateOpen, money.Amount{}))
	_, err = book.Post(t.Context(), transaction(ledger.Debit("wallet/a", cny("31")), ledger.Credit("merchant/m", cny("31"))))
	require.NoError(t, err)
	require.NoError(t, change(ledger.StateClosed, money.Amount{}))
	_, err = book.Post(t.Context(), topUp("1"))
	require.ErrorIs(t, err, ledger.ErrAccountClosed)
	require.ErrorIs(t, change(ledger.StateOpen, money.Amount{}), ledger.ErrAccountClosed, "closing is final")
}

func TestCloseDay(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	_, err := book.Post(t.Context(), topUp("30"))
	require.NoError(t, err)
	_, err = book.BalanceAt(t.Context(), "wallet/a", firstDay)
	require.ErrorIs(t, err, ledger.ErrInvalid, "the open date has no final balance")

	_, err = book.BalanceAt(t.Context(), "wallet/a", ledger.Date{})
	require.ErrorIs(t, err, ledger.ErrInvalid, "a forgotten date is not an empty account")
	_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay.AddDays(1)})
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)
	receipt, err := book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay, By: "finance:1"})
	require.NoError(t, err)
	require.Equal(t, firstDay.AddDays(1), receipt.Record.Next)
	again, err := book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
	require.NoError(t, err)
	require.True(t, again.Replayed)

	late := topUp("1")
	late.Date = firstDay
	_, err = book.Post(t.Context(), late)
	var dateErr *ledger.DateError
	require.ErrorAs(t, err, &dateErr)
	require.ErrorIs(t, err, ledger.ErrDateClosed)
	require.Equal(t, firstDay.AddDays(1), dateErr.Open)

	_, err = book.Post(t.Context(), topUp("7"))
	require.NoError(t, err)
	balance, err := book.BalanceAt(t.Context(), "wallet/a", firstDay)
	require.NoError(t, err)
	require.Equal(t, cny("30"), balance)
	_, err = book.BalanceAt(t.Context(), "wallet/a", firstDay.AddDays(2))
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)
	balance, err = book.BalanceAt(t.Context(), "wallet/b", firstDay)
	require.NoError(t, err)
	require.Equal(t, cny("0"), balance)
}

func TestReverse(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	original := topUp("30")
	_, err := book.Post(t.Context(), original)
	require.NoError(t, err)
	receipt, err := book.Reverse(t.Context(), ledger.Reversal{Of: original.ID, By: "office:1"})
	require.NoError(t, err)
	require.Equal(t, original.ID, receipt.Record.Of)
	requireBalance(t, book, "wallet/a", "0")

	again, err := book.Reverse(t.Context(), ledger.Reversal{Of: original.ID, By: "office:1"})
	require.NoError(t, err)
	require.True(t, again.Replayed)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: original.ID, By: "office:2"})
	require.ErrorIs(t, err, ledger.ErrReversed)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: receipt.Record.ID})
	require.ErrorIs(t, err, ledger.ErrNotReversible, "a reversal stands")
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: ledger.NewID()})
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
	requireBalance(t, book, "wallet/a", "0")
}

func TestReverseCannotTakeBackWhatWasSpent(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	original := topUp("30")
	_, err := book.Post(t.Context(), original)
	require.NoError(t, err)
	_, err = book.Post(t.Context(), transaction(ledger.Debit("wallet/a", cny("1")), ledger.Credit("merchant/m", cny("1"))))
	require.NoError(t, err)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: original.ID})
	require.ErrorIs(t, err, ledger.ErrInsufficient)
}
