package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

var first = ledger.DateOf(2026, 9, 1)

// The latest close is undone by a journaled act. A balance of a date can then
// be asked for as it is now, and as it was known at a journal position.
func ExampleBook_Reopen() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	closed, err := book.CloseDay(ctx, ledger.DayClose{Date: first})
	check(err)
	_, err = book.Reopen(ctx, ledger.Reopen{Date: first, By: "finance:1", Why: "the cash desk was forgotten"})
	check(err)
	_, err = book.Post(ctx, buy("sale", "wallet/ann", "4"))
	check(err)
	_, err = book.CloseDay(ctx, ledger.DayClose{Date: first})
	check(err)
	now, err := book.BalanceAt(ctx, "wallet/ann", first)
	check(err)
	then, err := book.BalanceAtAsOf(ctx, "wallet/ann", first, closed.Record.Seq)
	check(err)
	fmt.Println(now, then)
	// Output: 6.00 CNY 10.00 CNY
}

// A sale that an offline till uploads after the close belongs to the date that
// is open, and keeps its true time in its document.
func ExampleBook_Post_late() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	_, err := book.CloseDay(ctx, ledger.DayClose{Date: first})
	check(err)
	late := buy("sale", "wallet/ann", "4")
	late.Document = json.RawMessage(`{"captured_at":"2026-09-01T12:03:11+08:00","terminal":4}`)
	receipt, err := book.Post(ctx, late)
	check(err)
	fmt.Println(receipt.Record.Date, string(receipt.Record.Document))
	// Output: 2026-09-02 {"captured_at":"2026-09-01T12:03:11+08:00","terminal":4}
}

// Balances after a journal position.
func ExampleBook_BalanceAsOf() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	_, err := book.Post(ctx, buy("sale", "wallet/ann", "4"))
	check(err)
	for seq := range int64(5) {
		balance, err := book.BalanceAsOf(ctx, "wallet/ann", seq)
		fmt.Println(seq, balance, err)
	}
	// Output:
	// 0 0.00 CNY <nil>
	// 1 0.00 CNY <nil>
	// 2 0.00 CNY <nil>
	// 3 10.00 CNY <nil>
	// 4 6.00 CNY <nil>
}

// A statement of a period, with the balances around it.
func ExampleBook_Statement_period() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	for day := range 3 {
		_, err := book.Post(ctx, buy("sale", "wallet/ann", "2"))
		check(err)
		_, err = book.CloseDay(ctx, ledger.DayClose{Date: first.AddDays(day)})
		check(err)
	}
	page, err := book.Statement(ctx, "wallet/ann", ledger.StatementQuery{From: first.AddDays(1), To: first.AddDays(1), Limit: 10})
	check(err)
	fmt.Println(page.Opening, len(page.Entries), page.Entries[0].Amount, page.Closing)
	// Output: -8.00 CNY 1 2.00 CNY -6.00 CNY
}

func ExampleBook_TrialBalanceAt() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	_, err := book.CloseDay(ctx, ledger.DayClose{Date: first})
	check(err)
	_, err = book.Post(ctx, buy("sale", "wallet/ann", "4"))
	check(err)
	totals, err := book.TrialBalanceAt(ctx, first)
	check(err)
	for _, total := range totals {
		fmt.Println(total.Control, total.Balance())
	}
	// Output:
	// 1218 0.00 CNY
	// 1002 18.00 CNY
	// 2307 -18.00 CNY
}

// Arrears by how long they have been due. What came in settled the oldest.
func ExampleBook_Ageing() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	for days, amount := range []string{"7", "9", "11"} {
		meal := buy("sale", "arrears/ann", amount)
		meal.Due = first.AddDays(30 * days)
		_, err := book.Post(ctx, meal)
		check(err)
	}
	_, err := book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "repayment", Postings: []ledger.Posting{
		ledger.Debit("bank/main", cny("10")), ledger.Credit("arrears/ann", cny("10")),
	}})
	check(err)
	for age, err := range book.Ageing(ctx, "arrears/", first.AddDays(45), 30, 60) {
		check(err)
		fmt.Println(age.Account, age.Open, "not due", age.NotDue, "overdue", age.Overdue)
	}
	// Output: arrears/ann 17.00 CNY not due 11.00 CNY overdue [6.00 CNY 0.00 CNY 0.00 CNY]
}
