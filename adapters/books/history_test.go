package books_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const book ledger.BookID = 3

var firstDay = ledger.DateOf(2026, time.September, 1)

// stores are the stores that books are exported from.
func stores() map[string]func(*testing.T) ledger.Store {
	return map[string]func(*testing.T) ledger.Store{"sqlite": openSQLite, "postgres": openPostgres}
}

func openSQLite(t *testing.T) ledger.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "books.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func openPostgres(t *testing.T) ledger.Store {
	t.Helper()
	pool := pgtest.Pool(t)
	require.NoError(t, pgstore.Migrate(t.Context(), pool))
	return pgstore.New(pool, nil)
}

// history writes a book with all that an export can meet.
func history(t *testing.T, store ledger.Store) *ledger.Book {
	t.Helper()
	b, err := ledger.Create(t.Context(), store, book, ledger.Genesis{Name: "第一中学\n\"No. 1\"; account x", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	spec := func(path, control string, side ledger.Side, currency money.Currency) ledger.AccountSpec {
		return ledger.AccountSpec{Path: path, Control: control, Side: side, Currency: currency}
	}
	_, err = b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), By: "clerk\naccount y", Accounts: []ledger.AccountSpec{
		spec("bank", "1002", ledger.DebitSide, money.CNY),
		spec("bank/2", "1002", ledger.DebitSide, money.CNY), // below another account
		spec("wallet/h1", "2307", ledger.CreditSide, money.CNY),
		spec("wallet/h1.-_", "2307", ledger.CreditSide, money.CNY),
		spec("odd/wallet", "2307", ledger.DebitSide, money.CNY), // the control account's other side
		spec("cash/yen", "1001", ledger.DebitSide, money.JPY),
		spec("cash/dinar", "1001.9-x", ledger.DebitSide, money.KWD),
		spec("capital/yen", "4001", ledger.CreditSide, money.JPY),
		spec("capital/dinar", "4001", ledger.CreditSide, money.KWD),
		spec("unused", "9999", ledger.DebitSide, money.EUR),
	}})
	require.NoError(t, err)
	post := func(by string, postings ...ledger.Posting) ledger.Receipt {
		t.Helper()
		receipt, err := b.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "top-up.1", By: by, Postings: postings})
		require.NoError(t, err)
		return receipt
	}
	endDay := func(day int) {
		t.Helper()
		_, err := b.CloseDay(t.Context(), ledger.DayClose{Date: firstDay.AddDays(day)})
		require.NoError(t, err)
	}
	cny := func(minor int64) money.Amount { return money.Of(minor, money.CNY) }
	first := post("cashier:12", ledger.Debit("bank", cny(123_456_789)), ledger.Credit("wallet/h1", cny(123_456_788)), ledger.Credit("wallet/h1.-_", cny(1)))
	post("date:never, [2026-99-99] = 5 CNY\r\n  x  y", ledger.Debit("bank/2", cny(700)), ledger.Credit("bank", cny(700)))
	endDay(0)
	endDay(1) // nothing happened
	_, err = b.Reverse(t.Context(), ledger.Reversal{Of: first.Record.ID})
	require.NoError(t, err)
	post("", ledger.Debit("cash/yen", money.Of(1_234_567, money.JPY)), ledger.Credit("capital/yen", money.Of(1_234_567, money.JPY)),
		ledger.Debit("cash/dinar", money.Of(1_234_567, money.KWD)), ledger.Credit("capital/dinar", money.Of(1_234_567, money.KWD)))
	post("", ledger.Debit("odd/wallet", cny(5)), ledger.DebitUpTo("bank", cny(9)), ledger.Credit("wallet/h1", cny(5)), ledger.CreditRest("bank"))
	endDay(2)
	post("", ledger.Debit("bank", cny(1<<53+1)), ledger.Credit("wallet/h1", cny(1<<53+1)))
	return b
}
