package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
)

// dayClose is the command of [Book.CloseDay]. It is decided in a batch of its
// own, so that the snapshot has every account as the close finds it.
type dayClose struct {
	DayClose
	nth int // close of this date: more than the first after it was reopened
}

func newDayClose(c DayClose) (*dayClose, error) {
	if c.Date.IsZero() {
		return nil, &InvalidError{Field: "date", Problem: "is missing"}
	}
	if !c.Next.IsZero() && !c.Date.Before(c.Next) {
		return nil, &InvalidError{Field: "next", Problem: fmt.Sprintf("%s is not after %s", c.Next, c.Date)}
	}
	return &dayClose{DayClose: c}, checkText("by", c.By, byBytesMax)
}

// CloseDay ends the open business date and opens the next: later posts with the
// closed date get [ErrDateClosed]. It writes down what every account stood at.
// Closing a closed date again is replayed until the date is reopened.
func (b *Book) CloseDay(ctx context.Context, c DayClose) (Receipt, error) {
	receipt, err := b.closeDay(ctx, c)
	if err != nil {
		return Receipt{}, fmt.Errorf("close %s: %w", c.Date, err)
	}
	return receipt, nil
}

func (b *Book) closeDay(ctx context.Context, c DayClose) (Receipt, error) {
	command, err := newDayClose(c)
	if err != nil {
		return Receipt{}, err
	}
	closes, reopened, err := b.closes(ctx, c.Date)
	if err != nil {
		return Receipt{}, err
	}
	command.nth = max(len(closes), 1)
	if reopened {
		command.nth++
	}
	return b.submitOne(ctx, newCall(command))
}

// closes returns the closes of a date, from the first on, and whether the last
// of them was reopened.
func (b *Book) closes(ctx context.Context, date Date) (closes []Record, reopened bool, err error) {
	for nth := 1; ; nth++ {
		record, err := b.Record(ctx, CloseID(date, nth))
		if errors.Is(err, ErrRecordUnknown) {
			return closes, reopened, nil
		}
		if err != nil {
			return nil, false, err
		}
		closes = append(closes, record)
		_, err = b.Record(ctx, ReopenID(record.ID))
		if errors.Is(err, ErrRecordUnknown) {
			return closes, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		reopened = true
	}
}

// Reopen undoes the latest day close by a journaled record: its date opens
// again, takes transactions and must be closed anew. What was posted since on
// the later date keeps that date and is no part of the new closing. Only the
// latest close can be reopened ([ErrCloseNotLatest]); the one before is then the
// latest. The same reopening again is replayed until the date is closed again.
func (b *Book) Reopen(ctx context.Context, r Reopen) (Receipt, error) {
	receipt, err := b.reopen(ctx, r)
	if err != nil {
		return Receipt{}, fmt.Errorf("reopen %s: %w", r.Date, err)
	}
	return receipt, nil
}

func (b *Book) reopen(ctx context.Context, r Reopen) (Receipt, error) {
	command, err := b.newReopen(ctx, r)
	if err != nil {
		return Receipt{}, err
	}
	return b.submitOne(ctx, newCall(command))
}

// newReopen looks up what a reopening undoes.
func (b *Book) newReopen(ctx context.Context, r Reopen) (*reopen, error) {
	if err := checkReopen(&r); err != nil {
		return nil, err
	}
	closes, _, err := b.closes(ctx, r.Date)
	if err != nil {
		return nil, err
	}
	if len(closes) == 0 {
		head, err := b.Head(ctx)
		if err != nil {
			return nil, err
		}
		return nil, &DateError{Date: r.Date, Open: head.OpenDate, Err: ErrCloseNotLatest}
	}
	closed := closes[len(closes)-1]
	since, err := b.since(ctx, closed.Prev)
	return &reopen{Reopen: r, closed: closed, since: since}, err
}

// since returns the last position up to which nothing has a later date than the
// close at a position: that position or, after reopenings, one before it.
func (b *Book) since(ctx context.Context, closed int64) (int64, error) {
	if closed == 0 {
		return 0, nil
	}
	record, err := b.RecordAt(ctx, closed)
	if err != nil {
		return 0, err
	}
	stretches, err := b.stretches(ctx, closed)
	if err != nil {
		return 0, err
	}
	for _, s := range stretches {
		if last, err := b.lastOn(ctx, record.Date, s); err != nil || last < s.last {
			return last, err
		}
	}
	return closed, nil
}

// CloseID returns the id of the nth close of a date, from 1: a date that was
// reopened is closed again.
func CloseID(date Date, nth int) uuid.UUID {
	if nth == 1 {
		return KeyID("ledger", "close", date.String())
	}
	return KeyID("ledger", "close", date.String(), strconv.Itoa(nth))
}

func (c *dayClose) id() uuid.UUID { return CloseID(c.Date, c.nth) }
func (c *dayClose) need(n *needs) { n.closing = true }

func (c *dayClose) same(r *Record) string {
	switch {
	case r.Kind != KindDayClose:
		return "kind"
	case !c.Next.IsZero() && r.Next != c.Next:
		return "next"
	}
	return ""
}

func (c *dayClose) decide(d *draft) error {
	if err := d.checkDate(c.Date); err != nil {
		return err
	}
	next := c.Next
	if next.IsZero() {
		next = c.Date.AddDays(1)
	}
	if next.IsZero() {
		return &InvalidError{Field: "next", Problem: fmt.Sprintf("no date comes after %s", c.Date)}
	}
	ahead, first, err := sumAhead(d.state.ahead)
	if err != nil {
		return err
	}
	if !first.IsZero() && first.Before(next) { // else no closing would ever hold what was posted then
		return &InvalidError{Field: "next", Problem: fmt.Sprintf("%s passes over %s, on which something was posted", next, first)}
	}
	d.record.Kind, d.record.By, d.record.Next, d.record.Prev = KindDayClose, c.By, next, d.state.head.ClosedSeq
	if d.record.Balances, err = d.closeBalances(c.Date, ahead); err != nil {
		return err
	}
	d.settle = func(s *state) {
		s.head.OpenDate, s.head.ClosedSeq = next, s.head.Seq
		if len(ahead) == 0 { // else the closes to come have to look as far back
			s.head.TouchedSeq = s.head.Seq
		}
	}
	return nil
}

// sumAhead sums what was posted to each account on dates that were open before
// an earlier one was reopened: it is no part of that one's closing. It also
// returns the first of these dates.
func sumAhead(records []StoredRecord) (ahead map[string]Closing, first Date, err error) {
	ahead = make(map[string]Closing)
	for i := range records {
		record, err := ParseRecord(records[i].Body)
		if err != nil {
			return nil, Date{}, err
		}
		for j := range record.Lines {
			sum := ahead[record.Lines[j].Account]
			sum.add(record.Lines[j].Amount)
			ahead[record.Lines[j].Account] = sum
		}
		if len(record.Lines) > 0 && (first.IsZero() || record.Date.Before(first)) {
			first = record.Date
		}
	}
	return ahead, first, nil
}

// reopen is the command of [Book.Reopen]. It is decided in a batch of its own.
type reopen struct {
	Reopen
	closed Record // the latest close of the date, read before
	since  int64  // see [Book.since], of the close before that one
}

func checkReopen(r *Reopen) error {
	if r.Date.IsZero() {
		return &InvalidError{Field: "date", Problem: "is missing"}
	}
	return checkActor(r.By, r.Why)
}

// ReopenID returns the id of the only reopening that the close with an id can have.
func ReopenID(closed uuid.UUID) uuid.UUID { return KeyID("ledger", "reopen", closed.String()) }

func (r *reopen) id() uuid.UUID { return ReopenID(r.closed.ID) }
func (*reopen) need(*needs)     {}

func (r *reopen) same(earlier *Record) string { return earlier.differs(KindReopen, r.By, r.Why) }

func (r *reopen) decide(d *draft) error {
	head := &d.state.head
	if head.ClosedSeq != r.closed.Seq {
		return &DateError{Date: r.Date, Open: head.OpenDate, Err: ErrCloseNotLatest}
	}
	d.record.Kind, d.record.By, d.record.Why = KindReopen, r.By, r.Why
	d.record.Next, d.record.Of, d.record.Prev = r.Date, r.closed.ID, head.ReopenSeq
	d.settle = func(s *state) {
		s.head.OpenDate, s.head.ClosedSeq, s.head.ReopenSeq = r.Date, r.closed.Prev, s.head.Seq
		s.head.TouchedSeq = min(s.head.TouchedSeq, r.since)
		s.pending.Reopened = r.Date
	}
	return nil
}
