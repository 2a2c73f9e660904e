package pgfloor

import (
	"fmt"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// table are rows for one table.
type table struct {
	name    string
	columns []string
	rows    int
	row     func(i int) ([]any, error)
}

func (t *table) insert() string {
	places := make([]string, len(t.columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	return "insert into " + t.name + " (" + strings.Join(t.columns, ", ") + ") values (" + strings.Join(places, ", ") + ")"
}

// tables returns the rows of changes, those that others refer to first.
func tables(c *ledger.Changes) []table {
	return []table{
		newTable("account", `book_id number path control currency side floor ceiling state debits credits
			held_debits held_credits last_seq moved_seq moves changed_seq limits meta used`, c.Opened, accountRow),
		newTable("journal", "book_id seq id mark date body", c.Records, func(r *ledger.StoredRecord) []any {
			return []any{1, r.Seq, r.ID, r.Mark, r.Date.Time(), string(r.Body)}
		}),
		newTable("milestone", "book_id account seq", c.Milestones, func(m *ledger.Milestone) []any {
			return []any{1, m.Account, m.Seq}
		}),
		newTable("hold", "book_id seq id state expires captured last_seq", c.Holds, func(h *ledger.StoredHold) []any {
			var expires any
			if !h.Expires.IsZero() {
				expires = h.Expires
			}
			return []any{1, h.Seq, h.ID, string(h.State), expires, list(h.Captured), h.LastSeq}
		}),
		newTable("node", "book_id tree level number hash", c.Nodes, func(n *ledger.Node) []any {
			return []any{1, n.Tree, int16(n.Level), n.Number, n.Hash}
		}),
	}
}

func newTable[T any](name, columns string, rows []T, values func(row *T) []any) table {
	return table{name: name, columns: strings.Fields(columns), rows: len(rows), row: func(i int) ([]any, error) { return values(&rows[i]), nil }}
}

func accountRow(a *ledger.Account) []any {
	return []any{
		1, a.Number, a.Path, a.Control, a.Currency.Code(), int16(a.Side), bound(a.Floor), bound(a.Ceiling), string(a.State),
		a.Debits, a.Credits, a.HeldDebits, a.HeldCredits, a.LastSeq, a.MovedSeq, a.Moves, a.ChangedSeq, a.Limits.String(), string(a.Metadata), a.Used.String(),
	}
}

func bound(amount money.Amount) *int64 {
	if !amount.IsValid() {
		return nil
	}
	minor := amount.Minor()
	return &minor
}

// list writes numbers as the store does.
func list(numbers []int64) string { return strings.ReplaceAll(fmt.Sprint(numbers), " ", ",") }
