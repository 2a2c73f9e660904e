package voucher

import (
	"context"
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
)

// sumKey is what the lines of a voucher are summed by.
type sumKey struct {
	date ledger.Date
	code string
	items
	side ledger.Side
}

// sum is what was posted to a side of a subject on a date, and by which
// records.
type sum struct {
	subject     Subject
	minor       int64 // of the side, not negative
	records     int
	first, last int64    // positions
	kinds       []string // in the order of their first record
}

// sums are what was posted on the dates of a period.
type sums struct {
	reading *reading
	from    ledger.Date // what is before it is only noted as a date
	by      map[sumKey]*sum
	dates   map[ledger.Date]struct{} // with a record that moved money
}

// sum reads what was posted in a part of the journal on the dates of a period.
// Dates from the first one on are noted, though only the period is summed.
func (r *reading) sum(ctx context.Context, part days.Span, first ledger.Date, p Period) (*sums, error) {
	s := &sums{reading: r, from: p.From, by: map[sumKey]*sum{}, dates: map[ledger.Date]struct{}{}}
	err := r.pages(ctx, part, func(page []ledger.Record) error {
		page = slices.DeleteFunc(page, func(record ledger.Record) bool { return record.Date.Before(first) || p.To.Before(record.Date) })
		if err := s.settle(ctx, page); err != nil {
			return err
		}
		for i := range page {
			if err := s.add(&page[i]); err != nil {
				return fmt.Errorf("record %d: %w", page[i].Seq, err)
			}
		}
		return nil
	})
	if err == nil {
		err = r.failure()
	}
	return s, err
}

// settle settles the accounts that the records of the period moved.
func (s *sums) settle(ctx context.Context, page []ledger.Record) error {
	var paths []string
	for i := range page {
		if page[i].Date.Before(s.from) {
			continue
		}
		for j := range page[i].Lines {
			paths = append(paths, page[i].Lines[j].Account)
		}
	}
	return s.reading.settle(ctx, paths)
}

// add adds a record: its lines and, if they moved the budget, entries for that.
func (s *sums) add(record *ledger.Record) error {
	complete := true
	for i := range record.Lines {
		line := &record.Lines[i]
		if line.Amount.IsZero() {
			continue
		}
		s.dates[record.Date] = struct{}{}
		if record.Date.Before(s.from) {
			return nil
		}
		a := s.reading.target(line.Account)
		if a == nil {
			complete = false
			continue
		}
		if err := s.post(record, a.rule.subject(), a.items, line.Amount.Minor()); err != nil {
			return err
		}
	}
	if !complete {
		return nil // the whole will fail
	}
	entries, err := s.reading.budgetEntries(record)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := s.post(record, entry.subject, items{}, entry.minor); err != nil {
			return err
		}
	}
	return nil
}

// post adds an amount, debit positive.
func (s *sums) post(record *ledger.Record, subject Subject, with items, minor int64) error {
	key := sumKey{date: record.Date, code: subject.Code, items: with, side: ledger.DebitSide}
	if minor < 0 {
		key.side = ledger.CreditSide
	}
	to := s.by[key]
	if to == nil {
		to = &sum{subject: subject, first: record.Seq}
		s.by[key] = to
	}
	to.minor += int64(key.side) * minor
	if to.minor < 0 {
		return fmt.Errorf("subject %s: %w", subject.Code, ledger.ErrOverflow)
	}
	if to.last != record.Seq {
		to.records++
		to.last = record.Seq
	}
	if kind := kindOf(record); !slices.Contains(to.kinds, kind) {
		to.kinds = append(to.kinds, kind)
	}
	return nil
}

// kindOf is what a record did: a capture does what its hold was for.
func kindOf(record *ledger.Record) string {
	if record.Kind == ledger.KindCapture {
		return record.For
	}
	return record.Kind
}
