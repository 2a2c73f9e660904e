package ledger_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// limited changes an account of the example's book so that it has the limits.
func limited(book *ledger.Book, path string, limits ...ledger.Limit) {
	ctx := context.Background()
	account, err := book.Account(ctx, path)
	check(err)
	_, err = book.ChangeAccount(ctx, ledger.Change{
		ID: ledger.NewID(), By: "guardian:3", Why: "asked for by the guardian", Account: path,
		Floor: account.Floor, Ceiling: account.Ceiling, Limits: limits, State: account.State,
	})
	check(err)
}

// buy is a transaction of one payment.
func buy(kind, from, amount string) ledger.Transaction {
	return ledger.Transaction{ID: ledger.NewID(), Kind: kind, Postings: []ledger.Posting{
		ledger.Debit(from, cny(amount)), ledger.Credit("merchant/canteen", cny(amount)),
	}}
}

// A guardian's daily cap. A refusal says which limit it was, how much of it was
// used and what would still have been possible.
func ExampleLimit() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	limited(book, "wallet/ann", ledger.Limit{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny("5")})
	_, err := book.Post(ctx, buy("sale", "wallet/ann", "3"))
	check(err)
	_, err = book.Post(ctx, buy("sale", "wallet/ann", "3"))
	var exceeded *ledger.LimitError
	fmt.Println(errors.As(err, &exceeded), exceeded.Limit, exceeded.Per, exceeded.Max, exceeded.Used, exceeded.Available())
	_, err = book.CloseDay(ctx, ledger.DayClose{Date: ledger.DateOf(2026, 9, 1)})
	check(err)
	_, err = book.Post(ctx, buy("sale", "wallet/ann", "3"))
	fmt.Println("the next day:", err)
	// Output:
	// true guardian day 5.00 CNY 3.00 CNY 2.00 CNY
	// the next day: <nil>
}

// A subsidy that only buys meals: nothing of any other kind. A line that takes
// up to an amount takes what the limits allow, so the wallet pays the rest.
func ExampleLimit_kinds() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	limited(book, "subsidy/ann", ledger.Limit{
		Name: "meals-only", Side: ledger.DebitSide, Per: ledger.PerTransaction,
		Kinds: []string{"sale"}, Except: true, Max: money.Zero(money.CNY),
	})
	_, err := book.Post(ctx, buy("shop", "subsidy/ann", "1"))
	fmt.Println(ledger.Explain(err).Rule)
	receipt, err := book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "shop", Postings: []ledger.Posting{
		ledger.DebitUpTo("subsidy/ann", cny("4")), ledger.DebitRest("wallet/ann"), ledger.Credit("merchant/canteen", cny("4")),
	}})
	check(err)
	fmt.Println(receipt.Record.Lines[0].Amount, receipt.Record.Lines[1].Amount)
	// Output:
	// meals-only
	// 0.00 CNY 4.00 CNY
}

// Who changed what of an account, and why: newest first.
func ExampleBook_History() {
	book, done := exampleBook()
	defer done()
	limited(book, "wallet/ann", ledger.Limit{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerWeek, Max: cny("50")})
	for record, err := range book.History(context.Background(), "wallet/ann") {
		check(err)
		fmt.Println(record.Seq, record.Kind, record.By, record.Why)
	}
	// Output:
	// 4 ledger.change guardian:3 asked for by the guardian
	// 2 ledger.open
}
