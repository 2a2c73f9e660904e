package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// movesOf is where the chain of an account's records begins.
	movesOf = `select a.number, b.moved_seq from account a` + withBalance + ` where a.book_id = ? and a.path = ?`
	// milestoneFrom is where it can be entered instead.
	milestoneFrom = `select min(seq) from milestone where book_id = ? and account = ? and seq >= ?`
)

// Moves yields the records that moved an account: see ledger.Reader. It walks on
// one connection, and in no transaction: what is in the journal never changes.
func (r reader) Moves(ctx context.Context, book ledger.BookID, query ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		s, err := r.from.borrow(ctx)
		if err == nil {
			defer r.from.giveBack(s)
			w := walk{statements: s, book: int64(book), query: query}
			err = w.run(ctx, yield)
		}
		if err != nil {
			yield(ledger.StoredRecord{}, translate(err))
		}
	}
}

// walk follows the chain of an account's records backwards: see [ledger.Line].
type walk struct {
	*statements
	book   int64
	query  ledger.MoveQuery
	parser ledger.Parser
	record ledger.Record
}

func (w *walk) run(ctx context.Context, yield func(ledger.StoredRecord, error) bool) error {
	at, err := w.start(ctx)
	if err != nil || at <= w.query.After {
		return err
	}
	step, err := w.take(recordAt)
	if err != nil {
		return err
	}
	defer w.give(recordAt, step)
	for left := w.query.Limit; at > w.query.After && at > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		stored, err := w.step(step, at)
		if err != nil {
			return err
		}
		if at, err = w.prev(&stored, at); err != nil {
			return err
		}
		if w.query.Before > 0 && stored.Seq >= w.query.Before {
			continue
		}
		if left--; !yield(stored, nil) || left == 0 {
			return nil
		}
	}
	return nil
}

// start is the position at which the walk begins, 0 for nowhere.
func (w *walk) start(ctx context.Context) (int64, error) {
	var number, moved int64
	found, err := w.one(ctx, movesOf, []any{w.book, w.query.Account}, &number, &moved)
	if err != nil || !found || w.query.Before == 0 || w.query.Before > moved {
		return moved, err
	}
	var milestone sql.NullInt64
	_, err = w.one(ctx, milestoneFrom, []any{w.book, number, w.query.Before}, &milestone)
	if milestone.Valid {
		return milestone.Int64, err
	}
	return moved, err
}

// one reads a row, if there is one.
func (w *walk) one(ctx context.Context, text string, args []any, into ...any) (bool, error) {
	scan := func(rows *sql.Rows) (struct{}, error) { return struct{}{}, unreadable(rows, rows.Scan(into...)) }
	for _, err := range stream(ctx, w.statements, scan, text, args...) {
		return err == nil, err
	}
	return false, nil
}

// step reads the record at a position. It is not interrupted: a context that can
// end costs a goroutine a call.
func (w *walk) step(statement *sql.Stmt, seq int64) (ledger.StoredRecord, error) {
	rows, err := statement.QueryContext(context.Background(), w.book, seq)
	if err != nil {
		return ledger.StoredRecord{}, err
	}
	defer rows.Close()
	if rows.Next() {
		return scanRecord(rows)
	}
	if err := rows.Err(); err != nil {
		return ledger.StoredRecord{}, err
	}
	return ledger.StoredRecord{}, fmt.Errorf("record %d, in the chain of account %s: %w: it is missing", seq, w.query.Account, ledger.ErrCorrupt)
}

// prev returns the position of the record before one in the chain, which is
// always an earlier one: no walk goes on for ever.
func (w *walk) prev(stored *ledger.StoredRecord, seq int64) (int64, error) {
	if err := w.parser.Parse(stored.Body, &w.record); err != nil {
		return 0, fmt.Errorf("record %d: %w", seq, err)
	}
	for i := range w.record.Lines {
		l := &w.record.Lines[i]
		if l.Account != w.query.Account || l.Amount.IsZero() {
			continue
		}
		if l.Prev < 0 || l.Prev >= seq {
			return 0, fmt.Errorf("record %d: %w: the record before it that moved %s is at %d", seq, ledger.ErrCorrupt, l.Account, l.Prev)
		}
		return l.Prev, nil
	}
	return 0, fmt.Errorf("record %d: %w: it does not move account %s, in whose chain it is", seq, ledger.ErrCorrupt, w.query.Account)
}
