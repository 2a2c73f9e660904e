package voucher

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
)

// Period is business dates, both included.
type Period struct {
	From ledger.Date `json:"from"`
	To   ledger.Date `json:"to"`
}

// includes reports whether the date is in the period.
func (p Period) includes(date ledger.Date) bool { return !date.Before(p.From) && !p.To.Before(date) }

func (p Period) check(head *ledger.Head) error {
	switch {
	case p.From.IsZero():
		return &ledger.InvalidError{Field: "from", Problem: "is missing"}
	case p.To.IsZero():
		return &ledger.InvalidError{Field: "to", Problem: "is missing"}
	case p.To.Before(p.From):
		return &ledger.InvalidError{Field: "to", Problem: fmt.Sprintf("%s is before %s", p.To, p.From)}
	case p.To == head.OpenDate:
		return &ledger.InvalidError{Field: "to", Problem: fmt.Sprintf("%s is still open", p.To)}
	case head.OpenDate.Before(p.To):
		return &ledger.DateError{Date: p.To, Open: head.OpenDate, Err: ledger.ErrDateNotOpen}
	}
	return nil
}

// monthOf returns the first day of the month.
func monthOf(date ledger.Date) ledger.Date {
	t := date.Time()
	return ledger.DateOf(t.Year(), t.Month(), 1)
}

// span returns where the records of the closed dates of a period are.
func (r *reading) span(ctx context.Context, p Period) (days.Span, error) {
	return days.Find(ctx, r.reader, &r.head, p.From, p.To)
}

// pages reads a span page by page and calls visit with the records of each.
func (r *reading) pages(ctx context.Context, s days.Span, visit func([]ledger.Record) error) error {
	for after := s.After; after < s.Last; {
		page := make([]ledger.Record, 0, chunkMax)
		for stored, err := range r.reader.Records(ctx, r.book, ledger.RecordQuery{After: after, Limit: chunkMax}) {
			if err != nil {
				return err
			}
			record, err := ledger.ParseRecord(stored.Body)
			if err != nil {
				return fmt.Errorf("record %d: %w", stored.Seq, err)
			}
			if after = stored.Seq; after <= s.Last {
				page = append(page, record)
			}
		}
		if err := visit(page); err != nil {
			return err
		}
		if len(page) == 0 {
			return fmt.Errorf("position %d: %w", after+1, ledger.ErrRecordUnknown)
		}
	}
	return nil
}
