package sqlitestore

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

var (
	accountRows = newTable(`account (book_id, number, path, control, currency, side, floor, ceiling, limits, meta, state,
debits, credits, held_debits, held_credits, used, changed_seq, last_seq)`, "")
	journalRows = newTable("journal (book_id, seq, id, kind, date, at, due, body, leaf)", "")
	entryRows   = newTable("entry (book_id, account, seq, line, amount, balance)", "")
	closingRows = newTable("closing (book_id, account, date, debits, credits)", "")
	holdRows    = newTable("hold (book_id, seq, id, state, expires, captured, last_seq)",
		`on conflict (book_id, seq) do update set id = excluded.id, state = excluded.state, expires = excluded.expires,
captured = excluded.captured, last_seq = excluded.last_seq`)
	refundRows = newTable("refund (book_id, seq, line, amount)",
		"on conflict (book_id, seq, line) do update set amount = excluded.amount")
	nodeRows = newTable("node (book_id, tree, level, number, hash)", "")
)

const (
	updateAccount = `update account set floor = ?, ceiling = ?, limits = ?, meta = ?, state = ?,
debits = ?, credits = ?, held_debits = ?, held_credits = ?, used = ?, changed_seq = ?, last_seq = ?
where book_id = ? and number = ?`
	updateHead = `update book set name = ?, seq = ?, accounts = ?, open_date = ?, closed_seq = ?, reopen_seq = ?, touched_seq = ?,
chart_seq = ?, at = ?, tree = ? where book_id = ?`
	// By account, as the key of closings is: by date alone it is a walk over
	// those of all dates.
	deleteClosings = `delete from closing where book_id = ?1 and date = ?2
and account in (select number from account where book_id = ?1)`
)

// write writes the changes within the transaction. Rows that others refer to
// come first.
func (s *statements) write(ctx context.Context, c *ledger.Changes) error {
	book := int64(c.Head.Book)
	err := insert(ctx, s, accountRows, c.Opened, func(args []any, a *ledger.Account) []any {
		return append(args, book, a.Number, a.Path, a.Control, a.Currency.Code(), int64(a.Side),
			bound(a.Floor), bound(a.Ceiling), a.Limits.String(), string(a.Metadata), string(a.State),
			a.Debits, a.Credits, a.HeldDebits, a.HeldCredits, a.Used.String(), a.ChangedSeq, a.LastSeq)
	})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err := s.updateAccounts(ctx, c); err != nil {
		return err
	}
	err = insert(ctx, s, journalRows, c.Records, func(args []any, r *ledger.StoredRecord) []any {
		return append(args, book, r.Seq, r.ID[:], r.Kind, r.Date.String(), r.At.UTC().Format(atLayout), date(r.Due), string(r.Body), r.Leaf)
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	err = insert(ctx, s, entryRows, c.Entries, func(args []any, e *ledger.EntryRow) []any {
		return append(args, book, e.Account, e.Seq, int64(e.Line), e.Amount, e.Balance)
	})
	if err != nil {
		return fmt.Errorf("entries: %w", err)
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

func (s *statements) updateAccounts(ctx context.Context, c *ledger.Changes) error {
	for i := range c.Updated {
		if err := ctx.Err(); err != nil {
			return err
		}
		a := &c.Updated[i]
		err := s.exec(context.Background(), updateAccount,
			bound(a.Floor), bound(a.Ceiling), a.Limits.String(), string(a.Metadata), string(a.State),
			a.Debits, a.Credits, a.HeldDebits, a.HeldCredits, a.Used.String(), a.ChangedSeq, a.LastSeq,
			int64(c.Head.Book), a.Number)
		if err != nil {
			return fmt.Errorf("account %d: %w", a.Number, err)
		}
	}
	return nil
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
