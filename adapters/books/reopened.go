package books

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
)

// undoings are the day closes of a book that were undone. They are read before
// the journal is written: hledger sums in the order of dates, so that it must
// not be asked on a date for a balance to which more was posted later, nor
// told of one that holds what has a later date.
type undoings struct {
	closes map[uuid.UUID]struct{} // which do not stand
	reopen []reopening            // the latest first
}

type reopening struct {
	seq  int64
	date ledger.Date // which opened again
}

// readUndoings follows the reopenings of a book, each of which names the one
// before.
func readUndoings(ctx context.Context, reader ledger.Reader, head *ledger.Head) (undoings, error) {
	u := undoings{closes: map[uuid.UUID]struct{}{}}
	for seq := head.ReopenSeq; seq > 0; {
		record, err := days.RecordAt(ctx, reader, head.Book, seq)
		if err != nil {
			return u, err
		}
		u.closes[record.Of] = struct{}{}
		u.reopen = append(u.reopen, reopening{seq: seq, date: record.Next})
		seq = record.Prev
	}
	return u, nil
}

// undone reports whether a day close was reopened later.
func (u *undoings) undone(r *ledger.Record) bool {
	_, found := u.closes[r.ID]
	return found
}

// ahead reports whether an earlier date than the record's opened again after
// it: then closings are still to come to which it does not belong.
func (u *undoings) ahead(r *ledger.Record) bool {
	return slices.ContainsFunc(u.reopen, func(o reopening) bool { return o.seq > r.Seq && o.date.Before(r.Date) })
}
