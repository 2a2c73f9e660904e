// Package days reads a book at one moment and finds where in its journal the
// records of business dates are. It is shared by packages books, voucher and
// sheet.
//
// Concurrency: the functions share nothing. Errors are the store's;
// ledger.ErrRecordUnknown means that the journal has a gap.
package days

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// viewer is the part of [ledger.Store] that reads at one moment.
type viewer interface {
	View(ctx context.Context) (ledger.View, error)
}

// AtOneMoment calls read with a reader that sees one moment and takes one query
// at a time. A reader that is no store is one already.
func AtOneMoment(ctx context.Context, reader ledger.Reader, read func(ledger.Reader) error) (err error) {
	store, ok := reader.(viewer)
	if !ok {
		return read(reader)
	}
	view, err := store.View(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := view.Close(); err == nil {
			err = closeErr
		}
	}()
	return read(view)
}

// Span is a part of a journal: positions with After < seq ≤ Last.
type Span struct{ After, Last int64 }

// Find returns the part of a journal outside of which the closed dates from one
// to another have no record; they share it with other dates.
//
// A date is only ever opened by the close of an earlier one, so that nothing of
// the period comes before the first close, undone or not, that opened a date of
// it or later. And what a standing close ended, nothing is added to any more.
func Find(ctx context.Context, reader ledger.Reader, head *ledger.Head, from, to ledger.Date) (Span, error) {
	var s Span
	for seq := head.ClosedSeq; seq > 0; {
		closed, err := RecordAt(ctx, reader, head.Book, seq)
		if err != nil {
			return Span{}, err
		}
		if s.Last == 0 && !to.Before(closed.Date) {
			s.Last = seq
		}
		if closed.Date.Before(from) {
			s.After = seq
			break
		}
		seq = closed.Prev
	}
	var err error
	s.After, err = beforeReopenings(ctx, reader, head, from, s.After)
	return s, err
}

// beforeReopenings returns a position or, if a close that was undone later
// opened the date or a later one before it, that close's.
func beforeReopenings(ctx context.Context, reader ledger.Reader, head *ledger.Head, from ledger.Date, after int64) (int64, error) {
	for seq := head.ReopenSeq; seq > 0; {
		reopening, err := RecordAt(ctx, reader, head.Book, seq)
		if err != nil {
			return 0, err
		}
		undone, err := record(ctx, reader, head.Book, ledger.RecordQuery{IDs: []uuid.UUID{reopening.Of}})
		if err != nil {
			return 0, fmt.Errorf("the close that record %d undid: %w", seq, err)
		}
		if undone.Date.Before(from) && !undone.Next.Before(from) {
			after = min(after, undone.Seq)
		}
		seq = reopening.Prev
	}
	return after, nil
}

// RecordAt returns the record at a position.
func RecordAt(ctx context.Context, reader ledger.Reader, book ledger.BookID, seq int64) (ledger.Record, error) {
	found, err := record(ctx, reader, book, ledger.RecordQuery{After: seq - 1, Limit: 1})
	if err != nil {
		return found, fmt.Errorf("position %d: %w", seq, err)
	}
	return found, nil
}

func record(ctx context.Context, reader ledger.Reader, book ledger.BookID, query ledger.RecordQuery) (ledger.Record, error) {
	for stored, err := range reader.Records(ctx, book, query) {
		if err != nil {
			return ledger.Record{}, err
		}
		return ledger.ParseRecord(stored.Body)
	}
	return ledger.Record{}, ledger.ErrRecordUnknown
}
