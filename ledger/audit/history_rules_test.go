package audit_test

import (
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// guardian is the limits of a wallet: a day's, one of a single purchase, and one
// that lets nothing but purchases out in a week beyond a sum.
func guardian(day int64) ledger.Limits {
	return ledger.Limits{
		{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Kinds: []string{"sale", "preorder"}, Max: cny(day)},
		{Name: "single", Side: ledger.DebitSide, Per: ledger.PerTransaction, Max: cny(1_500)},
		{Name: "other", Side: ledger.DebitSide, Per: ledger.PerWeek, Kinds: []string{"sale", "preorder"}, Except: true, Max: cny(100)},
	}
}

func families() []ledger.Family {
	return []ledger.Family{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide},
		{Path: "wallet", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny(0), Ceiling: cny(50_000), Limits: guardian(2_000)},
		{Path: "wallet/staff", Control: "2309", Side: ledger.CreditSide, Currency: money.CNY},
		{Path: "subsidy", Control: "2308", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny(0)},
		{Path: "arrears", Control: "1122", Side: ledger.DebitSide, Currency: money.CNY, Floor: cny(0), Ceiling: cny(5_000)},
	}
}

// preorder holds what a meal costs.
func (s scribe) preorder(key string, minor int64, expires time.Time) {
	s.t.Helper()
	s.did(s.book.Authorize(s.t.Context(), ledger.Authorization{Expires: expires, Transaction: ledger.Transaction{
		ID: ledger.KeyID(key), Kind: "preorder", By: "guardian:3", Document: json.RawMessage(`{"note":"` + key + `"}`), Due: nextMonday,
		Postings: []ledger.Posting{
			ledger.DebitUpTo("wallet/h3", cny(minor)), ledger.DebitRest("arrears/h3"), ledger.Credit("merchant/m1", cny(minor)),
		},
	}}))
}

func (s scribe) capture(key, hold string, final bool, minor ...int64) {
	s.t.Helper()
	var amounts []money.Amount
	for _, m := range minor {
		amounts = append(amounts, cny(m))
	}
	s.did(s.book.Capture(s.t.Context(), ledger.Capture{ID: ledger.KeyID(key), Hold: ledger.KeyID(hold), By: "merchant:1", Document: json.RawMessage(`1`), Amounts: amounts, Final: final}))
}

func (s scribe) refund(key, of string, lines ...ledger.RefundLine) {
	s.t.Helper()
	s.did(s.book.Refund(s.t.Context(), ledger.Refund{ID: ledger.KeyID(key), Of: ledger.KeyID(of), By: "cashier:12", Lines: lines}))
}

// rules writes the second part of the history.
func (s scribe) rules() {
	t, ctx := s.t, s.t.Context()
	t.Helper()
	s.did(s.book.SetChart(ctx, ledger.Chart{ID: ledger.KeyID("chart-1"), By: "clerk:1", Why: "new year", Families: families()})) // 21
	s.open("h3",                                                                                                                 // 22
		ledger.AccountSpec{Path: "wallet/h3", Metadata: json.RawMessage(`{"class":"3b"}`)},
		ledger.AccountSpec{Path: "arrears/h3"}, ledger.AccountSpec{Path: "subsidy/h3"}, ledger.AccountSpec{Path: "wallet/staff/t1"})
	s.post("top-up-3", "topup", ledger.Debit("bank", cny(3_000)), ledger.Credit("wallet/h3", cny(3_000))) // 23
	s.did(s.book.ChangeAccount(ctx, ledger.Change{                                                        // 24
		ID: ledger.KeyID("limits"), By: "clerk:1", Why: "asked for by the guardian", Account: "wallet/h1",
		Floor: cny(0), Ceiling: cny(50_000), Limits: guardian(3_000), Metadata: json.RawMessage(`{"class":"3b"}`), State: ledger.StateOpen,
	}))
	s.sale("sale-5", "h3", 700)                                                                           // 25
	s.preorder("pre-1", 900, time.Time{})                                                                 // 26
	s.capture("cap-1", "pre-1", false, 300, 0, 300)                                                       // 27
	s.preorder("pre-2", 100, s.clock.at.Add(24*time.Hour))                                                // 28
	s.capture("cap-2", "pre-1", true, 200, 0, 200)                                                        // 29
	s.preorder("pre-3", 800, s.clock.at.Add(48*time.Hour))                                                // 30
	s.capture("cap-3", "pre-3", false)                                                                    // 31
	s.preorder("pre-4", 150, time.Time{})                                                                 // 32
	s.did(s.book.Release(ctx, ledger.Release{Hold: ledger.KeyID("pre-4"), By: "guardian:3", Why: "ill"})) // 33
	s.clock.at = s.clock.at.Add(24 * time.Hour)
	expired, err := s.book.ExpireHolds(ctx) // 34
	require.NoError(t, err)
	require.Equal(t, 1, expired)
	s.refund("ref-1", "sale-5", ledger.RefundLine{Line: 3, Amount: cny(300)}, ledger.RefundLine{Line: 1, Amount: cny(300)})                   // 35
	s.refund("ref-2", "sale-5", ledger.RefundLine{Line: 3, Amount: cny(100)}, ledger.RefundLine{Line: 2, Amount: cny(50), Take: ledger.UpTo}, // 36
		ledger.RefundLine{Line: 1, Take: ledger.Rest})
	s.refund("ref-3", "cap-3", ledger.RefundLine{Line: 0, Amount: cny(90)}, ledger.RefundLine{Line: 2, Amount: cny(90)}) // 37
	_, err = s.book.Post(ctx, ledger.Transaction{                                                                        // 38
		ID: ledger.KeyID("refused"), Kind: "sale", By: "terminal:4", Remember: true, Due: sunday,
		Postings: []ledger.Posting{
			ledger.Debit("wallet/h2", cny(9_999)), ledger.DebitUpTo("subsidy/h2", cny(1)), ledger.DebitRest("arrears/h2"), ledger.Credit("merchant/m1", cny(9_999)),
		},
	})
	require.ErrorIs(t, err, ledger.ErrAccountFrozen)
	s.close(saturday, sunday)                                                                              // 39
	s.sale("sale-6", "h3", 60)                                                                             // 40
	s.did(s.book.Reopen(ctx, ledger.Reopen{Date: saturday, By: "head:1", Why: "a day's sales came late"})) // 41
	s.sale("sale-7", "h1", 250)                                                                            // 42
	s.close(saturday, sunday)                                                                              // 43
	s.sale("sale-8", "h3", 70)                                                                             // 44
	s.close(sunday, nextMonday)                                                                            // 45
	s.did(s.book.Post(ctx, ledger.Transaction{                                                             // 46
		ID: ledger.KeyID("fine"), Kind: "fine", Due: nextMonday.AddDays(30),
		Postings: []ledger.Posting{ledger.Debit("wallet/h1", cny(30)), ledger.Credit("merchant/m1", cny(30))},
	}))
	s.did(s.book.Reopen(ctx, ledger.Reopen{Date: sunday, By: "head:1", Why: "again"}))                                                          // 47
	s.close(sunday, nextMonday)                                                                                                                 // 48
	s.sale("sale-9", "h1", 500)                                                                                                                 // 49
	s.did(s.book.SetChart(ctx, ledger.Chart{By: "test", ID: ledger.KeyID("chart-2"), Why: "guests", Families: append(families(), ledger.Family{ // 50
		Path: "guest", Control: "2309", Side: ledger.CreditSide,
	})}))
	s.preorder("pre-5", 400, s.clock.at.Add(time.Hour)) // 51
	for i, date := range []ledger.Date{monday, {}} {    // 52, 53
		_, err := s.book.Authorize(ctx, ledger.Authorization{Expires: s.clock.at.Add(time.Hour), Transaction: ledger.Transaction{
			ID: ledger.KeyID("refused", date.String()), Kind: "preorder", Date: date, Remember: true,
			Postings: []ledger.Posting{ledger.Debit("wallet/h1", cny(9_999)), ledger.Credit("merchant/m1", cny(9_999))},
		}})
		require.ErrorIs(t, err, []error{ledger.ErrDateClosed, ledger.ErrInsufficient}[i])
	}
}
