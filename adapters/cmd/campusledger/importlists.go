package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger/money"
)

// listReport is what the import of a list of dishes or fee items prints as
// JSON.
type listReport struct {
	Created   int         `json:"created"`
	Updated   int         `json:"updated"`
	Unchanged int         `json:"unchanged"`
	DryRun    bool        `json:"dry_run"`
	Errors    []listError `json:"errors"`
}

type listError struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Code   string `json:"code"`
}

// print says what was done. A list is imported whole or not at all.
func (r *listReport) print(s streams, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(s.out).Encode(r); err != nil {
			return err
		}
	} else {
		r.printText(s)
	}
	if len(r.Errors) > 0 {
		return errFindings
	}
	return nil
}

func (r *listReport) printText(s streams) {
	for _, e := range r.Errors {
		_, _ = fmt.Fprintf(s.out, "row %d %s: %s\n", e.Row, e.Column, e.Code)
	}
	switch {
	case len(r.Errors) > 0:
		_, _ = fmt.Fprintf(s.out, "%d rows are wrong; nothing was written\n", len(r.Errors))
	case r.DryRun:
		_, _ = fmt.Fprintf(s.out, "%d new, %d changed, %d as before; nothing was written\n", r.Created, r.Updated, r.Unchanged)
	default:
		_, _ = fmt.Fprintf(s.out, "%d new, %d changed, %d as before\n", r.Created, r.Updated, r.Unchanged)
	}
}

type importDishesCmd struct{ importing }

// Run imports dishes, all or none.
func (c *importDishesCmd) Run(ctx context.Context, s streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	dishes, err := canteen.ReadDishes(file, money.CNY)
	if err != nil {
		return err
	}
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	write := opened.Menu.Import
	if c.DryRun {
		write = opened.Menu.DryRun
	}
	done, err := write(ctx, dishes)
	if err != nil && !errors.Is(err, canteen.ErrDishRows) {
		return err
	}
	report := listReport{Created: done.Created, Updated: done.Updated, Unchanged: done.Unchanged, DryRun: c.DryRun, Errors: []listError{}}
	for _, p := range done.Problems {
		report.Errors = append(report.Errors, listError{Row: p.Line, Column: p.Column, Code: string(p.Code)})
	}
	return report.print(s, c.JSON)
}

type importFeesCmd struct{ importing }

// Run imports fee items, all or none.
func (c *importFeesCmd) Run(ctx context.Context, s streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	done, err := opened.Billing.ImportItems(ctx, billing.ItemImport{Sheet: file, DryRun: c.DryRun})
	var wrong *billing.ImportError
	if err != nil && !errors.As(err, &wrong) {
		return err
	}
	report := listReport{Created: done.Created, Updated: done.Changed, Unchanged: done.Unchanged, DryRun: c.DryRun, Errors: []listError{}}
	if wrong != nil {
		for _, e := range wrong.Rows {
			report.Errors = append(report.Errors, listError{Row: e.Row, Column: e.Column, Code: string(e.Code)})
		}
	}
	return report.print(s, c.JSON)
}
