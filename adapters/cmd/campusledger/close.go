package main

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

type closeCmd struct {
	place
	Date string `help:"The date to close; it must be the open one. Default: the open date."`
	Next string `help:"The date that opens. Default: the day after."`
	By   string `help:"Who closes." default:"operator"`
}

// Run closes the open business date.
func (c *closeCmd) Run(ctx context.Context, s streams) error {
	next, err := optionalDate("--next", c.Next)
	if err != nil {
		return err
	}
	date, err := optionalDate("--date", c.Date)
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
	if date.IsZero() {
		head, err := opened.Book.Head(ctx)
		if err != nil {
			return err
		}
		date = head.OpenDate
	}
	receipt, err := opened.Book.CloseDay(ctx, ledger.DayClose{Date: date, Next: next, By: c.By})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s is closed by record %d; %s is open.\n", date, receipt.Record.Seq, receipt.Record.Next)
	return err
}

func optionalDate(flag, text string) (ledger.Date, error) {
	if text == "" {
		return ledger.Date{}, nil
	}
	date, err := ledger.ParseDate(text)
	if err != nil {
		return ledger.Date{}, fmt.Errorf("%s: %w", flag, err)
	}
	return date, nil
}
