package books_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// chronicle writes a book with records of every kind, in currencies of none,
// two and three decimals.
type chronicle struct {
	t    *testing.T
	book *ledger.Book
	now  time.Time
}

func newChronicle(t *testing.T, store ledger.Store) *chronicle {
	t.Helper()
	c := &chronicle{t: t, now: time.Date(2026, time.September, 1, 4, 0, 0, 0, time.UTC)}
	var err error
	c.book, err = ledger.Create(t.Context(), store, book, ledger.Genesis{Name: "No. 1 School", OpenDate: firstDay},
		&ledger.Options{Now: func() time.Time { return c.now }})
	require.NoError(t, err)
	family := func(path, control string, side ledger.Side) ledger.Family {
		return ledger.Family{Path: path, Control: control, Side: side}
	}
	_, err = c.book.SetChart(t.Context(), ledger.Chart{ID: ledger.NewID(), By: "finance", Why: "the first", Families: []ledger.Family{
		family("bank", "1002", ledger.DebitSide), family("wallet", "2307", ledger.CreditSide), family("merchant", "2307.03", ledger.CreditSide),
	}})
	require.NoError(t, err)
	var accounts []ledger.AccountSpec
	for _, currency := range []money.Currency{money.JPY, money.CNY, money.KWD} {
		for _, path := range []string{"bank/", "wallet/h1/", "merchant/m1/"} {
			accounts = append(accounts, ledger.AccountSpec{Path: path + currency.Code(), Currency: currency, Floor: money.Zero(currency)})
		}
	}
	_, err = c.book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: accounts})
	require.NoError(t, err)
	return c
}

// move is a transaction of the same minor units in every currency.
func (c *chronicle) move(kind, debit, credit string, minor int64) ledger.Transaction {
	t := ledger.Transaction{ID: ledger.NewID(), Kind: kind, By: "cashier:12"}
	for _, currency := range []money.Currency{money.JPY, money.CNY, money.KWD} {
		amount := money.Of(minor, currency)
		t.Postings = append(t.Postings, ledger.Debit(debit+"/"+currency.Code(), amount), ledger.Credit(credit+"/"+currency.Code(), amount))
	}
	return t
}

func (c *chronicle) post(transaction ledger.Transaction) ledger.Record {
	c.t.Helper()
	return c.written(c.book.Post(c.t.Context(), transaction))
}

func (c *chronicle) sell(minor int64) ledger.Record {
	c.t.Helper()
	return c.post(c.move("sale", "wallet/h1", "merchant/m1", minor))
}

func (c *chronicle) written(receipt ledger.Receipt, err error) ledger.Record {
	c.t.Helper()
	require.NoError(c.t, err)
	return receipt.Record
}

func (c *chronicle) hold(minor int64, lasts time.Duration) ledger.Record {
	c.t.Helper()
	a := ledger.Authorization{Transaction: c.move("preorder", "wallet/h1", "merchant/m1", minor)}
	if lasts > 0 {
		a.Expires = c.now.Add(lasts)
	}
	return c.written(c.book.Authorize(c.t.Context(), a))
}

func (c *chronicle) capture(hold ledger.Record, minor int64, final bool) ledger.Record {
	c.t.Helper()
	capture := ledger.Capture{ID: ledger.NewID(), Hold: hold.ID, Final: final}
	for _, line := range hold.Held {
		capture.Amounts = append(capture.Amounts, money.Of(minor, line.Amount.Currency()))
	}
	return c.written(c.book.Capture(c.t.Context(), capture))
}

// refund returns minor units of the first currency's lines.
func (c *chronicle) refund(of ledger.Record, minor int64) {
	c.t.Helper()
	amount := money.Of(minor, of.Lines[0].Amount.Currency())
	c.written(c.book.Refund(c.t.Context(), ledger.Refund{
		ID: ledger.NewID(), Of: of.ID, Lines: []ledger.RefundLine{{Line: 0, Amount: amount}, {Line: 1, Amount: amount}},
	}))
}

func (c *chronicle) closeDay(day int) {
	c.t.Helper()
	c.written(c.book.CloseDay(c.t.Context(), ledger.DayClose{Date: firstDay.AddDays(day)}))
}

func (c *chronicle) reopenDay(day int) {
	c.t.Helper()
	c.written(c.book.Reopen(c.t.Context(), ledger.Reopen{Date: firstDay.AddDays(day), By: "head teacher", Why: "a sale was forgotten"}))
}

// firstDay plays holds to every end, refunds, refusals and a change.
func (c *chronicle) firstDay() {
	c.t.Helper()
	ctx := c.t.Context()
	c.post(c.move("topup", "bank", "wallet/h1", 100_000))
	inParts := c.hold(3000, 0)
	c.capture(inParts, 1000, false)
	c.capture(inParts, 1250, true)
	whole := c.written(c.book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: c.hold(777, 0).ID}))
	c.written(c.book.Reverse(ctx, ledger.Reversal{Of: whole.ID}))
	c.written(c.book.Release(ctx, ledger.Release{Hold: c.hold(50_000, 0).ID, Why: "not fetched"}))
	c.hold(90_000, time.Minute)
	c.now = c.now.Add(time.Hour)
	expired, err := c.book.ExpireHolds(ctx)
	require.NoError(c.t, err)
	require.Equal(c.t, 1, expired)
	c.hold(11, 0) // stays open
	c.refund(c.capture(c.hold(600, 0), 600, false), 599)
	sold := c.sell(2000)
	c.refund(sold, 1)
	c.refund(sold, 1999)
	dear := c.move("sale", "wallet/h1", "merchant/m1", 1_000_000)
	dear.Remember = true
	_, err = c.book.Post(ctx, dear)
	require.ErrorIs(c.t, err, ledger.ErrInsufficient)
	c.written(c.book.ChangeAccount(ctx, ledger.Change{
		By: "test", ID: ledger.NewID(), Account: "wallet/h1/CNY", Why: "asked by the guardian", State: ledger.StateOpen, Floor: money.Zero(money.CNY),
		Limits: ledger.Limits{{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Max: money.MustParse("60", money.CNY)}},
	}))
}
