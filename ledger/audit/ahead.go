package audit

import (
	"context"
	"maps"

	"github.com/campusledger/campusledger/ledger"
)

// lookAhead sums what was posted on dates after one that was opened again, up to
// a position: it is no part of the closing to come. It is read again, of an export
// taken from what was set aside on the way.
func (a *auditor) lookAhead(ctx context.Context, date ledger.Date, last int64) error {
	m := a.model
	for _, moved := range m.ahead {
		for x := range moved {
			m.move(x)
		}
	}
	m.ahead = map[ledger.Date]turnovers{}
	if a.lines != nil {
		for d, moved := range a.aside {
			if date.Before(d) {
				m.ahead[d] = maps.Clone(moved)
			}
		}
	} else if err := a.each(ctx, m.before(date, last), last, func(r *ledger.Record) {
		if date.Before(r.Date) {
			m.addTurnover(m.ahead, r)
		}
	}); err != nil {
		return err
	}
	for _, moved := range m.ahead {
		for x := range moved {
			m.move(x)
		}
	}
	return nil
}

// addTurnover adds the record's lines to those of its date.
func (m *model) addTurnover(of map[ledger.Date]turnovers, r *ledger.Record) {
	if len(r.Lines) == 0 {
		return
	}
	if of[r.Date] == nil {
		of[r.Date] = turnovers{}
	}
	for i := range r.Lines {
		if x := m.accounts[r.Lines[i].Account]; x != nil {
			of[r.Date].add(x, r.Lines[i].Amount.Minor())
		}
	}
}

// reopening is where an export opens a date again.
type reopening struct {
	seq int64
	// first is the earliest date that it or one after it opens.
	first ledger.Date
}

// earliest sets the earliest dates of reopenings in the order of the journal.
func earliest(reopenings []reopening) {
	for i := len(reopenings) - 2; i >= 0; i-- {
		if later := reopenings[i+1].first; later.Before(reopenings[i].first) {
			reopenings[i].first = later
		}
	}
}

// setAside sums the record's lines by date if a reopening to come will look for
// them, so that an export is not read again at each. What none will is forgotten.
func (a *auditor) setAside(r *ledger.Record) {
	passed := 0
	for passed < len(a.reopenings) && a.reopenings[passed].seq <= r.Seq {
		passed++
	}
	if a.reopenings = a.reopenings[passed:]; len(a.reopenings) == 0 {
		a.aside = nil
		return
	}
	first := a.reopenings[0].first
	if passed > 0 {
		maps.DeleteFunc(a.aside, func(d ledger.Date, _ turnovers) bool { return !first.Before(d) })
	}
	if first.Before(r.Date) {
		if a.aside == nil {
			a.aside = map[ledger.Date]turnovers{}
		}
		a.model.addTurnover(a.aside, r)
	}
}
