package audit

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// Lines is a [ledger.Reader] of a journal without a database: its records'
// canonical bytes, one a line, from the first record on. It has no other tables,
// and a [Report] of it says so. One run may read it at a time.
type Lines struct {
	lines iter.Seq2[[]byte, error]

	mu sync.Mutex
	// wanted is how often each record will be looked up yet, because another
	// corrects it, and kept those of them that were read.
	wanted map[uuid.UUID]int
	kept   map[uuid.UUID]ledger.StoredRecord
	// reopenings are in order.
	reopenings []reopening
}

// NewLines returns a reader of lines without their line breaks. They are ranged
// over several times, each time from the first on, and must be the same each
// time. An error of theirs ends the run.
func NewLines(lines iter.Seq2[[]byte, error]) *Lines {
	return &Lines{lines: lines, wanted: map[uuid.UUID]int{}, kept: map[uuid.UUID]ledger.StoredRecord{}}
}

// prepare takes down which records will be looked up, and where dates are opened
// again.
func (l *Lines) prepare(ctx context.Context) error {
	clear(l.wanted)
	clear(l.kept)
	l.reopenings = nil
	var record ledger.Record
	for _, err := range l.each(ctx, &record) {
		if err != nil {
			return err
		}
		switch record.Kind {
		case ledger.KindReopen:
			l.reopenings = append(l.reopenings, reopening{record.Seq, record.Next})
		case ledger.KindReversal, ledger.KindRefund:
			l.wanted[record.Of]++
			l.wanted[reversalID(record.Of)]++
		}
	}
	earliest(l.reopenings)
	return nil
}

// each yields the lines as rows, and what each says in the record. One that is no
// record has the next position.
func (l *Lines) each(ctx context.Context, record *ledger.Record) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		var parser ledger.Parser
		last := int64(0)
		for line, err := range l.lines {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(ledger.StoredRecord{}, err)
				return
			}
			stored := ledger.StoredRecord{Seq: last + 1, Mark: ledger.MarkOf(ledger.LeafHash(line)), Body: line}
			if err := parser.Parse(line, record); err != nil {
				*record = ledger.Record{}
			} else {
				stored.Seq, stored.ID, stored.Date = record.Seq, record.ID, record.Date
			}
			last = stored.Seq
			if !yield(stored, nil) {
				return
			}
		}
	}
}

// Records yields the records after a position or, of those that others correct,
// the ones with the ids that were read before.
func (l *Lines) Records(ctx context.Context, _ ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if len(query.IDs) > 0 {
		return l.lookUp(query.IDs)
	}
	return func(yield func(ledger.StoredRecord, error) bool) {
		n := 0
		var record ledger.Record
		for stored, err := range l.each(ctx, &record) {
			if err == nil && stored.Seq <= query.After {
				continue
			}
			l.keep(&stored)
			if !yield(stored, err) {
				return
			}
			if n++; n == query.Limit {
				return
			}
		}
	}
}

// keep keeps the record if it will be looked up.
func (l *Lines) keep(stored *ledger.StoredRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.kept[stored.ID]; !ok && l.wanted[stored.ID] > 0 {
		l.kept[stored.ID] = *stored
	}
}

// lookUp yields kept records. After the last of its look-ups one is forgotten.
func (l *Lines) lookUp(ids []uuid.UUID) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		var found []ledger.StoredRecord
		for _, id := range ids {
			if stored, ok := l.kept[id]; ok {
				found = append(found, stored)
			}
		}
		for _, id := range ids {
			if l.wanted[id]--; l.wanted[id] <= 0 {
				delete(l.wanted, id)
				delete(l.kept, id)
			}
		}
		for _, stored := range found {
			if !yield(stored, nil) {
				return
			}
		}
	}
}

// Head returns [ledger.ErrBookUnknown]: there is none.
func (l *Lines) Head(_ context.Context, book ledger.BookID) (ledger.Head, error) {
	return ledger.Head{}, fmt.Errorf("head of book %d: %w", book, ledger.ErrBookUnknown)
}

func nothing[T any](func(T, error) bool) {}

// Accounts yields nothing.
func (l *Lines) Accounts(context.Context, ledger.BookID, ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return nothing
}

// Moves yields nothing.
func (l *Lines) Moves(context.Context, ledger.BookID, ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	return nothing
}

// Closings yields nothing.
func (l *Lines) Closings(context.Context, ledger.BookID, ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	return nothing
}

// Holds yields nothing.
func (l *Lines) Holds(context.Context, ledger.BookID, ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	return nothing
}

// Refunds yields nothing.
func (l *Lines) Refunds(context.Context, ledger.BookID) iter.Seq2[ledger.Refunded, error] {
	return nothing
}

// Nodes yields nothing.
func (l *Lines) Nodes(context.Context, ledger.BookID, ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return nothing
}
