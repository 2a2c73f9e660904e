package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

type exportCmd struct {
	Hledger      exportHledgerCmd      `cmd:"" help:"The book for hledger, with balance assertions."`
	Ledger       exportLedgerCmd       `cmd:"" help:"The book for Ledger, with balance assertions."`
	Beancount    exportBeancountCmd    `cmd:"" help:"The book for Beancount, with balance assertions."`
	Journal      exportJournalCmd      `cmd:"" help:"The journal itself as JSON lines: 'import journal' makes the book from it again."`
	Trialbalance exportTrialbalanceCmd `cmd:"" help:"A trial balance (科目余额表) as CSV or XLSX."`
	Statement    exportStatementCmd    `cmd:"" help:"What was posted to an account (明细账) as CSV or XLSX."`
	Vouchers     exportVouchersCmd     `cmd:"" help:"Vouchers of closed dates for the school's accounting program; the dates stay closed from then on."`
	List         exportListCmd         `cmd:"" help:"List which vouchers were exported."`
	Verify       exportVerifyCmd       `cmd:"" help:"Write the vouchers exported again, for nobody, and compare; exit 1 if any differ."`
	Check        exportCheckCmd        `cmd:"" help:"Check that the mapping has a subject for every account; exit 1 if not."`
	Mapping      exportMappingCmd      `cmd:"" help:"Print the mapping to the government's subjects that is the default, for a school to change."`
}

// exporting is what most exports have.
type exporting struct {
	place
	output
}

// export calls write with where the export goes and with the ledger, for
// reading: nothing is written to the database, and it runs beside a server.
func (e *exporting) export(ctx context.Context, s streams, write func(io.Writer, school.Ledger) error) error {
	store, closer, err := openLedger(ctx, e.place)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	return e.write(s, func(w io.Writer) error { return write(w, store) })
}

// openLedger opens the ledger of a school that is there, for reading.
func openLedger(ctx context.Context, at place) (school.Ledger, io.Closer, error) {
	if err := at.exists(); err != nil {
		return nil, nil, err
	}
	return school.OpenLedger(ctx, at.location())
}

// plainly exports for a plain-text accounting program.
func (e *exporting) plainly(
	ctx context.Context, s streams, write func(context.Context, io.Writer, ledger.Reader, ledger.BookID, *books.Options) error,
) error {
	return e.export(ctx, s, func(w io.Writer, store school.Ledger) error {
		return write(ctx, w, store, ledger.BookID(e.School), nil)
	})
}

type exportHledgerCmd struct{ exporting }

// Run exports the book as of one moment.
func (c *exportHledgerCmd) Run(ctx context.Context, s streams) error {
	return c.plainly(ctx, s, books.WriteHledger)
}

type exportLedgerCmd struct{ exporting }

// Run exports the book as of one moment.
func (c *exportLedgerCmd) Run(ctx context.Context, s streams) error {
	return c.plainly(ctx, s, books.WriteLedger)
}

type exportBeancountCmd struct{ exporting }

// Run exports the book as of one moment.
func (c *exportBeancountCmd) Run(ctx context.Context, s streams) error {
	return c.plainly(ctx, s, books.WriteBeancount)
}

type exportJournalCmd struct {
	exporting
	First int64 `help:"Position of the first record. Default: 1."`
	Last  int64 `help:"Position of the last record. Default: the last there is."`
}

// Validate is called by kong.
func (c *exportJournalCmd) Validate() error {
	if c.First < 0 || c.Last < 0 {
		return fmt.Errorf("--first %d --last %d: want positions of records", c.First, c.Last)
	}
	return c.place.Validate()
}

// Run exports the journal as of one moment.
func (c *exportJournalCmd) Run(ctx context.Context, s streams) error {
	return c.export(ctx, s, func(w io.Writer, store school.Ledger) error {
		return books.WriteJournal(ctx, w, store, ledger.BookID(c.School), &books.JournalOptions{First: c.First, Last: c.Last})
	})
}

// dates is a period; an end that is not given is open.
type dates struct {
	From string `help:"First date. Default: the book's first."`
	To   string `help:"Last date; it must be closed. Default: up to now."`
}

func (d *dates) period() (from, to ledger.Date, err error) {
	from, err = optionalDate("--from", d.From)
	if err == nil {
		to, err = optionalDate("--to", d.To)
	}
	if err == nil && !from.IsZero() && !to.IsZero() && to.Before(from) {
		err = errors.New("--to comes before --from")
	}
	return from, to, err
}
