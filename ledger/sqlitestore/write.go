package sqlitestore

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

const (
	journalColumns = "journal (book_id, seq, id, kind, date, at, body, leaf)"
	entryColumns   = "entry (book_id, account, seq, line, amount, balance)"
	closingColumns = "closing (book_id, account, date, debits, credits)"
	accountColumns = "account (book_id, number, path, control, currency, side, floor, ceiling, state, debits, credits, last_seq)"

	updateAccount = `update account set floor = ?, ceiling = ?, state = ?, debits = ?, credits = ?, last_seq = ?
where book_id = ? and number = ?`
	updateHead = `update book set name = ?, seq = ?, accounts = ?, open_date = ?, closed_seq = ?, at = ?, tree = ?
where book_id = ?`
)

// write writes the changes within the transaction. Rows that others refer to
// come first.
func (w *writer) write(ctx context.Context, c *ledger.Changes) error {
	book := int64(c.Head.Book)
	err := insert(ctx, w, accountColumns, c.Opened, func(args []any, a *ledger.Account) []any {
		return append(args, book, a.Number, a.Path, a.Control, a.Currency.Code(), int64(a.Side),
			bound(a.Floor), bound(a.Ceiling), string(a.State), a.Debits, a.Credits, a.LastSeq)
	})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if err := w.updateAccounts(ctx, c); err != nil {
		return err
	}
	err = insert(ctx, w, journalColumns, c.Records, func(args []any, r *ledger.StoredRecord) []any {
		return append(args, book, r.Seq, r.ID[:], r.Kind, r.Date.String(), r.At.UTC().Format(atLayout), string(r.Body), r.Leaf)
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	err = insert(ctx, w, entryColumns, c.Entries, func(args []any, e *ledger.NewEntry) []any {
		return append(args, book, e.Account, e.Seq, int64(e.Line), e.Amount, e.Balance)
	})
	if err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	err = insert(ctx, w, closingColumns, c.Closings, func(args []any, n *ledger.NewClosing) []any {
		return append(args, book, n.Account, n.Date.String(), n.Debits, n.Credits)
	})
	if err != nil {
		return fmt.Errorf("closings: %w", err)
	}
	return w.updateHead(&c.Head)
}

func (w *writer) updateAccounts(ctx context.Context, c *ledger.Changes) error {
	for i := range c.Updated {
		if err := ctx.Err(); err != nil {
			return err
		}
		a := &c.Updated[i]
		err := w.exec(context.Background(), updateAccount, bound(a.Floor), bound(a.Ceiling), string(a.State),
			a.Debits, a.Credits, a.LastSeq, int64(c.Head.Book), a.Number)
		if err != nil {
			return fmt.Errorf("account %d: %w", a.Number, err)
		}
	}
	return nil
}

func (w *writer) updateHead(h *ledger.Head) error {
	var openDate any
	if !h.OpenDate.IsZero() {
		openDate = h.OpenDate.String()
	}
	tree := h.Tree
	if tree == nil {
		tree = []byte{} // not null
	}
	err := w.exec(context.Background(), updateHead, h.Name, h.Seq, h.Accounts, openDate, h.ClosedSeq,
		h.At.UTC().Format(atLayout), tree, int64(h.Book))
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
