package school

import (
	"fmt"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger/audit"
)

// fault is one thing that is wrong with a row.
type fault struct {
	code       audit.Code
	column     string // "" for the row
	want, got  string
	problem    string // for people
	table, key string // of another row; "" for the row that is judged
}

// differs is the fault of a column that does not repeat what the journal says, if
// it does not.
func differs(code audit.Code, column, want, got string) []fault {
	if want == got {
		return nil
	}
	return []fault{{code: code, column: column, want: want, got: got, problem: fmt.Sprintf("is %q, but %q follows from the journal", got, want)}}
}

// differsUnsaid leaves the values out of the sentence: a caller gave the text.
func differsUnsaid(code audit.Code, column, want, got string) []fault {
	faults := differs(code, column, want, got)
	for i := range faults {
		faults[i].problem = "is not what the journal says"
	}
	return faults
}

func joined(faults ...[]fault) []fault { return slices.Concat(faults...) }

// finding says it of a row.
func (f *fault) finding(table, key string) audit.Finding {
	if f.table != "" {
		table, key = f.table, f.key
	}
	place := table + " " + key
	if f.column != "" {
		place += ", " + f.column
	}
	return audit.Finding{
		Code: f.code, Table: table, Key: key, Column: f.column, Want: f.want, Got: f.got, Sentence: place + ": " + f.problem + ".",
	}
}

// plainColumn is a column without its table.
func plainColumn(column string) string { return column[strings.LastIndexByte(column, '.')+1:] }
