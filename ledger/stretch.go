package ledger

import (
	"context"
	"slices"
	"sort"
)

// stretch is a part of the journal in which dates only grow: from the start, or
// from a reopening, to the next one.
type stretch struct{ after, last int64 } // positions: after < seq ≤ last

// stretches returns those up to a position, the earliest first.
func (b *Book) stretches(ctx context.Context, last int64) ([]stretch, error) {
	head, err := b.Head(ctx)
	if err != nil {
		return nil, err
	}
	var backwards []stretch
	for reopened := head.ReopenSeq; reopened > 0; {
		record, err := b.RecordAt(ctx, reopened)
		if err != nil {
			return nil, err
		}
		if reopened < last {
			backwards = append(backwards, stretch{after: reopened, last: last})
			last = reopened
		}
		reopened = record.Prev
	}
	backwards = append(backwards, stretch{after: 0, last: last})
	slices.Reverse(backwards)
	return backwards, nil
}

// lastOn returns the last position of a stretch whose date is the given or an
// earlier one, or where the stretch begins if none is. It looks at as many
// records as the length of the stretch has binary digits.
func (b *Book) lastOn(ctx context.Context, date Date, s stretch) (int64, error) {
	var failure error
	later := func(seq int64) bool {
		if failure != nil {
			return true
		}
		record, err := b.RecordAt(ctx, seq)
		failure = err
		return err != nil || date.Before(record.Date)
	}
	if s.last > s.after && !later(s.last) {
		return s.last, failure // the usual case: nothing later was posted
	}
	n := sort.Search(int(s.last-s.after), func(i int) bool { return later(s.after + 1 + int64(i)) })
	return s.after + int64(n), failure
}
