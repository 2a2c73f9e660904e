package main

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

type reopenCmd struct {
	place
	Date string `arg:"" help:"The date to open again; it must be the latest closed one, and no vouchers of it exported."`
	By   string `help:"Who ordered it." required:""`
	Why  string `help:"For what reason; name no person." required:""`
}

// Run undoes the latest day close, unless vouchers of it were exported.
func (c *reopenCmd) Run(ctx context.Context, s streams) error {
	date, err := optionalDate("DATE", c.Date)
	if err != nil {
		return err
	}
	if err := c.exists(); err != nil {
		return err
	}
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	receipt, err := opened.Reopen(ctx, ledger.Reopen{Date: date, By: c.By, Why: c.Why})
	if err != nil {
		return refused(s, err, voucher.ErrPeriodLocked, ledger.ErrCloseNotLatest)
	}
	_, err = fmt.Fprintf(s.out, "%s is open again by record %d, in place of %s.\n", date, receipt.Record.Seq, receipt.Record.Date)
	return err
}
