package storetest

import (
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// naiveUses is what was used of an account's limits, by their names: of each
// limit in the last window in which it was used.
type naiveUses map[string]naiveUse

type naiveUse struct {
	since ledger.Date // the window's first date
	minor int64
}

// windowOf returns the first date of the window that the date lies in.
func windowOf(per ledger.Window, date ledger.Date) ledger.Date {
	for per == ledger.PerWeek && date.Time().Weekday() != time.Monday {
		date = date.AddDays(-1)
	}
	return date
}

// looks reports whether a limit looks at a transaction of the kind, on the side
// and date. On a date that was reopened it does not if it was used later.
func (u naiveUses) looks(l *ledger.Limit, side ledger.Side, kind string, date ledger.Date) bool {
	use, used := u[l.Name]
	return looksAt(l, side, kind) && !(used && windowOf(l.Per, date).Before(use.since))
}

// looksAt reports whether a limit counts what a transaction of the kind does on
// the side.
func looksAt(l *ledger.Limit, side ledger.Side, kind string) bool {
	switch {
	case l.Side != side:
		return false
	case len(l.Kinds) == 0:
		return true
	case l.Except:
		return !slices.Contains(l.Kinds, kind)
	}
	return slices.Contains(l.Kinds, kind)
}

// used returns what was used of a limit in the window of the date.
func (u naiveUses) used(l *ledger.Limit, date ledger.Date) int64 {
	if use := u[l.Name]; l.Per != ledger.PerTransaction && use.since == windowOf(l.Per, date) {
		return use.minor
	}
	return 0
}

// room returns how much a transaction of the kind may take on a side.
func (u naiveUses) room(limits ledger.Limits, side ledger.Side, kind string, date ledger.Date) int64 {
	room := int64(1<<63 - 1)
	for i := range limits {
		if l := &limits[i]; u.looks(l, side, kind, date) {
			room = min(room, max(0, l.Max.Minor()-u.used(l, date)))
		}
	}
	return room
}

// count adds what a transaction of the kind took.
func (u naiveUses) count(limits ledger.Limits, side ledger.Side, kind string, date ledger.Date, minor int64) {
	for i := range limits {
		if l := &limits[i]; u.looks(l, side, kind, date) && l.Per != ledger.PerTransaction && minor > 0 {
			u[l.Name] = naiveUse{windowOf(l.Per, date), u.used(l, date) + minor}
		}
	}
}

// giveBack takes away what a transaction of the kind had used on its date.
func (u naiveUses) giveBack(limits ledger.Limits, side ledger.Side, kind string, date, today ledger.Date, minor int64) {
	for i := range limits {
		l := &limits[i]
		if looksAt(l, side, kind) && u.used(l, date) > 0 && windowOf(l.Per, today) == windowOf(l.Per, date) {
			u[l.Name] = naiveUse{windowOf(l.Per, date), max(0, u.used(l, date)-minor)}
		}
	}
}

// keep forgets the uses of limits that are gone or count something else.
func (u naiveUses) keep(before, after ledger.Limits) {
	for name := range u {
		same := func(l ledger.Limit) bool { return l.Name == name }
		was, is := slices.IndexFunc(before, same), slices.IndexFunc(after, same)
		if was < 0 || is < 0 || before[was].Side != after[is].Side || before[was].Per != after[is].Per {
			delete(u, name)
		}
	}
}

// list returns the uses as an account has them.
func (u naiveUses) list(limits ledger.Limits) ledger.Uses {
	var uses ledger.Uses
	for i := range limits {
		if use, ok := u[limits[i].Name]; ok {
			uses = append(uses, ledger.Use{Limit: limits[i].Name, Since: use.since, Minor: use.minor})
		}
	}
	return uses
}
