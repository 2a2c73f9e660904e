package audit_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// The days of the history. All before nextMonday are closed.
var (
	monday     = ledger.DateOf(2026, time.September, 7)
	tuesday    = monday.AddDays(1)
	saturday   = monday.AddDays(5)
	sunday     = monday.AddDays(6)
	nextMonday = monday.AddDays(7)
)

func cny(minor int64) money.Amount { return money.Of(minor, money.CNY) }
func usd(minor int64) money.Amount { return money.Of(minor, money.USD) }

// clock ticks a second with each reading.
type clock struct{ at time.Time }

func (c *clock) now() time.Time {
	c.at = c.at.Add(time.Second)
	return c.at
}

// scribe writes a history step by step; every step has an id of its own.
type scribe struct {
	t     *testing.T
	book  *ledger.Book
	clock *clock
}

// did takes the answer of a write that must succeed.
func (s scribe) did(_ ledger.Receipt, err error) {
	s.t.Helper()
	require.NoError(s.t, err)
}

func (s scribe) open(key string, accounts ...ledger.AccountSpec) {
	s.t.Helper()
	_, err := s.book.OpenAccounts(s.t.Context(), ledger.Opening{ID: ledger.KeyID(key), By: "clerk:1", Accounts: accounts})
	require.NoError(s.t, err)
}

func (s scribe) post(key, kind string, postings ...ledger.Posting) {
	s.t.Helper()
	_, err := s.book.Post(s.t.Context(), ledger.Transaction{
		ID: ledger.KeyID(key), Kind: kind, By: "cashier:12", Document: json.RawMessage(`{"note":"` + key + `"}`), Postings: postings,
	})
	require.NoError(s.t, err)
}

func (s scribe) sale(key, holder string, minor int64) {
	s.t.Helper()
	s.post(key, "sale",
		ledger.DebitUpTo("subsidy/"+holder, cny(minor)), ledger.DebitUpTo("wallet/"+holder, cny(minor)),
		ledger.DebitRest("arrears/"+holder), ledger.Credit("merchant/m1", cny(minor)))
}

func (s scribe) close(date, next ledger.Date) {
	s.t.Helper()
	_, err := s.book.CloseDay(s.t.Context(), ledger.DayClose{Date: date, Next: next, By: "clerk:1"})
	require.NoError(s.t, err)
}

func accountsOf(holder string) []ledger.AccountSpec {
	return []ledger.AccountSpec{
		{Path: "wallet/" + holder, Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny(0), Ceiling: cny(50_000)},
		{Path: "subsidy/" + holder, Control: "2308", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny(0)},
		{Path: "arrears/" + holder, Control: "1122", Side: ledger.DebitSide, Currency: money.CNY, Floor: cny(0), Ceiling: cny(5_000)},
	}
}

const historyBook ledger.BookID = 7

// historySeq is the last position of the history.
const historySeq = 53

// history writes a book in which every rule has something to say. Positions 1
// to 20 are what every book does: 6 is the sale that 12 reverses, 9 and 16 are
// day closes. The rest is of the chart, limits, holds, refunds and reopenings.
func history(t *testing.T, store ledger.Store) *ledger.Book {
	t.Helper()
	genesis := ledger.Genesis{Name: "No. 1 School", OpenDate: monday, By: "clerk:1"}
	clock := &clock{at: time.Date(2026, time.September, 7, 3, 0, 0, 0, time.UTC)}
	book, err := ledger.Create(t.Context(), store, historyBook, genesis, &ledger.Options{Now: clock.now}) // 1
	require.NoError(t, err)
	s := scribe{t, book, clock}
	s.open("institution", // 2
		ledger.AccountSpec{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		ledger.AccountSpec{Path: "merchant/m1", Control: "2202", Side: ledger.CreditSide, Currency: money.CNY})
	s.open("h1", accountsOf("h1")...)                                                                          // 3
	s.post("top-up-1", "topup", ledger.Debit("bank", cny(10_000)), ledger.Credit("wallet/h1", cny(10_000)))    // 4
	s.post("grant-1", "subsidy", ledger.Debit("bank", cny(500)), ledger.Credit("subsidy/h1", cny(500)))        // 5
	s.sale("sale-1", "h1", 1_250)                                                                              // 6
	s.open("h2", accountsOf("h2")...)                                                                          // 7
	s.sale("sale-2", "h2", 900)                                                                                // 8
	s.close(monday, ledger.Date{})                                                                             // 9
	s.sale("sale-3", "h1", 300)                                                                                // 10
	s.post("top-up-2", "topup", ledger.Debit("bank", cny(2_000)), ledger.CreditUpTo("arrears/h2", cny(2_000)), // 11
		ledger.CreditRest("wallet/h2"))
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: ledger.KeyID("sale-1"), By: "cashier:12"}) // 12
	require.NoError(t, err)
	_, err = book.ChangeAccount(t.Context(), ledger.Change{ // 13
		ID: ledger.KeyID("freeze"), By: "clerk:1", Why: "card lost", Account: "wallet/h2",
		Floor: cny(0), Ceiling: cny(60_000), State: ledger.StateFrozenDebits,
	})
	require.NoError(t, err)
	s.open("abroad", // 14
		ledger.AccountSpec{Path: "bank-usd", Control: "1002", Side: ledger.DebitSide, Currency: money.USD},
		ledger.AccountSpec{Path: "income/usd", Control: "4101", Side: ledger.CreditSide, Currency: money.USD})
	s.post("abroad-1", "donation", ledger.Debit("bank-usd", usd(700)), ledger.Credit("income/usd", usd(700))) // 15
	s.close(tuesday, saturday)                                                                                // 16
	s.post("twice", "topup", ledger.Debit("bank", cny(100)), ledger.Debit("bank", cny(50)),                   // 17
		ledger.Credit("wallet/h1", cny(150)))
	s.post("abroad-2", "donation", ledger.Debit("bank-usd", usd(5)), ledger.Credit("income/usd", usd(5)))  // 18
	s.sale("sale-4", "h1", 40)                                                                             // 19
	s.post("payout", "payout", ledger.Debit("merchant/m1", cny(1_000)), ledger.Credit("bank", cny(1_000))) // 20
	s.rules()                                                                                              // 21 to 53
	return book
}
