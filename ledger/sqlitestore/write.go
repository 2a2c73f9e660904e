package sqlitestore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

var (
	accountRows = newTable("account (book_id, number, path, control, currency, state, limits, meta, changed_seq)", "")
	balanceRows = newTable(`balance (book_id, number, side, floor, ceiling,
debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves)`, "")
	journalRows   = newTable("journal (book_id, seq, id, mark, date, body)", "")
	milestoneRows = newTable("milestone (book_id, account, seq)", "")
	closingRows   = newTable("closing (book_id, account, date, debits, credits)", "")
	holdRows      = newTable("hold (book_id, seq, id, state, expires, captured, last_seq)",
		`on conflict (book_id, seq) do update set id = excluded.id, state = excluded.state, expires = excluded.expires,
captured = excluded.captured, last_seq = excluded.last_seq`)
	refundRows = newTable("refund (book_id, seq, line, amount)",
		"on conflict (book_id, seq, line) do update set amount = excluded.amount")
	nodeRows = newTable("node (book_id, tree, level, number, hash)", "")
)

const (
	// Most batches only move accounts, and most accounts have neither holds nor
	// limits: what need not be bound is not.
	moveTo        = `update balance set debits = ?, credits = ?, last_seq = ?, moved_seq = ?, moves = ?, `
	heldTo        = `held_debits = ?, held_credits = ?, used = ?`
	ofNumber      = ` where book_id = ? and number = ?`
	movePlain     = moveTo + `held_debits = 0, held_credits = 0, used = ''` + ofNumber
	moveHeld      = moveTo + heldTo + ofNumber
	changeBounds  = moveTo + heldTo + `, floor = ?, ceiling = ?` + ofNumber
	changeAccount = `update account set state = ?, limits = ?, meta = ?, changed_seq = ?` + ofNumber
	updateHead    = `update book set name = ?, seq = ?, accounts = ?, open_date = ?, closed_seq = ?, reopen_seq = ?, touched_seq = ?,
chart_seq = ?, at = ?, tree = ? where book_id = ?`
	// By account, as the key of closings is: by date alone it is a walk over
	// those of all dates.
	deleteClosings = `delete from closing where book_id = ?1 and date = ?2
and account in (select number from account where book_id = ?1)`
)

// write writes the changes within the transaction, which began at a position. Rows
// that others refer to come first.
func (s *statements) write(ctx context.Context, c *ledger.Changes, begun int64) error {
	book := int64(c.Head.Book)
	err := insert(ctx, s, accountRows, c.Opened, func(args []any, a *ledger.Account) []any {
		return append(args, book, a.Number, a.Path, a.Control, a.Currency.Code(),
			string(a.State), a.Limits.String(), string(a.Metadata), a.ChangedSeq)
	})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	err = insert(ctx, s, balanceRows, c.Opened, func(args []any, a *ledger.Account) []any {
		return append(args, book, a.Number, int64(a.Side), bound(a.Floor), bound(a.Ceiling),
			a.Debits, a.Credits, a.HeldDebits, a.HeldCredits, a.Used.String(), a.LastSeq, a.MovedSeq, a.Moves)
	})
	if err != nil {
		return fmt.Errorf("balances: %w", err)
	}
	if err := s.updateAccounts(ctx, c, begun); err != nil {
		return err
	}
	var date ledger.Date
	var dateText any
	err = insert(ctx, s, journalRows, c.Records, func(args []any, r *ledger.StoredRecord) []any {
		if r.Date != date || dateText == nil { // of a batch they are nearly always the same
			date, dateText = r.Date, r.Date.String()
		}
		return append(args, book, r.Seq, r.ID[:], r.Mark, dateText, string(r.Body))
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	err = insert(ctx, s, milestoneRows, c.Milestones, func(args []any, m *ledger.Milestone) []any {
		return append(args, book, m.Account, m.Seq)
	})
	if err != nil {
		return fmt.Errorf("milestones: %w", err)
	}
	if err := s.writeClosings(ctx, c); err != nil {
		return fmt.Errorf("closings: %w", err)
	}
	if err := s.writeHolds(ctx, c); err != nil {
		return fmt.Errorf("holds: %w", err)
	}
	err = insert(ctx, s, refundRows, c.Refunds, func(args []any, r *ledger.Refunded) []any {
		return append(args, book, r.Seq, int64(r.Line), r.Minor)
	})
	if err != nil {
		return fmt.Errorf("refunds: %w", err)
	}
	err = insert(ctx, s, nodeRows, c.Nodes, func(args []any, n *ledger.Node) []any {
		return append(args, book, n.Tree, int64(n.Level), n.Number, n.Hash)
	})
	if err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	return s.updateHead(&c.Head)
}

// updateAccounts goes through the table from one end to the other: accounts that
// lie on one page are written together.
func (s *statements) updateAccounts(ctx context.Context, c *ledger.Changes, begun int64) error {
	accounts := make([]*ledger.Account, len(c.Updated))
	for i := range c.Updated {
		accounts[i] = &c.Updated[i]
	}
	slices.SortFunc(accounts, func(x, y *ledger.Account) int { return cmp.Compare(x.Number, y.Number) })
	book, args := int64(c.Head.Book), make([]any, 0, 16)
	for _, a := range accounts {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, changed := movePlain, a.ChangedSeq > begun // by a record of the batch
		args = append(args[:0], a.Debits, a.Credits, a.LastSeq, a.MovedSeq, a.Moves)
		if changed || a.HeldDebits != 0 || a.HeldCredits != 0 || len(a.Used) > 0 {
			text = moveHeld
			args = append(args, a.HeldDebits, a.HeldCredits, a.Used.String())
		}
		if changed {
			text = changeBounds
			args = append(args, bound(a.Floor), bound(a.Ceiling))
		}
		err := s.writeOne(text, append(args, book, a.Number)...)
		if err == nil && changed {
			err = s.writeOne(changeAccount, string(a.State), a.Limits.String(), string(a.Metadata), a.ChangedSeq, book, a.Number)
		}
		if err != nil {
			return fmt.Errorf("account %d: %w", a.Number, err)
		}
	}
	return nil
}

// writeOne writes one row. None means that what the batch was decided on is not there.
func (s *statements) writeOne(text string, args ...any) error {
	n, err := s.affect(context.Background(), text, args...)
	if err == nil && n != 1 {
		err = fmt.Errorf("%w: %d rows were there instead of one", ledger.ErrCorrupt, n)
	}
	return err
}

func (s *statements) writeClosings(ctx context.Context, c *ledger.Changes) error {
	book := int64(c.Head.Book)
	if !c.Reopened.IsZero() {
		if err := s.exec(context.Background(), deleteClosings, book, c.Reopened.String()); err != nil {
			return err
		}
	}
	return insert(ctx, s, closingRows, c.Closings, func(args []any, n *ledger.ClosingRow) []any {
		return append(args, book, n.Account, n.Date.String(), n.Debits, n.Credits)
	})
}

func (s *statements) writeHolds(ctx context.Context, c *ledger.Changes) error {
	return insert(ctx, s, holdRows, c.Holds, func(args []any, h *ledger.StoredHold) []any {
		var expires any
		if !h.Expires.IsZero() {
			expires = h.Expires.UTC().Format(atLayout)
		}
		return append(args, int64(c.Head.Book), h.Seq, h.ID[:], string(h.State), expires, jsonList(h.Captured), h.LastSeq)
	})
}

func (s *statements) updateHead(h *ledger.Head) error {
	tree := h.Tree
	if tree == nil {
		tree = []byte{} // not null
	}
	err := s.exec(context.Background(), updateHead, h.Name, h.Seq, h.Accounts, date(h.OpenDate), h.ClosedSeq, h.ReopenSeq,
		h.TouchedSeq, h.ChartSeq, h.At.UTC().Format(atLayout), tree, int64(h.Book))
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	return nil
}

// bound returns the minor units of a bound, or null for none.
func bound(amount money.Amount) any {
	if !amount.IsValid() {
		return nil
	}
	return amount.Minor()
}

// date returns a date's text, or null for none.
func date(d ledger.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}
