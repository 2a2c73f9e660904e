package ledger_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestPostMovesBothSides(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	receipt, err := book.Post(t.Context(), topUp("30"))
	require.NoError(t, err)
	require.False(t, receipt.Replayed)
	require.Equal(t, int64(3), receipt.Record.Seq)
	require.Equal(t, firstDay, receipt.Record.Date)
	require.Equal(t, noon, receipt.Record.At)
	require.Equal(t, cny("-30"), receipt.Record.Lines[1].Balance, "credits are negative in a record")
	requireBalance(t, book, "wallet/a", "30")
	requireBalance(t, book, "clearing/g", "30")
}

func TestWaterfall(t *testing.T) {
	t.Parallel()
	sale := func(price string, credit bool) ledger.Transaction {
		postings := []ledger.Posting{ledger.DebitUpTo("wallet/b", cny("5")), ledger.DebitRest("wallet/a")}
		if credit {
			postings = []ledger.Posting{ledger.DebitUpTo("wallet/b", cny("5")), ledger.DebitUpTo("wallet/a", cny(price)), ledger.DebitRest("arrears/a")}
		}
		return transaction(append(postings, ledger.Credit("merchant/m", cny(price)))...)
	}
	for _, test := range []struct {
		name                      string
		price                     string
		credit                    bool
		walletA, walletB, arrears string
		err                       error
		available, movement       string
	}{
		{name: "the first line suffices", price: "4", walletB: "4", walletA: "10", arrears: "0"},
		{name: "an UpTo line takes no more than its amount", price: "12", walletB: "3", walletA: "3", arrears: "0"},
		{name: "Rest beyond the floor is refused", price: "15.01", err: ledger.ErrInsufficient, available: "10", movement: "10.01"},
		{name: "the rest becomes arrears", price: "18", credit: true, walletB: "3", walletA: "0", arrears: "3"},
		{name: "arrears may reach their ceiling", price: "35", credit: true, walletB: "3", walletA: "0", arrears: "20"},
		{name: "arrears above their ceiling are refused", price: "35.01", credit: true, err: ledger.ErrAboveCeiling, available: "20", movement: "20.01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			book := newBook(t, newMemory())
			_, err := book.Post(t.Context(), transaction(
				ledger.Debit("clearing/g", cny("18")), ledger.Credit("wallet/a", cny("10")), ledger.Credit("wallet/b", cny("8"))))
			require.NoError(t, err)
			receipt, err := book.Post(t.Context(), sale(test.price, test.credit))
			if test.err != nil {
				var bound *ledger.BoundError
				require.ErrorIs(t, err, test.err)
				require.ErrorAs(t, err, &bound)
				require.Equal(t, cny(test.available), bound.Available())
				require.Equal(t, test.movement, bound.Wanted.Decimal())
				requireBalance(t, book, "wallet/a", "10")
				requireBalance(t, book, "merchant/m", "0")
				return
			}
			require.NoError(t, err)
			if test.walletB == "4" {
				require.Equal(t, cny("0"), receipt.Record.Lines[1].Amount, "a line that takes nothing stays in the record")
			}
			requireBalance(t, book, "wallet/a", test.walletA)
			requireBalance(t, book, "wallet/b", test.walletB)
			requireBalance(t, book, "arrears/a", test.arrears)
			requireBalance(t, book, "merchant/m", test.price)
		})
	}
}

func TestSameTransactionAgainIsAReplay(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	first := topUp("30")
	first.Document, first.By = json.RawMessage(`{ "b": 1, "a": [true, null] }`), "office:1"
	posted, err := book.Post(t.Context(), first)
	require.NoError(t, err)

	first.Document = json.RawMessage(`{"a":[true,null],"b":1}`) // the same value, written otherwise
	again, err := book.Post(t.Context(), first)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, posted.Record, again.Record)
	requireBalance(t, book, "wallet/a", "30")
}

func TestIDForOtherContentNamesTheField(t *testing.T) {
	t.Parallel()
	base := func() ledger.Transaction {
		return ledger.Transaction{
			ID: someID, Kind: "sale", By: "c:1", Document: json.RawMessage(`{"n":1}`),
			Postings: []ledger.Posting{ledger.Debit("clearing/g", cny("5")), ledger.CreditUpTo("wallet/a", cny("3")), ledger.CreditRest("merchant/m")},
		}
	}
	for field, change := range map[string]func(*ledger.Transaction){
		"kind":                func(x *ledger.Transaction) { x.Kind = "topup" },
		"by":                  func(x *ledger.Transaction) { x.By = "c:2" },
		"document":            func(x *ledger.Transaction) { x.Document = json.RawMessage(`{"n":1.0}`) },
		"date":                func(x *ledger.Transaction) { x.Date = firstDay.AddDays(-1) },
		"postings":            func(x *ledger.Transaction) { x.Postings = x.Postings[:2] },
		"postings[0].amount":  func(x *ledger.Transaction) { x.Postings[0].Amount = cny("6") },
		"postings[1].amount":  func(x *ledger.Transaction) { x.Postings[1].Amount = cny("4") },
		"postings[1].account": func(x *ledger.Transaction) { x.Postings[1].Account = "wallet/b" },
		"postings[1].take":    func(x *ledger.Transaction) { x.Postings[1].Take = ledger.Exact },
		"postings[2].side":    func(x *ledger.Transaction) { x.Postings[2].Side = ledger.DebitSide },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			book := newBook(t, newMemory())
			_, err := book.Post(t.Context(), base())
			require.NoError(t, err)
			other := base()
			change(&other)
			_, err = book.Post(t.Context(), other)
			var reused *ledger.IDReusedError
			require.ErrorAs(t, err, &reused)
			require.ErrorIs(t, err, ledger.ErrIDReused)
			require.Equal(t, field, reused.Field)
		})
	}
}

func TestMalformedTransactionsNameTheField(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	for field, change := range map[string]func(*ledger.Transaction){
		"id":                  func(x *ledger.Transaction) { x.ID = uuid.Nil },
		"kind":                func(x *ledger.Transaction) { x.Kind = "Sale" },
		"by":                  func(x *ledger.Transaction) { x.By = strings.Repeat("x", 129) },
		"document":            func(x *ledger.Transaction) { x.Document = json.RawMessage(`{"a":1,"a":2}`) },
		"postings":            func(x *ledger.Transaction) { x.Postings = nil },
		"postings[0].account": func(x *ledger.Transaction) { x.Postings[0].Account = "wallet//a" },
		"postings[0].side":    func(x *ledger.Transaction) { x.Postings[0].Side = 0 },
		"postings[0].take":    func(x *ledger.Transaction) { x.Postings[0].Take = 3 },
		"postings[1].amount":  func(x *ledger.Transaction) { x.Postings[1].Amount = cny("0") },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			malformed := topUp("1")
			change(&malformed)
			_, err := book.Post(t.Context(), malformed)
			var invalid *ledger.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.ErrorIs(t, err, ledger.ErrInvalid)
			require.Equal(t, field, invalid.Field)
		})
	}
	_, err := book.Post(t.Context(), ledger.Transaction{ID: someID, Kind: "ledger.close", Postings: topUp("1").Postings})
	require.ErrorIs(t, err, ledger.ErrInvalid, "the ledger's own kinds are its own")
}

func TestRefusalsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		transaction ledger.Transaction
		want        error
	}{
		"unknown account":      {transaction(ledger.Debit("clearing/g", cny("1")), ledger.Credit("wallet/x", cny("1"))), ledger.ErrAccountUnknown},
		"other currency":       {transaction(ledger.Debit("clearing/usd", cny("1")), ledger.Credit("wallet/a", cny("1"))), ledger.ErrCurrencyMismatch},
		"unbalanced":           {transaction(ledger.Debit("clearing/g", cny("1.01")), ledger.Credit("wallet/a", cny("1"))), ledger.ErrUnbalanced},
		"an UpTo that lacks":   {transaction(ledger.Debit("clearing/g", cny("101")), ledger.CreditUpTo("wallet/a", cny("101"))), ledger.ErrUnbalanced},
		"above the ceiling":    {topUp("100.01"), ledger.ErrAboveCeiling},
		"below the floor":      {transaction(ledger.Debit("wallet/a", cny("0.01")), ledger.Credit("merchant/m", cny("0.01"))), ledger.ErrInsufficient},
		"sum overflows":        {transaction(ledger.Debit("clearing/g", money.Of(math.MaxInt64, money.CNY)), ledger.Debit("clearing/g", cny("1")), ledger.CreditRest("merchant/m")), ledger.ErrOverflow},
		"two currencies, each": {transaction(ledger.Debit("clearing/usd", money.Of(5, money.USD)), ledger.Credit("merchant/m", cny("0.05"))), ledger.ErrUnbalanced},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newMemory()
			book := newBook(t, store)
			head, err := book.Head(t.Context())
			require.NoError(t, err)
			_, err = book.Post(t.Context(), test.transaction)
			require.ErrorIs(t, err, test.want)
			after, err := book.Head(t.Context())
			require.NoError(t, err)
			require.Equal(t, head, after)
			require.Len(t, store.records, 2, "those that made the book")
		})
	}
}

func TestTotalsDoNotOverflow(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	most := money.Of(math.MaxInt64, money.CNY)
	back := transaction(ledger.Debit("merchant/m", most), ledger.Credit("clearing/g", most))
	_, err := book.Post(t.Context(), transaction(ledger.Debit("clearing/g", most), ledger.Credit("merchant/m", most)))
	require.NoError(t, err)
	_, err = book.Post(t.Context(), back)
	require.NoError(t, err, "the balance may go back to zero")
	_, err = book.Post(t.Context(), topUp("0.01"))
	require.ErrorIs(t, err, ledger.ErrOverflow, "the account's debits are used up")
}

func TestBoundsHoldForTheNetMovement(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	_, err := book.Post(t.Context(), transaction(
		ledger.Debit("wallet/a", cny("50")), ledger.Credit("wallet/a", cny("60")), ledger.Debit("clearing/g", cny("10"))))
	require.NoError(t, err)
	requireBalance(t, book, "wallet/a", "10")
}
