package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// preorder authorizes a meal of 8.00 for the day after.
func preorder(book *ledger.Book, key string, expires time.Time) ledger.Authorization {
	order := ledger.Authorization{
		Transaction: ledger.Transaction{ID: ledger.KeyID(key), Kind: "preorder", Postings: []ledger.Posting{
			ledger.Debit("wallet/ann", cny("8")), ledger.Credit("merchant/canteen", cny("8")),
		}},
		Expires: expires,
	}
	_, err := book.Authorize(context.Background(), order)
	check(err)
	return order
}

// A hold lowers what is available and leaves the balance. It takes several
// partial captures; the final one frees the rest.
func ExampleBook_Authorize() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	order := preorder(book, "order 1", time.Time{})
	show := func() {
		wallet, err := book.Account(ctx, "wallet/ann")
		check(err)
		available, _ := wallet.Available()
		fmt.Println("balance", wallet.Balance(), "available", available)
	}
	show()
	_, err := book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: order.ID, Amounts: []money.Amount{cny("3"), cny("3")}})
	check(err)
	_, err = book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: order.ID, Amounts: []money.Amount{cny("6"), cny("6")}})
	var exceeded *ledger.HoldError
	fmt.Println(errors.As(err, &exceeded), ledger.CodeOf(err), exceeded.Available)
	_, err = book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: order.ID, Amounts: []money.Amount{cny("2"), cny("2")}, Final: true})
	check(err)
	show()
	// Output:
	// balance 10.00 CNY available 2.00 CNY
	// true hold_exceeded 5.00 CNY
	// balance 5.00 CNY available 5.00 CNY
}

// Releasing twice is one release; what was released is never captured.
func ExampleBook_Release() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	order := preorder(book, "order 2", time.Time{})
	for range 2 {
		receipt, err := book.Release(ctx, ledger.Release{Hold: order.ID, By: "guardian:3", Why: "ill"})
		fmt.Println(receipt.Record.Kind, receipt.Replayed, err)
	}
	_, err := book.Release(ctx, ledger.Release{Hold: order.ID, By: "office:1"})
	fmt.Println(ledger.CodeOf(err))
	_, err = book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: order.ID})
	fmt.Println(ledger.CodeOf(err))
	// Output:
	// ledger.release false <nil>
	// ledger.release true <nil>
	// hold_released
	// hold_released
}

// From its time on an expired hold cannot be captured. The record of its expiry
// frees the money: call ExpireHolds now and then.
func ExampleBook_ExpireHolds() {
	ctx := context.Background()
	now := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	book, done := exampleBookAt(&now)
	defer done()
	order := preorder(book, "order 3", now.Add(time.Hour))
	now = now.Add(time.Hour)
	_, err := book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: order.ID})
	fmt.Println(ledger.CodeOf(err))
	count, err := book.ExpireHolds(ctx)
	fmt.Println(count, err)
	hold, err := book.Hold(ctx, order.ID)
	fmt.Println(hold.State, hold.Lines[0].Captured, err)
	// Output:
	// hold_expired
	// 1 <nil>
	// expired 0.00 CNY <nil>
}

// A group of holds is released at once, or not at all.
func ExampleBook_PostLinked_holds() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	_, err := book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", cny("20")), ledger.Credit("wallet/ann", cny("20")),
	}})
	check(err)
	monday, tuesday := preorder(book, "monday", time.Time{}), preorder(book, "tuesday", time.Time{})
	_, err = book.PostLinked(ctx, ledger.Release{Hold: monday.ID}, ledger.Release{Hold: ledger.KeyID("nothing")})
	var linked *ledger.LinkedError
	fmt.Println(errors.As(err, &linked), linked.Index, ledger.CodeOf(err))
	receipts, err := book.PostLinked(ctx, ledger.Release{Hold: monday.ID}, ledger.Release{Hold: tuesday.ID})
	fmt.Println(len(receipts), err)
	// Output:
	// true 1 hold_unknown
	// 2 <nil>
}
