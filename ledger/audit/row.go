package audit

import (
	"fmt"
	"strconv"

	"github.com/campusledger/campusledger/ledger"
)

// row names a row of the database, or a part of a record in it. Most are never
// looked at, so texts are made only when one is found at fault.
type row struct {
	table, key, column string
	seq                int64  // of a journal row, which needs no key
	part               string // of a record's body, such as "lines"
	index              int    // of the part, from 1; 0 for none
	within             string // a part of the part
}

func headRow(book ledger.BookID, column string) row {
	return row{table: "book", key: fmt.Sprintf("book=%d", book), column: column}
}

func journalRow(seq int64, column string) row {
	return row{table: "journal", seq: seq, column: column}
}

// recordPart is a part of the body of the record at the position.
func recordPart(seq int64, part string) row {
	return row{table: "journal", seq: seq, column: "body", part: part}
}

// at is an element of a part, from 0.
func (r row) at(index int) row {
	r.index = index + 1
	return r
}

// of is a part of the part.
func (r row) of(within string) row {
	r.within = within
	return r
}

func accountRow(number int64, path string) row {
	return row{table: "account", key: fmt.Sprintf("number=%d path=%s", number, path)}
}

func refundRow(seq int64, line int) row {
	return row{table: "refund", key: fmt.Sprintf("seq=%d line=%d", seq, line)}
}

func (r row) in(column string) row {
	r.column = column
	return r
}

// place returns the row's key, and where in the table the fault is.
func (r row) place() (key, place string) {
	key = r.key
	if r.table == "journal" {
		key = "seq=" + decimal(r.seq)
	}
	place = r.table + " " + key
	switch {
	case r.part != "":
		place += ", " + r.part
	case r.column != "":
		place += ", " + r.column
	}
	if r.index > 0 {
		place += "[" + strconv.Itoa(r.index-1) + "]"
	}
	if r.within != "" {
		place += ", " + r.within
	}
	return key, place
}

// find reports a contradiction that needs no comparison.
func (a *auditor) find(code Code, at row, format string, values ...any) {
	if !a.muted {
		a.findPair(code, at, "", "", fmt.Sprintf(format, values...))
	}
}

// differ reports a value that is not what the journal says.
func (a *auditor) differ(code Code, at row, want, got string) {
	a.findPair(code, at, want, got, fmt.Sprintf("is %q, but %q follows from the journal", got, want))
}

func (a *auditor) findPair(code Code, at row, want, got, problem string) {
	if a.muted {
		return
	}
	key, place := at.place()
	a.report.add(Finding{
		Code: code, Table: at.table, Key: key, Column: at.column, Want: want, Got: got,
		Sentence: place + ": " + problem + ".",
	}, a.findingsMax)
}
