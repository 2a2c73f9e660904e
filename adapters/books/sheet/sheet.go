package sheet

import (
	"fmt"
	"io"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Format is what a sheet is written as.
type Format string

// The formats.
const (
	// CSV is text in UTF-8 with CR LF (RFC 4180): amounts are decimals, and a
	// text that a spreadsheet program would take for a formula begins with an
	// apostrophe.
	CSV Format = "csv"
	// XLSX is a workbook with one sheet: amounts are numbers with exactly the
	// digits of the currency, texts are texts.
	XLSX Format = "xlsx"
)

// Options tune how a sheet is written. The zero value of each field is its
// default.
type Options struct {
	// Format is CSV or XLSX. Default: CSV.
	Format Format
	// NoBOM leaves out the byte order mark with which a CSV file begins.
	// Default: it is there, because Excel takes a file without one for GBK.
	NoBOM bool
}

// cell is a text, a whole number or an amount; the zero cell is empty.
type cell struct {
	text    string
	decimal string // a number
}

func text(s string) cell                   { return cell{text: s} }
func number(n int64) cell                  { return cell{decimal: fmt.Sprint(n)} }
func amount(a money.Amount) cell           { return cell{decimal: a.Decimal()} }
func minor(n int64, c money.Currency) cell { return amount(money.Of(n, c)) }

// writer writes a sheet, row by row.
type writer interface {
	row(cells ...cell) error
	// end writes what is left to write. It does not close what is below.
	end() error
}

// column is a heading and how wide the column is, in characters.
type column struct {
	heading string
	width   int
}

// newWriter begins a sheet with its headings.
func newWriter(w io.Writer, options *Options, name string, columns []column) (writer, error) {
	var o Options
	if options != nil {
		o = *options
	}
	var out writer
	var err error
	switch o.Format {
	case CSV, "":
		out, err = newCSV(w, !o.NoBOM)
	case XLSX:
		out, err = newXLSX(w, name, columns)
	default:
		err = &ledger.InvalidError{Field: "format", Problem: fmt.Sprintf("%.40q is neither %s nor %s", o.Format, CSV, XLSX)}
	}
	if err != nil {
		return nil, err
	}
	headings := make([]cell, len(columns))
	for i, c := range columns {
		headings[i] = text(c.heading)
	}
	return out, out.row(headings...)
}
