package books

import (
	"context"
	"io"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// WriteLedger writes the whole book as a file for Ledger that it reads with
// --pedantic: declarations of commodities, tags and accounts, then each record
// in its order, as [WriteHledger] writes them.
//
// Ledger compares balances in the order of the file, which is the journal's.
// So every posting asserts the balance after it, as its line in the journal has
// it, and nothing more is asserted at a day close. The end asserts all balances,
// as the account table has them.
func WriteLedger(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, options *Options) error {
	return writePlain(ctx, w, reader, book, options, ledgerCLI{})
}

// ledgerCLI is the format of Ledger.
type ledgerCLI struct{ ledgerFile }

func (ledgerCLI) program() string { return "ledger" }

func (f ledgerCLI) declare(x *plain, head *ledger.Head, _ *ledger.Record) {
	f.title(x, head)
	x.printf("\n")
	for _, currency := range x.currencies {
		x.printf("commodity %s\n    format %s\n", currency, money.Of(1000*scale(currency), currency))
	}
	for _, key := range keys() {
		x.printf("tag %s\n", key)
	}
	f.accounts(x)
}

// scale is how many minor units a unit of the currency has.
func scale(currency money.Currency) int64 {
	units := int64(1)
	for range currency.Exponent() {
		units *= 10
	}
	return units
}

func (f ledgerCLI) transaction(x *plain, r *ledger.Record) {
	f.begin(x, r)
	for _, m := range x.moves {
		f.asserted(x, m.account, m.amount, m.balance)
	}
}

func (ledgerCLI) assertDay(*plain, *ledger.Record, []standing) error { return nil }
