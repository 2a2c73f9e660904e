package archive

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/campusledger/campusledger/ledger"
)

// dated keeps what accounts stood at on the date that was asked for last: a proof
// asks many times.
type dated struct {
	mu   sync.Mutex
	seq  int64 // the close whose date was asked for
	date ledger.Date
	last *standing
}

// standing is what accounts stood at on a date. It is only read.
type standing struct {
	date     ledger.Date
	closings []ledger.Closing // in the order of paths
	tree     *tree
}

// Closings yields, with a date, what each account selected stood at on it: see
// [ledger.Reader]. The archive knows the dates closed in it and the last before.
func (a *Archive) Closings(ctx context.Context, _ ledger.BookID, query ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	return func(yield func(ledger.Closing, error) bool) {
		for c, err := range a.selected(ctx, query.On) {
			if (err != nil || selects(&query, &c)) && (!yield(c, err) || err != nil) {
				return
			}
		}
	}
}

// selected yields all closings, or with a date those that stood on it.
func (a *Archive) selected(ctx context.Context, on ledger.Date) iter.Seq2[ledger.Closing, error] {
	if on.IsZero() {
		return a.closings(ctx)
	}
	return func(yield func(ledger.Closing, error) bool) {
		s, err := a.standing(ctx, on)
		if err != nil {
			yield(ledger.Closing{}, err)
			return
		}
		for i := range s.closings {
			if !yield(s.closings[i], nil) {
				return
			}
		}
	}
}

func selects(query *ledger.ClosingQuery, c *ledger.Closing) bool {
	return (query.Account == "" || query.Account == c.Account) &&
		c.Number >= query.First && (query.Last == 0 || c.Number <= query.Last)
}

// balanceNodes yields nodes of the tree of balances of a day close, from the
// closings of its date.
func (a *Archive) balanceNodes(ctx context.Context, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return func(yield func(ledger.Node, error) bool) {
		date, err := a.dateAt(ctx, query.Tree)
		var s *standing
		if err == nil {
			s, err = a.standing(ctx, date)
		}
		if err != nil {
			yield(ledger.Node{}, err)
			return
		}
		for n, err := range s.tree.nodes(query) {
			if !yield(n, err) {
				return
			}
		}
	}
}

// dateAt returns the date of a record.
func (a *Archive) dateAt(ctx context.Context, seq int64) (ledger.Date, error) {
	a.balances.mu.Lock()
	defer a.balances.mu.Unlock()
	if a.balances.seq == seq {
		return a.balances.date, nil
	}
	for record, err := range a.Records(ctx, a.manifest.Book, ledger.RecordQuery{After: seq - 1, Limit: 1}) {
		if err == nil && record.Seq == seq {
			a.balances.seq, a.balances.date = seq, record.Date
			return record.Date, nil
		}
		if err != nil {
			return ledger.Date{}, err
		}
	}
	return ledger.Date{}, fmt.Errorf("record %d: %w", seq, ledger.ErrRecordUnknown)
}

// standing returns what accounts stood at on a date: one reading of the closings.
func (a *Archive) standing(ctx context.Context, date ledger.Date) (*standing, error) {
	a.balances.mu.Lock()
	defer a.balances.mu.Unlock()
	if last := a.balances.last; last != nil && last.date == date {
		return last, nil
	}
	s := &standing{date: date}
	for c, err := range a.closings(ctx) {
		if err != nil {
			return nil, err
		}
		if date.Before(c.Date) {
			continue
		}
		if n := len(s.closings); n > 0 && s.closings[n-1].Number == c.Number {
			s.closings[n-1] = c
		} else {
			s.closings = append(s.closings, c)
		}
	}
	if err := s.plant(); err != nil {
		return nil, err
	}
	a.balances.last = s
	return s, nil
}

// plant builds the tree.
func (s *standing) plant() error {
	s.tree = &tree{leaves: make([]hash, len(s.closings)), known: map[place]hash{}}
	for i := range s.closings {
		c := &s.closings[i]
		if c.Number > int64(len(s.tree.leaves)) {
			return fmt.Errorf("%w: account %d of %d on %s", ErrFormat, c.Number, len(s.tree.leaves), s.date)
		}
		s.tree.leaves[c.Number-1] = leafOf(c)
	}
	return s.tree.complete()
}
