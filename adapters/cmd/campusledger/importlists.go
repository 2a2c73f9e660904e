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

// print says what was result. A list is imported whole or not at all.
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

// open opens the school to import into. A dry run where there is none yet gets
// a school for the moment, and leaves nothing.
func (c *importing) open(ctx context.Context) (*school.School, func(), error) {
	where, clean := c.location(), func() {}
	if c.DryRun && c.exists() != nil {
		dir, err := os.MkdirTemp("", "campusledger")
		if err != nil {
			return nil, nil, err
		}
		where, clean = school.Location{Dir: dir}, func() { _ = os.RemoveAll(dir) }
	}
	opened, err := school.Open(ctx, where, &school.Options{Number: c.School})
	if err != nil {
		clean()
		return nil, nil, err
	}
	return opened, func() { _ = opened.Close(); clean() }, nil
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
	opened, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	write := opened.Menu.Import
	if c.DryRun {
		write = opened.Menu.DryRun
	}
	result, err := write(ctx, dishes)
	if err != nil && !errors.Is(err, canteen.ErrDishRows) {
		return err
	}
	report := listReport{Created: result.Created, Updated: result.Updated, Unchanged: result.Unchanged, DryRun: c.DryRun, Errors: []listError{}}
	if len(result.Problems) > 0 {
		report.Created, report.Updated, report.Unchanged = 0, 0, 0 // all or nothing
	}
	for _, p := range result.Problems {
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
	opened, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	result, err := opened.Billing.ImportItems(ctx, billing.ItemImport{Sheet: file, DryRun: c.DryRun})
	var wrong *billing.ImportError
	if err != nil && !errors.As(err, &wrong) {
		return err
	}
	report := listReport{Created: result.Created, Updated: result.Changed, Unchanged: result.Unchanged, DryRun: c.DryRun, Errors: []listError{}}
	if wrong != nil {
		for _, e := range wrong.Rows {
			report.Errors = append(report.Errors, listError{Row: e.Row, Column: e.Column, Code: string(e.Code)})
		}
	}
	return report.print(s, c.JSON)
}
