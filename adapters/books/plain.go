package books

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// format is what the plain-text accounting programs differ in.
type format interface {
	// program is its name.
	program() string
	// account returns the name of an account below a root.
	account(root string, a *ledger.AccountSpec) string
	// declare writes what stands before the records of a book, whose first is
	// given; a book may have none.
	declare(x *plain, head *ledger.Head, first *ledger.Record)
	// transaction writes a record that moved money, as the moves say.
	transaction(x *plain, r *ledger.Record)
	// assertDay writes what some accounts stand at at the end of the date of a
	// day close.
	assertDay(x *plain, r *ledger.Record, stands []standing) error
	// assertAll writes what all accounts stand at at the end of the last date.
	assertAll(x *plain, head *ledger.Head, stands []standing) error
}

// plain is the export of a book to a plain-text accounting program.
type plain struct {
	page
	format     format
	nature     func(control string, side ledger.Side) Nature
	roots      [natures]string
	currencies []money.Currency // in the order in which they are met
	accounts   map[string]*account
	inOrder    []*account // of their paths
	moved      []*account // since the last day close that stands, in the order of moving
	undoings   undoings
	last       ledger.Date // of all records
	moves      []move      // of the record under way
}

// writePlain writes a book in a format, as at one moment.
func writePlain(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, options *Options, f format) error {
	x, err := newPlain(w, options, f)
	if err == nil {
		err = days.AtOneMoment(ctx, reader, func(reader ledger.Reader) error { return x.write(ctx, reader, book) })
	}
	if err != nil {
		return fmt.Errorf("export book %d to %s: %w", book, f.program(), err)
	}
	return nil
}

func newPlain(w io.Writer, options *Options, f format) (*plain, error) {
	if options == nil {
		options = &Options{}
	}
	x := &plain{page: newPage(w), format: f, nature: options.Nature, accounts: map[string]*account{}}
	if x.nature == nil {
		x.nature = GovernmentNature
	}
	var err error
	x.roots, err = options.Roots.byNature()
	return x, err
}

func (x *plain) write(ctx context.Context, reader ledger.Reader, book ledger.BookID) error {
	head, err := reader.Head(ctx, book)
	if err != nil {
		return err
	}
	if x.undoings, err = readUndoings(ctx, reader, &head); err != nil {
		return err
	}
	if err := x.readAccounts(ctx, reader, book); err != nil {
		return err
	}
	first, err := firstRecord(ctx, reader, &head)
	if err != nil {
		return err
	}
	x.format.declare(x, &head, &first)
	if err := x.records(ctx, reader, book); err != nil {
		return err
	}
	if err := x.assertAll(&head); err != nil {
		return err
	}
	return x.out.Flush()
}

// firstRecord is the zero Record if there is none.
func firstRecord(ctx context.Context, reader ledger.Reader, head *ledger.Head) (ledger.Record, error) {
	if head.Seq == 0 {
		return ledger.Record{}, nil
	}
	return days.RecordAt(ctx, reader, head.Book, 1)
}

func (x *plain) readAccounts(ctx context.Context, reader ledger.Reader, book ledger.BookID) error {
	for stored, err := range reader.Accounts(ctx, book, ledger.AccountQuery{}) {
		if err != nil {
			return err
		}
		nature := x.nature(stored.Control, stored.Side)
		if nature < 0 || nature >= natures {
			return &ledger.InvalidError{Field: "nature", Problem: fmt.Sprintf("%d of control account %q is none", nature, stored.Control)}
		}
		a := &account{
			AccountSpec: stored.AccountSpec, name: x.format.account(x.roots[nature], &stored.AccountSpec),
			stored: money.Of(stored.Debits-stored.Credits, stored.Currency),
		}
		x.accounts[a.Path] = a
		x.inOrder = append(x.inOrder, a)
		if !slices.Contains(x.currencies, a.Currency) {
			x.currencies = append(x.currencies, a.Currency)
		}
	}
	return nil
}

func (x *plain) records(ctx context.Context, reader ledger.Reader, book ledger.BookID) error {
	for stored, err := range reader.Records(ctx, book, ledger.RecordQuery{}) {
		if err != nil {
			return err
		}
		record, err := ledger.ParseRecord(stored.Body)
		if err == nil {
			err = x.record(&record)
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", stored.Seq, err)
		}
	}
	return nil
}

func (x *plain) record(r *ledger.Record) error {
	if x.last.Before(r.Date) {
		x.last = r.Date
	}
	err := x.move(r)
	switch {
	case err != nil:
		return err
	case len(x.moves) > 0:
		x.format.transaction(x, r)
	default:
		x.comment(r)
		if r.Kind == ledger.KindDayClose && !x.undoings.undone(r) {
			err = x.assertMoved(r)
		}
	}
	if err == nil {
		err = x.err
	}
	return err
}
