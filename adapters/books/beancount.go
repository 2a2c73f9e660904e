package books

import (
	"context"
	"io"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// WriteBeancount writes the whole book as a Beancount file that passes
// `bean-check`: options, a commodity directive for each currency, an open
// directive for each account on the first date, with its path as metadata, then
// each record in its order. A record that moved money is a transaction on its
// business date, narrated by its kind, with its position and particulars as
// metadata; any other is a comment. Debits are positive.
//
// An account is its root, its control account and its path, such as
// Liabilities:2307-01:Wallet-h1: the package comment says how they are spelled.
//
// A day close that was not reopened asserts the balances of the accounts that
// moved that day, as the journal has them; the end asserts all balances, as the
// account table has them. Beancount looks at the beginning of a date, so that
// each assertion has the next date. A book that is open on 9999-12-31 has none
// and is [ledger.ErrInvalid].
func WriteBeancount(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, options *Options) error {
	return writePlain(ctx, w, reader, book, options, beancount{})
}

// beancount is the format of Beancount.
type beancount struct{}

func (beancount) program() string { return "beancount" }

func (beancount) account(root string, a *ledger.AccountSpec) string {
	return beancountRoot(root) + ":" + beancountControl(a.Control) + ":" + beancountPath(a.Path)
}

func (beancount) declare(x *plain, head *ledger.Head, first *ledger.Record) {
	x.printf("; Book %d, up to position %d\n\n", head.Book, head.Seq)
	x.printf("option \"title\" %s\n", quoted(head.Name))
	x.printf("option \"inferred_tolerance_multiplier\" \"0\" ; balances are exact\n")
	for nature, name := range [natures]string{"assets", "liabilities", "equity", "income", "expenses"} {
		x.printf("option \"name_%s\" \"%s\"\n", name, beancountRoot(x.roots[nature]))
	}
	for _, currency := range x.currencies {
		x.printf("option \"operating_currency\" \"%s\"\n", currency)
	}
	x.printf("\n")
	for _, currency := range x.currencies {
		x.printf("%s commodity %s\n", first.Date, currency)
	}
	for _, a := range x.inOrder {
		x.printf("%s open %s %s\n  path: \"%s\"\n", first.Date, a.name, a.Currency, a.Path)
	}
}

func (beancount) transaction(x *plain, r *ledger.Record) {
	x.printf("\n%s * \"%s\"\n  seq: %d\n", r.Date, r.Kind, r.Seq)
	for _, p := range particulars(r) {
		x.printf("  %s: %s\n", p.key, quoted(p.value))
	}
	for _, m := range x.moves {
		x.printf("  %s  %s\n", m.account.name, m.amount)
	}
}

func (f beancount) assertDay(x *plain, r *ledger.Record, stands []standing) error {
	x.printf("; balances at the end of the day\n")
	return f.assert(x, r.Date, stands)
}

func (f beancount) assertAll(x *plain, head *ledger.Head, stands []standing) error {
	x.printf("\n; balances of all accounts at position %d\n", head.Seq)
	return f.assert(x, x.last, stands)
}

// assert asserts at the beginning of the date after one.
func (beancount) assert(x *plain, date ledger.Date, stands []standing) error {
	next := date.AddDays(1)
	if next.IsZero() {
		return &ledger.InvalidError{Field: "date", Problem: date.String() + " has no next, on which Beancount could compare balances"}
	}
	for _, s := range stands {
		x.printf("%s balance %s  %s\n", next, s.account.name, s.balance)
	}
	return nil
}

// quoted is a Beancount string.
func quoted(text string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(oneLine(text), `\`, `\\`), `"`, `\"`) + `"`
}
