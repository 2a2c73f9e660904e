package audit

import (
	"math"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// use is how much of a limit was used in the window that it was last used in.
type use struct {
	since ledger.Date // the first date of the window
	minor int64
}

// counted is a record as limits see it.
type counted struct {
	seq  int64
	kind string // of transaction
	date ledger.Date
}

// windowOf returns the first date of the limit's window around the date.
func windowOf(l *ledger.Limit, date ledger.Date) ledger.Date {
	if l.Per == ledger.PerWeek {
		for date.Time().Weekday() != time.Monday {
			date = date.AddDays(-1)
		}
	}
	return date
}

// passed reports whether something was used of the limit in a later window than
// the date's: a date was reopened. Then it neither stops nor counts.
func (u *use) passed(l *ledger.Limit, date ledger.Date) bool {
	return windowOf(l, date).Before(u.since)
}

// limited reports whether the limit looks at a side of a transaction of the
// kind. Corrections have no kind.
func limited(l *ledger.Limit, side ledger.Side, kind string) bool {
	named := slices.Contains(l.Kinds, kind)
	return kind != "" && l.Side == side && (len(l.Kinds) == 0 || named && !l.Except || !named && l.Except)
}

// allowance is how much the side may take in one record of the kind and date,
// and the name of the limit that says so.
func (x *account) allowance(side ledger.Side, kind string, date ledger.Date) (most int64, by string) {
	most = math.MaxInt64
	for i := range x.spec.Limits {
		l, u := &x.spec.Limits[i], &x.used[i]
		if !limited(l, side, kind) || u.passed(l, date) {
			continue
		}
		left := l.Max.Minor()
		if l.Per != ledger.PerTransaction && u.since == windowOf(l, date) {
			left = max(0, left-u.minor)
		}
		if by == "" || left < most {
			most, by = left, l.Name
		}
	}
	return most, by
}

// use counts what a record took. In another window it begins anew.
func (x *account) use(side ledger.Side, kind string, date ledger.Date, minor int64) {
	for i := range x.spec.Limits {
		l, u := &x.spec.Limits[i], &x.used[i]
		if minor == 0 || l.Per == ledger.PerTransaction || !limited(l, side, kind) || u.passed(l, date) {
			continue
		}
		if since := windowOf(l, date); u.since != since {
			*u = use{since: since}
		}
		u.minor += minor
	}
}

// giveBack takes back what the record at a position had used: of its kind, on its
// date. It does nothing if the date of today is in another window, or that window
// is no more the last one used, or if the account was changed since: a limit may
// not have counted before.
func (x *account) giveBack(by *counted, today ledger.Date, side ledger.Side, minor int64) {
	for i := range x.spec.Limits {
		l, u := &x.spec.Limits[i], &x.used[i]
		if by.seq > x.changedSeq && limited(l, side, by.kind) && l.Per != ledger.PerTransaction && u.since == windowOf(l, by.date) && u.since == windowOf(l, today) {
			u.minor = max(0, u.minor-minor)
		}
	}
}

// keepUses carries over what was used to changed limits: for those whose name,
// side and window stayed.
func (x *account) keepUses(after ledger.Limits) {
	used := make([]use, len(after))
	for i := range after {
		for j := range x.spec.Limits {
			was, is := &x.spec.Limits[j], &after[i]
			if was.Name == is.Name && was.Side == is.Side && was.Per == is.Per {
				used[i] = x.used[j]
			}
		}
	}
	x.used = used
}

// uses is what was used as the table has it.
func (x *account) uses() ledger.Uses {
	var uses ledger.Uses
	for i, u := range x.used {
		if !u.since.IsZero() {
			uses = append(uses, ledger.Use{Limit: x.spec.Limits[i].Name, Since: u.since, Minor: u.minor})
		}
	}
	return uses
}

// checkLimits reports what the record took beyond a limit, and counts it.
func (a *auditor) checkLimits(p *posting) {
	for i, x := range p.moved {
		if x == nil || len(x.spec.Limits) == 0 || p.first[i] < i {
			continue
		}
		for _, side := range []ledger.Side{ledger.DebitSide, ledger.CreditSide} {
			taken := *p.stand(i).taken(side)
			if most, by := x.allowance(side, p.kind, p.date); taken > most {
				a.find(CodeRecordLimit, p.at(i), "takes %s of account %s, but limit %s leaves %s", x.amount(taken), x.spec.Path, by, x.amount(most))
			}
			x.use(side, p.kind, p.date, taken)
		}
	}
}
