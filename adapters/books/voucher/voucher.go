package voucher

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Voucher is all that was posted on a closed date (记账凭证). Its lines balance in
// each [System].
type Voucher struct {
	Date ledger.Date
	// Number counts the vouchers of a month, from 1: the dates on which money
	// moved. It follows from the journal alone.
	Number int
	Lines  []Line
}

// Line is what was posted to one side of a subject, with the same auxiliary
// items, by the records of a date.
type Line struct {
	Subject                      Subject
	Partner, Project, Department string
	Side                         ledger.Side
	Amount                       money.Amount // positive
	// Records are how many records it sums, First and Last the journal
	// positions of the first and the last of them. Others may lie between.
	Records     int
	First, Last int64
	// Kinds are what the records did, in the order of the first of each kind.
	Kinds []string
}

// Vouchers returns the vouchers of a period whose dates are closed, in the order
// of their dates. A date that was reopened is as it was closed at last. The same
// period is the same at any time, unless one of its dates is reopened.
//
// The journal is read from the close before the first of the period's month.
func (e *Exporter) Vouchers(ctx context.Context, p Period) ([]Voucher, error) {
	var vouchers []Voucher
	err := e.atOneMoment(ctx, func(r *reading) (err error) {
		vouchers, _, err = r.vouchers(ctx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("vouchers of book %d: %w", e.book, err)
	}
	return vouchers, nil
}

// vouchers also returns the position of the close that ended the period.
func (r *reading) vouchers(ctx context.Context, p Period) ([]Voucher, int64, error) {
	if err := p.check(&r.head); err != nil {
		return nil, 0, err
	}
	first := monthOf(p.From)
	part, err := r.span(ctx, Period{From: first, To: p.To})
	if err != nil {
		return nil, 0, err
	}
	s, err := r.sum(ctx, part, first, p)
	if err != nil {
		return nil, 0, err
	}
	return s.vouchers(p), part.Last, nil
}

// vouchers returns a voucher for each date of the period that has one.
func (s *sums) vouchers(p Period) []Voucher {
	lines := map[ledger.Date][]Line{}
	for key, sum := range s.by {
		lines[key.date] = append(lines[key.date], Line{
			Subject: sum.subject, Partner: key.partner, Project: key.project, Department: key.department,
			Side: key.side, Amount: money.Of(sum.minor, s.reading.currency),
			Records: sum.records, First: sum.first, Last: sum.last, Kinds: sum.kinds,
		})
	}
	var vouchers []Voucher
	number, month := 0, ledger.Date{}
	for _, date := range slices.SortedFunc(maps.Keys(s.dates), ledger.Date.Compare) {
		if of := monthOf(date); of != month {
			number, month = 0, of
		}
		number++
		if p.includes(date) {
			slices.SortFunc(lines[date], Line.compare)
			vouchers = append(vouchers, Voucher{Date: date, Number: number, Lines: lines[date]})
		}
	}
	return vouchers
}

// compare orders the lines of a voucher: the financial system first, debits
// first, then by subject and items.
func (l Line) compare(other Line) int {
	return cmp.Or(
		cmp.Compare(l.Subject.System(), other.Subject.System()),
		cmp.Compare(other.Side, l.Side),
		cmp.Compare(l.Subject.Code, other.Subject.Code),
		l.items().compare(other.items()),
	)
}

func (l Line) items() items {
	return items{partner: l.Partner, project: l.Project, department: l.Department}
}
