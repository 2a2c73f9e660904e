package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

type auditCmd struct {
	place
	JSON bool `name:"json" help:"Print the report as one JSON object."`
}

// Run audits a book as of one moment. It writes nothing and needs no lock, so
// it runs beside a server.
func (c *auditCmd) Run(ctx context.Context, s streams) error {
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	report, err := audit.Run(ctx, store, ledger.BookID(c.School), nil)
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(s.out)
		err = encoder.Encode(report)
	} else {
		err = printReport(s.out, &report)
	}
	if err == nil && !report.Clean() {
		err = errFindings
	}
	return err
}

func printReport(w io.Writer, r *audit.Report) error {
	if _, err := fmt.Fprintf(w, "Book %d %s: %d records, %d entries, %d accounts, %d closings; open date %s\nRoot %s\n\n",
		r.Book, r.Name, r.Records, r.Entries, r.Accounts, r.Closings, r.OpenDate, r.Root); err != nil {
		return err
	}
	t := newTable(w, "control", "accounts", "debits", "credits", "balance", "")
	for _, total := range r.TrialBalance {
		t.AppendRow(table.Row{total.Control, total.Accounts, total.Debits, total.Credits, total.Balance, total.Currency})
	}
	t.Render()
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(w, "\n%s  %s %s %s\n  %s\n", f.Code, f.Table, f.Key, f.Column, f.Sentence); err != nil {
			return err
		}
	}
	verdict := "Clean: every balance follows from the journal."
	if !r.Clean() {
		verdict = fmt.Sprintf("%d findings, %d shown.", r.Total, len(r.Findings))
	}
	_, err := fmt.Fprintf(w, "\n%s\n", verdict)
	return err
}

// newTable is a table whose columns but the first are set flush right.
func newTable(w io.Writer, header ...string) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	row := make(table.Row, len(header))
	var columns []table.ColumnConfig
	for i, name := range slices.All(header) {
		row[i] = name
		if i > 0 {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(row)
	t.SetColumnConfigs(columns)
	return t
}
