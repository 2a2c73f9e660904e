package audit

import (
	"fmt"
	"strings"
)

// Way is how a database was changed by hand.
type Way string

// The ways.
const (
	WayValue     Way = "value"     // a value is another
	WayDeletion  Way = "deletion"  // a row is gone
	WayInsertion Way = "insertion" // a row is there that nobody wrote
	WaySwap      Way = "swap"      // two rows have changed places
	WayRewind    Way = "rewind"    // the head is what it was once
	WayRollback  Way = "rollback"  // tables are what they were once: a whole day is undone
	WayRewrite   Way = "rewrite"   // another history, consistent in itself
)

// Tampering is one way of changing a database by hand, and the code of the
// finding that it gives. The tests of this package do each of them, on every
// engine, to a database without keys and checks: a forger drops those first.
type Tampering struct {
	Table  string `json:"table"`
	Column string `json:"column,omitempty"` // "" for whole rows
	Way    Way    `json:"way"`
	Change string `json:"change,omitempty"` // "" for another value in the column
	Code   Code   `json:"code"`
	// Engine is the only one whose tables or types let it happen; "" for all.
	Engine string `json:"engine,omitempty"`
	// Needs is the option without which it is not seen: what is in the
	// database agrees with itself.
	Needs string `json:"needs,omitempty"`
}

// Name tells tamperings apart: the column, as "closing.debits", or the change.
func (t *Tampering) Name() string {
	if t.Change != "" {
		return t.Change
	}
	return t.Table + "." + t.Column
}

// TamperTable returns the tamperings as a table in Markdown: TAMPER.md.
func TamperTable() string {
	var b strings.Builder
	b.WriteString("# What an audit sees\n\n" +
		"Each row is done to a database by a test, on every engine, after dropping all keys and checks. " +
		"The audit must then give the finding. Written by audit.TamperTable: do not edit.\n\n" +
		"| table | way | what is changed | finding | only if |\n|---|---|---|---|---|\n")
	list := Tamperings()
	for i := range list {
		t := &list[i]
		what, only := t.Change, t.Needs
		if what == "" {
			what = "another " + t.Column
		}
		if t.Engine != "" {
			only = "on " + t.Engine
		}
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` | %s |\n", t.Table, t.Way, what, t.Code, only)
	}
	return b.String()
}
