package ledger

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// Entry is one line seen from its account.
type Entry struct {
	Account string
	Seq     int64        // of the record
	Line    int          // position in Record.Lines
	Amount  money.Amount // debit positive
	Balance money.Amount // after this entry, debit positive

	// The particulars of the record.
	ID   uuid.UUID
	Kind string
	Date Date
	At   time.Time
	Due  Date // zero for none
}

// EntryQuery selects entries of the account with the path: those that come before
// the given position and line (Before 0: from the newest) and after the position
// After, at most Limit (0: all).
type EntryQuery struct {
	Account    string
	Before     int64
	BeforeLine int
	After      int64
	Limit      int
}

// moves selects the records that have the entries.
func (q *EntryQuery) moves() MoveQuery {
	m := MoveQuery{Account: q.Account, Before: q.Before, After: q.After, Limit: q.Limit}
	if q.Before > 0 && q.BeforeLine > 0 {
		m.Before++ // of this record the lines before that one
		if m.Limit > 0 {
			m.Limit++ // perhaps there are none
		}
	}
	return m
}

// Entries yields entries of an account, newest first. They are the lines of the
// records that moved it: nothing else is kept of them.
func Entries(ctx context.Context, from Reader, book BookID, q EntryQuery) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		left := q.Limit
		var parser Parser
		var record Record
		for stored, err := range from.Moves(ctx, book, q.moves()) {
			if err == nil {
				err = parser.Parse(stored.Body, &record)
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			lines := len(record.Lines)
			if record.Seq == q.Before {
				lines = min(lines, q.BeforeLine)
			}
			for i := lines - 1; i >= 0; i-- {
				if l := &record.Lines[i]; l.Account != q.Account || l.Amount.IsZero() {
					continue
				}
				if left--; !yield(record.entry(i), nil) || left == 0 {
					return
				}
			}
		}
	}
}

// entry is a line seen from its account.
func (r *Record) entry(line int) Entry {
	l := &r.Lines[line]
	return Entry{
		Account: l.Account, Seq: r.Seq, Line: line, Amount: l.Amount, Balance: l.Balance,
		ID: r.ID, Kind: r.Kind, Date: r.Date, At: r.At, Due: r.Due,
	}
}
