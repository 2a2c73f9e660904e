package main

import (
	"context"
	"errors"
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

// errNobody is an act of nobody's.
var errNobody = errors.New("--by: say who does it")

// Validate is called by kong.
func (c *closeCmd) Validate() error {
	if c.By == "" {
		return errNobody
	}
	return c.place.Validate()
}

// Run closes the open business date and seals it. A close that could not be
// sealed stands; then the exit code is 1. To close a closed date changes nothing.
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
	closed, err := opened.CloseDay(ctx, ledger.DayClose{Date: date, Next: next, By: c.By})
	if err != nil {
		return refused(s, err, ledger.ErrDateClosed, ledger.ErrDateNotOpen, ledger.ErrIDReused)
	}
	head, err := opened.Book.Head(ctx)
	if err != nil {
		return err
	}
	how, sealed := "is closed by record %d", "it is sealed"
	if closed.Replayed {
		how = "was closed already (record %d)"
	}
	if closed.Unsealed != nil {
		sealed = "it is not sealed yet"
	}
	_, err = fmt.Fprintf(s.out, "%s "+how+"; %s; %s is open.\n", date, closed.Record.Seq, sealed, head.OpenDate)
	if err == nil && closed.Unsealed != nil {
		_, _ = fmt.Fprintf(s.err, "Not sealed: %v\nThe close stands; 'campusledger seal' or the next start of the server tries again.\n", closed.Unsealed)
		err = errFindings
	}
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
