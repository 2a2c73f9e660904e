package audit

import (
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// row names a row of the database, or a part of a record in it.
type row struct {
	table, key, column string
	part               string // of a record's body, such as "lines[2]"
}

func headRow(book ledger.BookID, column string) row {
	return row{table: "book", key: fmt.Sprintf("book=%d", book), column: column}
}

func journalRow(seq int64, column string) row {
	return row{table: "journal", key: fmt.Sprintf("seq=%d", seq), column: column}
}

// recordPart is a part of the body of the record at the position.
func recordPart(seq int64, format string, values ...any) row {
	r := journalRow(seq, "body")
	r.part = fmt.Sprintf(format, values...)
	return r
}

func accountRow(number int64, path string) row {
	return row{table: "account", key: fmt.Sprintf("number=%d path=%s", number, path)}
}

func entryRow(account string, seq int64, line int) row {
	return row{table: "entry", key: fmt.Sprintf("account=%s seq=%d line=%d", account, seq, line)}
}

func closingRow(account string, date ledger.Date) row {
	return row{table: "closing", key: fmt.Sprintf("account=%s date=%s", account, date)}
}

func holdRow(seq int64, column string) row {
	return row{table: "hold", key: fmt.Sprintf("seq=%d", seq), column: column}
}

func refundRow(seq int64, line int) row {
	return row{table: "refund", key: fmt.Sprintf("seq=%d line=%d", seq, line)}
}

func (r row) in(column string) row {
	r.column = column
	return r
}

// find reports a contradiction that needs no comparison.
func (a *auditor) find(code Code, at row, format string, values ...any) {
	a.findPair(code, at, "", "", fmt.Sprintf(format, values...))
}

// differ reports a value that is not what the journal says.
func (a *auditor) differ(code Code, at row, want, got string) {
	a.findPair(code, at, want, got, fmt.Sprintf("is %q, but %q follows from the journal", got, want))
}

func (a *auditor) findPair(code Code, at row, want, got, problem string) {
	place := at.table + " " + at.key
	switch {
	case at.part != "":
		place += ", " + at.part
	case at.column != "":
		place += ", " + at.column
	}
	a.report.add(Finding{
		Code: code, Table: at.table, Key: at.key, Column: at.column, Want: want, Got: got,
		Sentence: place + ": " + problem + ".",
	}, a.findingsMax)
}
