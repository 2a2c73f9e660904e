package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/audit"
)

func printCodes(w io.Writer) error {
	t := newTable(w, "code", "meaning")
	t.SetColumnConfigs(nil)
	for _, code := range append(audit.Codes(), school.Codes()...) {
		t.AppendRow(table.Row{code.Code, code.Meaning})
	}
	t.Render()
	return nil
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
	if _, err := fmt.Fprintf(w, "\n%s\n", compared(r)); err != nil {
		return err
	}
	if r.From > 0 {
		if _, err := fmt.Fprintf(w, "\nThe first %d records were read by an earlier audit, and not again.\n", r.From); err != nil {
			return err
		}
	}
	if len(r.Unread) > 0 {
		if _, err := fmt.Fprintf(w, "\nNot there to be compared: %s.\n", strings.Join(r.Unread, ", ")); err != nil {
			return err
		}
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(w, "\n%s  %s\n  %s\n", f.Code, strings.TrimSpace(f.Table+" "+f.Key+" "+f.Column), f.Sentence); err != nil {
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

// compared says which signed checkpoints there were and what is known of them.
func compared(r *audit.Report) string {
	words := fmt.Sprintf("Seals in the database: %d. Checkpoints kept outside and compared: %d.", r.Seals, r.Checkpoints)
	switch {
	case r.Seals+r.Checkpoints == 0:
	case r.Signatures == 0:
		words += " Signatures were not checked: give public keys with --keys."
	default:
		words += fmt.Sprintf(" Signatures of trusted keys: %d.", r.Signatures)
	}
	return words
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
