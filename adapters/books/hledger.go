package books

import (
	"context"
	"io"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// WriteHledger writes the whole book as an hledger journal that passes `hledger
// check --strict`: declarations, then each record in its order. A record that
// moved money is a transaction on its business date, described by its kind, with
// its position as the code and its particulars in comments; any other is a
// comment. Debits are positive. An account is its root, its control account and
// its path, such as liabilities:2307:wallet:h1; the roots are declared with their
// types, for hledger's balance sheet and income statement.
//
// A day close that was not reopened asserts the balances of the accounts that
// moved that day, as the journal has them; the end asserts all balances, as the
// account table has them.
func WriteHledger(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, options *Options) error {
	return writePlain(ctx, w, reader, book, options, hledger{})
}

// hledger is the format of hledger.
type hledger struct{ ledgerFile }

func (hledger) program() string { return "hledger" }

func (f hledger) declare(x *plain, head *ledger.Head, _ *ledger.Record) {
	f.title(x, head)
	x.printf("\ndecimal-mark .\n")
	for _, currency := range x.currencies {
		x.printf("commodity %s %s\n", hledgerSample(currency), currency)
	}
	x.printf("\n")
	for nature, root := range x.roots {
		x.printf("account %s  ; type: %c\n", root, "ALERX"[nature])
	}
	f.accounts(x)
}

// hledgerSample shows how many decimals a currency has. It must have a decimal
// mark even with none.
func hledgerSample(currency money.Currency) string {
	return "1000." + strings.Repeat("0", currency.Exponent())
}

func (f hledger) transaction(x *plain, r *ledger.Record) {
	f.begin(x, r)
	for _, m := range x.moves {
		f.posting(x, m.account, m.amount)
		x.printf("\n")
	}
}

func (f hledger) assertDay(x *plain, r *ledger.Record, stands []standing) error {
	x.printf("\n%s (%d) %s  ; balances at the end of the day\n", r.Date, r.Seq, r.Kind)
	f.assert(x, stands)
	return nil
}
