package audit

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// dayClose is a day close that was not reopened, with the fingerprint of the
// closings that it wrote.
type dayClose struct {
	seq      int64
	id       uuid.UUID
	date     ledger.Date
	closings int64
	print    fingerprint
}

// dated is what the journal has of a business date.
type dated struct {
	first  int64 // position
	posted bool  // whether a record has lines
	closes int   // ever
}

// turnover is what was posted to an account, turnovers that of several.
type turnover struct{ debits, credits int64 }

type turnovers map[*account]turnover

func (t turnovers) add(x *account, amount int64) {
	sum := t[x]
	sum.debits += max(0, amount)
	sum.credits -= min(0, amount)
	t[x] = sum
}

// closedSeq is the position of the last day close in force.
func (m *model) closedSeq() int64 {
	if len(m.closes) == 0 {
		return 0
	}
	return m.closes[len(m.closes)-1].seq
}

// closeDay writes down every account that a record touched since the position
// for it: the last day close or, after a reopening, one before whatever was
// posted on dates to come. It seals what all accounts stand at.
func (a *auditor) closeDay(r *ledger.Record) {
	m := a.model
	a.checkPrev(r, m.closedSeq())
	later := m.later(r.Date)
	done := dayClose{seq: r.Seq, id: r.ID, date: r.Date}
	for _, x := range m.touched {
		debits, credits := x.until(later)
		done.print.add(m.rows.closing(r.Date, x.number, debits, credits))
		done.closings++
	}
	m.closings += done.closings
	a.checkBalances(r, later)
	m.closes = append(m.closes, done)
	m.dates[r.Date].closes++
	m.openDate = r.Next
	for date := range m.ahead {
		if !r.Date.Before(date) {
			delete(m.ahead, date)
		}
	}
	switch ahead := m.postedAfter(r.Date); {
	case ahead.IsZero():
		m.touchedSeq, m.touched = r.Seq, m.touched[:0] // else the closings to come have to look as far back
	case ahead.Before(r.Next):
		a.find(CodeJournalDate, recordPart(r.Seq, "next"), "%s passes over %s, on which something was posted", r.Next, ahead)
	}
}

// until returns all that was posted to the account, but for what was later.
func (x *account) until(later turnovers) (debits, credits int64) {
	off := later[x]
	return x.debits - off.debits, x.credits - off.credits
}

// later sums what was posted on dates after one.
func (m *model) later(date ledger.Date) turnovers {
	var sums turnovers
	for d, moved := range m.ahead {
		if !date.Before(d) {
			continue
		}
		for x, t := range moved {
			if sums == nil {
				sums = turnovers{}
			}
			sum := sums[x]
			sums[x] = turnover{sum.debits + t.debits, sum.credits + t.credits}
		}
	}
	return sums
}

// date takes down the record's date.
func (m *model) date(r *ledger.Record) {
	d := m.dates[r.Date]
	if d == nil {
		d = &dated{first: r.Seq}
		m.dates[r.Date] = d
		m.days = slices.Insert(m.days, m.after(r.Date), r.Date)
	}
	d.posted = d.posted || len(r.Lines) > 0
}

// after returns where in the days those after a date begin.
func (m *model) after(date ledger.Date) int {
	i, found := slices.BinarySearchFunc(m.days, date, ledger.Date.Compare)
	if found {
		i++
	}
	return i
}

// postedAfter returns the first date after another on which something was
// posted: there is one only if dates were reopened.
func (m *model) postedAfter(date ledger.Date) ledger.Date {
	for _, d := range m.days[m.after(date):] {
		if m.dates[d].posted {
			return d
		}
	}
	return ledger.Date{}
}

// before returns the position before whatever the journal has of dates after one,
// at most the given position.
func (m *model) before(date ledger.Date, most int64) int64 {
	for _, d := range m.days[m.after(date):] {
		most = min(most, m.dates[d].first-1)
	}
	return most
}

// reopen opens the date of the latest close again and takes its closings back.
func (a *auditor) reopen(ctx context.Context, r *ledger.Record) error {
	m := a.model
	a.checkPrev(r, m.reopenSeq)
	m.reopenSeq, m.openDate = r.Seq, r.Next
	n := len(m.closes) - 1
	if n < 0 || m.closes[n].id != r.Of {
		a.find(CodeRecordReopening, recordPart(r.Seq, "of"), "record %s is not the latest day close", r.Of)
		return nil
	}
	undone := m.closes[n]
	if r.Next != undone.date {
		a.differ(CodeRecordReopening, recordPart(r.Seq, "next"), undone.date.String(), r.Next.String())
	}
	m.closes = m.closes[:n]
	m.closings -= undone.closings
	m.rows.takeBack(undone.date, undone.print, undone.closings)
	since := int64(0)
	if n > 0 {
		since = m.before(m.closes[n-1].date, m.closes[n-1].seq)
	}
	m.touchAgain(min(m.touchedSeq, since))
	return a.lookAhead(ctx, undone.date, r.Seq)
}

// touchAgain moves back the position since which closings are to be written.
func (m *model) touchAgain(since int64) {
	m.touchedSeq, m.touched = since, m.touched[:0]
	for _, x := range m.numbered {
		if x.lastSeq > since {
			m.touched = append(m.touched, x)
		}
	}
}

// checkPrev checks which record this one takes the place of.
func (a *auditor) checkPrev(r *ledger.Record, want int64) {
	if r.Prev != want {
		a.differ(CodeRecordPrev, recordPart(r.Seq, "prev"), decimal(want), decimal(r.Prev))
	}
}
