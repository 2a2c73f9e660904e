package books

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Options tune [WriteHledger]. The zero value of each field is its
// default.
type Options struct {
	// DebitRoot and CreditRoot are the top accounts below which accounts go
	// by their normal side: words of letters, digits and '-'. Defaults:
	// "assets" and "liabilities", whose types hledger knows.
	DebitRoot, CreditRoot string
}

// WriteHledger writes the whole book as an hledger journal that passes `hledger
// check --strict`: declarations, then each record in its order. A record that
// moved money is a transaction on its business date, described by its kind,
// with its position as the code and its id in a comment; any other is a comment.
// Debits are positive. An account is its root, its control account and its path,
// such as liabilities:2307:wallet:h1.
//
// A day close that was not reopened asserts the balances of the accounts that
// moved that day, as the journal has them; the end asserts all balances, as the
// account table has them.
func WriteHledger(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, options *Options) error {
	x, err := newHledger(w, options)
	if err == nil {
		err = x.writeMoment(ctx, reader, book)
	}
	if err != nil {
		return fmt.Errorf("export book %d to hledger: %w", book, err)
	}
	return nil
}

// hledger is one export. Writes to out keep their error until the last Flush.
type hledger struct {
	out      *bufio.Writer
	roots    map[ledger.Side]string
	accounts map[string]*hledgerAccount
	inOrder  []*hledgerAccount // of their paths
	moved    []*hledgerAccount // since the last day close that stands, in the order of moving
	undoings undoings
	last     ledger.Date // of all records
}

type hledgerAccount struct {
	name    string
	stored  money.Amount // as the account table has it, debit positive
	balance money.Amount // as the last line has it
	ahead   []aheadLine  // in the balance, and of later dates than the day closes to come
	moved   bool
}

type aheadLine struct {
	date  ledger.Date
	minor int64
}

func newHledger(w io.Writer, options *Options) (*hledger, error) {
	if options == nil {
		options = &Options{}
	}
	x := &hledger{
		out: bufio.NewWriterSize(w, 64<<10), accounts: map[string]*hledgerAccount{},
		roots: map[ledger.Side]string{ledger.DebitSide: "assets", ledger.CreditSide: "liabilities"},
	}
	for side, root := range map[ledger.Side]string{ledger.DebitSide: options.DebitRoot, ledger.CreditSide: options.CreditRoot} {
		if strings.ContainsFunc(root, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return nil, &ledger.InvalidError{Field: side.String() + " root", Problem: "is not of letters, digits and '-'"}
		}
		if root != "" {
			x.roots[side] = root
		}
	}
	return x, nil
}

// viewer is the part of [ledger.Store] that reads at one moment.
type viewer interface {
	View(ctx context.Context) (ledger.View, error)
}

func (x *hledger) writeMoment(ctx context.Context, reader ledger.Reader, book ledger.BookID) (err error) {
	if store, ok := reader.(viewer); ok {
		view, err := store.View(ctx)
		if err != nil {
			return err
		}
		defer func() {
			if closeErr := view.Close(); err == nil {
				err = closeErr
			}
		}()
		reader = view
	}
	return x.write(ctx, reader, book)
}

func (x *hledger) write(ctx context.Context, reader ledger.Reader, book ledger.BookID) error {
	head, err := reader.Head(ctx, book)
	if err != nil {
		return err
	}
	if x.undoings, err = readUndoings(ctx, reader, &head); err != nil {
		return err
	}
	if err := x.declare(ctx, reader, &head); err != nil {
		return err
	}
	for stored, err := range reader.Records(ctx, book, ledger.RecordQuery{}) {
		if err != nil {
			return err
		}
		record, err := ledger.ParseRecord(stored.Body)
		if err != nil {
			return fmt.Errorf("record %d: %w", stored.Seq, err)
		}
		if err := x.record(&record); err != nil {
			return fmt.Errorf("record %d: %w", stored.Seq, err)
		}
	}
	x.assertAll(&head)
	return x.out.Flush()
}

// declare writes the commodities and the accounts.
func (x *hledger) declare(ctx context.Context, reader ledger.Reader, head *ledger.Head) error {
	var commodities []money.Currency
	for account, err := range reader.Accounts(ctx, head.Book, ledger.AccountQuery{}) {
		if err != nil {
			return err
		}
		exported := &hledgerAccount{
			name:   x.roots[account.Side] + ":" + account.Control + ":" + strings.ReplaceAll(account.Path, "/", ":"),
			stored: money.Of(account.Debits-account.Credits, account.Currency),
		}
		x.accounts[account.Path] = exported
		x.inOrder = append(x.inOrder, exported)
		if !slices.Contains(commodities, account.Currency) {
			commodities = append(commodities, account.Currency)
		}
	}
	x.printf("; Book %d, %s, up to position %d\n", head.Book, oneLine(head.Name), head.Seq)
	x.printf("\ndecimal-mark .\n")
	for _, currency := range commodities {
		x.printf("commodity %s %s\n", sample(currency), currency)
	}
	x.printf("\n")
	for _, account := range x.inOrder {
		x.printf("account %s\n", account.name)
	}
	return nil
}

// sample shows hledger how many decimals the currency has. It must have a
// decimal mark even with none.
func sample(currency money.Currency) string {
	return "1000." + strings.Repeat("0", currency.Exponent())
}

func (x *hledger) record(r *ledger.Record) error {
	if x.last.Before(r.Date) {
		x.last = r.Date
	}
	moves := slices.ContainsFunc(r.Lines, func(l ledger.Line) bool { return !l.Amount.IsZero() })
	if !moves {
		x.printf("\n; %s (%d) %s  id:%s\n", r.Date, r.Seq, r.Kind, r.ID)
		if r.By != "" {
			x.printf("; by:%s\n", oneLine(r.By))
		}
		if r.Kind == ledger.KindDayClose && !x.undoings.undone(r) {
			x.assertMoved(r)
		}
		return nil
	}
	x.printf("\n%s (%d) %s  ; id:%s\n", r.Date, r.Seq, r.Kind, r.ID)
	if r.By != "" {
		x.printf("    ; by:%s\n", oneLine(r.By))
	}
	ahead := x.undoings.ahead(r)
	for i := range r.Lines {
		line := &r.Lines[i]
		account, ok := x.accounts[line.Account]
		if !ok {
			return &ledger.AccountError{Account: line.Account, Err: ledger.ErrAccountUnknown}
		}
		if line.Amount.IsZero() {
			continue
		}
		x.posting(account, line.Amount)
		x.printf("\n")
		account.balance = line.Balance
		if ahead {
			account.ahead = append(account.ahead, aheadLine{date: r.Date, minor: line.Amount.Minor()})
		}
		if !account.moved {
			account.moved = true
			x.moved = append(x.moved, account)
		}
	}
	return nil
}

// assertMoved asserts at the end of a day what moved on it. What has a later
// date is no part of it, and is asserted with that one.
func (x *hledger) assertMoved(r *ledger.Record) {
	if len(x.moved) == 0 {
		return
	}
	x.printf("\n%s (%d) %s  ; balances at the end of the day\n", r.Date, r.Seq, r.Kind)
	later := x.moved[:0]
	for _, account := range x.moved {
		account.ahead = slices.DeleteFunc(account.ahead, func(l aheadLine) bool { return !r.Date.Before(l.date) })
		minor := account.balance.Minor()
		for _, line := range account.ahead {
			minor -= line.minor
		}
		x.assert(account, money.Of(minor, account.balance.Currency()))
		if account.moved = len(account.ahead) > 0; account.moved {
			later = append(later, account)
		}
	}
	x.moved = later
}

// assertAll asserts all balances on the open date, or on the last that has a
// record if that is later.
func (x *hledger) assertAll(head *ledger.Head) {
	if len(x.inOrder) == 0 {
		return
	}
	date := head.OpenDate
	if date.Before(x.last) {
		date = x.last
	}
	x.printf("\n%s balances  ; of all accounts at position %d\n", date, head.Seq)
	for _, account := range x.inOrder {
		x.assert(account, account.stored)
	}
}

// assert is a posting of nothing with the balance that hledger must find.
func (x *hledger) assert(account *hledgerAccount, balance money.Amount) {
	x.posting(account, money.Zero(balance.Currency()))
	x.printf(" = %s %s\n", balance.Decimal(), balance.Currency())
}

func (x *hledger) posting(account *hledgerAccount, amount money.Amount) {
	x.printf("    %s  %s %s", account.name, amount.Decimal(), amount.Currency())
}

// printf writes; the last Flush reports what went wrong.
func (x *hledger) printf(format string, values ...any) { _, _ = fmt.Fprintf(x.out, format, values...) }

// oneLine keeps a caller's text from ending its comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}
