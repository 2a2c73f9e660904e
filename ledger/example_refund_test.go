package ledger_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// The canteen gives back a part of a sale: what was taken last is returned
// first, and no line returns more than it took.
func ExampleBook_Refund() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	price := cny("16.00")
	sale, err := book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
		ledger.DebitUpTo("subsidy/ann", price), ledger.DebitRest("wallet/ann"), ledger.Credit("merchant/canteen", price),
	}})
	check(err)
	give := func(amount string) error {
		refund, err := book.Refund(ctx, ledger.Refund{ID: ledger.NewID(), Of: sale.Record.ID, By: "cashier:7", Lines: []ledger.RefundLine{
			{Line: 2, Amount: cny(amount)},
			{Line: 1, Amount: cny(amount), Take: ledger.UpTo},
			{Line: 0, Amount: cny(amount), Take: ledger.UpTo},
		}})
		for _, line := range refund.Record.Lines {
			fmt.Println(line.Account, line.Amount)
		}
		return err
	}
	check(give("9.00"))
	var exceeded *ledger.RefundError
	fmt.Println(errors.As(give("7.50"), &exceeded), exceeded.Account, exceeded.Available())
	_, err = book.Reverse(ctx, ledger.Reversal{Of: sale.Record.ID})
	fmt.Println(ledger.CodeOf(err))
	// Output:
	// merchant/canteen 9.00 CNY
	// wallet/ann -8.00 CNY
	// subsidy/ann -1.00 CNY
	// true merchant/canteen 7.00 CNY
	// refunded
}
