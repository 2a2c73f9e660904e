package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/adapters/roster"
	"github.com/campusledger/campusledger/adapters/school"
)

type importCmd struct {
	Roster  importRosterCmd  `cmd:"" help:"Import pupils from XLSX or CSV; opens their accounts."`
	Dishes  importDishesCmd  `cmd:"" help:"Import dishes and prices from CSV."`
	Fees    importFeesCmd    `cmd:"" help:"Import fee items from CSV."`
	Journal importJournalCmd `cmd:"" help:"Make a book from its journal again, where there is none."`
}

// importing are the flags of every import.
type importing struct {
	place
	File   string `arg:"" help:"The file." type:"existingfile"`
	DryRun bool   `help:"Say what is wrong and change nothing."`
	JSON   bool   `name:"json" help:"Print the report as JSON."`
}

type importRosterCmd struct{ importing }

// Run imports a roster. Rows that were refused make exit code 1; the others
// are imported.
func (c *importRosterCmd) Run(ctx context.Context, s streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	sheet, err := roster.Read(file, filepath.Base(c.File))
	if err != nil {
		return err
	}
	result := roster.Result{Report: sheet.Check()}
	if !c.DryRun {
		if result, err = c.write(ctx, sheet); err != nil {
			return err
		}
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(result)
	} else {
		err = c.print(s, &result)
	}
	if err == nil && result.Failed > 0 {
		err = errFindings
	}
	return err
}

func (c *importRosterCmd) write(ctx context.Context, sheet *roster.Sheet) (roster.Result, error) {
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return roster.Result{}, err
	}
	defer func() { _ = opened.Close() }()
	return sheet.Import(ctx, roster.Target{School: c.School, Directory: opened.Directory, Accounts: opened}, nil)
}

func (c *importRosterCmd) print(s streams, r *roster.Result) error {
	for _, f := range r.Errors {
		if _, err := fmt.Fprintf(s.out, "row %d %s: %s (%s: %s)\n", f.Row, f.Column, f.Code.Chinese(), f.Code, f.Code.English()); err != nil {
			return err
		}
	}
	if c.DryRun {
		_, err := fmt.Fprintf(s.out, "%d rows can be imported, %d tidied, %d refused; nothing was written\n", r.OK, len(r.Normalised), r.Failed)
		return err
	}
	_, err := fmt.Fprintf(s.out, "%d rows imported (%d new, %d changed, %d as before), %d tidied, %d refused; accounts opened for %d\n",
		r.OK, r.Created, r.Updated, r.Unchanged, len(r.Normalised), r.Failed, r.Opened)
	return err
}
