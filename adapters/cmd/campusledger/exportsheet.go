package main

import (
	"context"
	"errors"
	"io"

	"github.com/campusledger/campusledger/adapters/books/sheet"
	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

// sheets are the flags of every export for spreadsheet programs.
type sheets struct {
	Format string `help:"csv or xlsx." enum:"csv,xlsx" default:"csv"`
	NoBOM  bool   `name:"no-bom" help:"Begin CSV without the mark by which Excel knows UTF-8."`
}

func (f *sheets) options() *sheet.Options {
	return &sheet.Options{Format: sheet.Format(f.Format), NoBOM: f.NoBOM}
}

type exportTrialbalanceCmd struct {
	exporting
	dates
	sheets
	mapped
	By string `help:"By control account of the ledger, or by subject of the school's accounting program." enum:"control,subject" default:"control"`
}

// Run exports a trial balance as of one moment.
func (c *exportTrialbalanceCmd) Run(ctx context.Context, s streams) error {
	from, to, err := c.period()
	if err != nil {
		return err
	}
	if c.By == "control" && c.Mapping != "" {
		return errors.New("--mapping goes with --by subject")
	}
	var subjects *voucher.Mapping
	if c.By == "subject" {
		if subjects, err = c.mapping(); err != nil {
			return refused(s, err, misfits...)
		}
	}
	err = c.export(ctx, s, func(w io.Writer, store school.Ledger) error {
		balance := sheet.TrialBalance{Reader: store, Book: ledger.BookID(c.School), From: from, To: to, Subjects: subjects}
		return balance.Write(ctx, w, c.options())
	})
	return refused(s, err, misfits...)
}

type exportStatementCmd struct {
	exporting
	dates
	sheets
	Account string `arg:"" help:"Path of the account, such as wallet/h102938."`
}

// Run exports an account's statement as of one moment.
func (c *exportStatementCmd) Run(ctx context.Context, s streams) error {
	from, to, err := c.period()
	if err != nil {
		return err
	}
	err = c.export(ctx, s, func(w io.Writer, store school.Ledger) error {
		statement := sheet.Statement{
			Reader: store, Book: ledger.BookID(c.School), Account: c.Account, From: from, To: to, Location: school.China,
		}
		return statement.Write(ctx, w, c.options())
	})
	return refused(s, err, ledger.ErrAccountUnknown)
}
