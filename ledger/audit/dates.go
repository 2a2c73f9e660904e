package audit

import (
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// dayClose is a day close that was not reopened.
type dayClose struct {
	seq  int64
	id   uuid.UUID
	date ledger.Date
}

// day is what an account moved on a business date.
type day struct {
	date            ledger.Date
	debits, credits int64
}

// closing is a row that a day close writes.
type closing struct {
	date ledger.Date
	seen bool // in the table
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
// posted on dates to come.
func (a *auditor) closeDay(r *ledger.Record) {
	m := a.model
	a.checkPrev(r, m.closedSeq())
	for _, x := range m.numbered {
		if x.lastSeq > m.touchedSeq {
			x.closings = append(x.closings, closing{date: r.Date})
		}
	}
	m.closes = append(m.closes, dayClose{seq: r.Seq, id: r.ID, date: r.Date})
	m.closed[r.Date]++
	m.openDate = r.Next
	switch ahead := m.postedAfter(r.Date); {
	case ahead.IsZero():
		m.touchedSeq = r.Seq // else the closings to come have to look as far back
	case ahead.Before(r.Next):
		a.find(CodeJournalDate, recordPart(r.Seq, "next"), "%s passes over %s, on which something was posted", r.Next, ahead)
	}
}

// dated is what the journal has of a business date.
type dated struct {
	first  int64 // position
	posted bool  // whether a record has lines
}

// date takes down the record's date.
func (m *model) date(r *ledger.Record) {
	d, ok := m.dates[r.Date]
	if !ok {
		d.first = r.Seq
	}
	d.posted = d.posted || len(r.Lines) > 0
	m.dates[r.Date] = d
}

// postedAfter returns the first date after another on which something was
// posted: there is one only if dates were reopened.
func (m *model) postedAfter(date ledger.Date) (first ledger.Date) {
	for d, has := range m.dates {
		if has.posted && date.Before(d) && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}

// since returns the position before whatever the journal has of dates after that
// of the last close in force, or that close.
func (m *model) since() int64 {
	since := m.closedSeq()
	for d, has := range m.dates {
		if since > 0 && m.closes[len(m.closes)-1].date.Before(d) {
			since = min(since, has.first-1)
		}
	}
	return since
}

// reopen opens the date of the latest close again and takes its closings back.
func (a *auditor) reopen(r *ledger.Record) {
	m := a.model
	a.checkPrev(r, m.reopenSeq)
	m.reopenSeq, m.openDate = r.Seq, r.Next
	n := len(m.closes) - 1
	if n < 0 || m.closes[n].id != r.Of {
		a.find(CodeRecordReopening, recordPart(r.Seq, "of"), "record %s is not the latest day close", r.Of)
		return
	}
	date := m.closes[n].date
	if r.Next != date {
		a.differ(CodeRecordReopening, recordPart(r.Seq, "next"), date.String(), r.Next.String())
	}
	m.closes = m.closes[:n]
	m.touchedSeq = min(m.touchedSeq, m.since())
	for _, x := range m.numbered {
		if last := len(x.closings) - 1; last >= 0 && x.closings[last].date == date {
			x.closings = x.closings[:last]
		}
	}
}

// on returns what the account moved on the date, for more to be added.
func (x *account) on(date ledger.Date) *day {
	if last := len(x.days) - 1; last >= 0 && x.days[last].date == date {
		return &x.days[last]
	}
	i, ok := slices.BinarySearchFunc(x.days, date, byDate)
	if !ok {
		x.days = slices.Insert(x.days, i, day{date: date})
	}
	return &x.days[i]
}

func byDate(d day, date ledger.Date) int { return d.date.Compare(date) }

// accumulate turns the days into running totals, once nothing more moves.
func (x *account) accumulate() {
	for i := 1; i < len(x.days); i++ {
		x.days[i].debits += x.days[i-1].debits
		x.days[i].credits += x.days[i-1].credits
	}
}

// until returns all that was posted with the date or an earlier one, after
// accumulate.
func (x *account) until(date ledger.Date) (debits, credits int64) {
	i, ok := slices.BinarySearchFunc(x.days, date, byDate)
	if ok {
		i++
	}
	if i == 0 {
		return 0, 0
	}
	return x.days[i-1].debits, x.days[i-1].credits
}

// checkPrev checks which record this one takes the place of.
func (a *auditor) checkPrev(r *ledger.Record, want int64) {
	if r.Prev != want {
		a.differ(CodeRecordPrev, recordPart(r.Seq, "prev"), decimal(want), decimal(r.Prev))
	}
}
