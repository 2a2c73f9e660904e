package sqlitefloor

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

const (
	atLayout = "2006-01-02T15:04:05.000000Z"
	// rowsMax is how many rows one INSERT takes.
	rowsMax = 100
)

// bare runs statements until the first error.
type bare struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	err        error
}

// insert inserts the rows of changes, those that others refer to first.
func (b *bare) insert(c *ledger.Changes) {
	many(b, c.Opened, "account (book_id, number, path, control, currency, state, limits, meta, changed_seq)", accountRow)
	many(b, c.Opened, `balance (book_id, number, side, floor, ceiling, debits, credits, held_debits, held_credits,
		used, last_seq, moved_seq, moves)`, balanceRow)
	many(b, c.Records, "journal (book_id, seq, id, mark, date, body)", func(r *ledger.StoredRecord) []any {
		return []any{1, r.Seq, r.ID[:], r.Mark, r.Date.String(), string(r.Body)}
	})
	many(b, c.Milestones, "milestone (book_id, account, seq)", func(m *ledger.Milestone) []any {
		return []any{1, m.Account, m.Seq}
	})
	many(b, c.Holds, "hold (book_id, seq, id, state, expires, captured, last_seq)", func(h *ledger.StoredHold) []any {
		var expires any
		if !h.Expires.IsZero() {
			expires = h.Expires.UTC().Format(atLayout)
		}
		return []any{1, h.Seq, h.ID[:], string(h.State), expires, list(h.Captured), h.LastSeq}
	})
	many(b, c.Nodes, "node (book_id, tree, level, number, hash)", func(n *ledger.Node) []any {
		return []any{1, n.Tree, n.Level, n.Number, n.Hash}
	})
}

func accountRow(a *ledger.Account) []any {
	return []any{
		1, a.Number, a.Path, a.Control, a.Currency.Code(), string(a.State), a.Limits.String(), string(a.Metadata), a.ChangedSeq,
	}
}

func balanceRow(a *ledger.Account) []any {
	return []any{
		1, a.Number, int64(a.Side), bound(a.Floor), bound(a.Ceiling), a.Debits, a.Credits, a.HeldDebits, a.HeldCredits,
		a.Used.String(), a.LastSeq, a.MovedSeq, a.Moves,
	}
}

func bound(amount money.Amount) any {
	if !amount.IsValid() {
		return nil
	}
	return amount.Minor()
}

// list writes numbers as the store does.
func list(numbers []int64) string { return strings.ReplaceAll(fmt.Sprint(numbers), " ", ",") }

// many inserts rows a hundred at a time.
func many[T any](b *bare, rows []T, table string, values func(*T) []any) {
	var args []any
	for len(rows) > 0 {
		n := min(rowsMax, len(rows))
		args = args[:0]
		for i := range n {
			args = append(args, values(&rows[i])...)
		}
		rows = rows[n:]
		tuple := "(" + strings.Repeat(",?", len(args)/n)[1:] + ")"
		b.exec("insert into "+table+" values "+tuple+strings.Repeat(","+tuple, n-1), args...)
	}
}

func (b *bare) exec(text string, args ...any) {
	if b.err != nil {
		return
	}
	statement, ok := b.statements[text]
	if !ok {
		if statement, b.err = b.conn.PrepareContext(context.Background(), text); b.err != nil {
			return
		}
		b.statements[text] = statement
	}
	_, b.err = statement.Exec(args...)
}
