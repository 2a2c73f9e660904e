package ledger_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// Independent requests: one is refused, the others are written, in their order.
func ExampleBook_PostAll() {
	book, done := exampleBook()
	defer done()
	answers := book.PostAll(context.Background(),
		buy("sale", "wallet/ann", "4"), buy("sale", "wallet/ann", "40"), buy("sale", "wallet/ann", "6"))
	for _, answer := range answers {
		if answer.Err != nil {
			fmt.Println(ledger.CodeOf(answer.Err))
			continue
		}
		fmt.Println(answer.Receipt.Record.Seq)
	}
	// Output:
	// 4
	// insufficient
	// 5
}

// All or nothing: the second is refused, so the first is not written either.
func ExampleBook_PostLinked() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	_, err := book.PostLinked(ctx, buy("sale", "wallet/ann", "6"), buy("sale", "wallet/ann", "6"))
	var linked *ledger.LinkedError
	fmt.Println(errors.As(err, &linked), linked.Index, ledger.CodeOf(err))
	balance, err := book.Balance(ctx, "wallet/ann")
	fmt.Println(balance, err)
	// Output:
	// true 1 insufficient
	// 10.00 CNY <nil>
}

// A preview answers what the post would, and writes nothing.
func ExampleBook_Preview() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	sale := buy("sale", "wallet/ann", "6")
	receipt, err := book.Preview(ctx, sale)
	check(err)
	fmt.Println("would leave", receipt.Record.Lines[0].Balance)
	_, err = book.Record(ctx, sale.ID)
	fmt.Println(ledger.CodeOf(err))
	// Output:
	// would leave -4.00 CNY
	// record_unknown
}

// What an offline till uploads and the book refuses stays refused, even if the
// money comes later.
func ExampleTransaction_remember() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	sale := buy("sale", "wallet/ann", "12")
	sale.Remember = true
	_, err := book.Post(ctx, sale)
	fmt.Println(ledger.CodeOf(err))
	_, err = book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", cny("20")), ledger.Credit("wallet/ann", cny("20")),
	}})
	check(err)
	_, err = book.Post(ctx, sale)
	var remembered *ledger.RememberedError
	fmt.Println(errors.As(err, &remembered), remembered.Seq, ledger.Explain(err).Available)
	// Output:
	// insufficient
	// true 4 10.00 CNY
}

// Every error of the package can be explained in the same words.
func ExampleExplain() {
	book, done := exampleBook()
	defer done()
	_, err := book.Post(context.Background(), buy("sale", "wallet/ann", "12"))
	refusal := ledger.Explain(err)
	fmt.Println(refusal.Code, refusal.Rule, refusal.Account, refusal.Wanted, refusal.Available)
	// Output: insufficient floor wallet/ann 12.00 CNY 10.00 CNY
}
