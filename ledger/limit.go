package ledger

import (
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/ledger/money"
)

// Window is the span over which a [Limit] counts.
type Window string

// The windows. Days and weeks are of business dates; a week begins on Monday
// (ISO 8601).
const (
	PerTransaction Window = "transaction"
	PerDay         Window = "day"
	PerWeek        Window = "week"
)

// start returns the first date of the window that the date lies in.
func (w Window) start(date Date) Date {
	if w == PerWeek {
		sinceMonday := (int(date.Time().Weekday()) + 6) % 7
		return date.AddDays(-sinceMonday)
	}
	return date
}

// Limit caps what one side of an account takes within a window.
//
// What counts are the lines of transactions and of holds, when they are
// authorized. A reversal or a refund, and what a hold gives back when it ends,
// are never limited: within the same window they return what they undo, unless
// the account was changed in between. Undoing a capture returns nothing: its
// hold used the limit. On a date that was reopened, a limit of a day or a week
// does not look at an account that has used it in a later window since.
type Limit struct {
	// Name is the reason for people, such as "guardian": a name as in a
	// path, unique in the account.
	Name string
	// Side is the side that is capped: the debits of a wallet are what it
	// spends.
	Side Side
	// Per is the window.
	Per Window
	// Kinds are the kinds of transaction that count, at most 16; none means
	// every kind.
	Kinds []string
	// Except turns Kinds around: they are those that do not count. A subsidy
	// that only buys meals has a Max of zero for all kinds except "sale".
	Except bool
	// Max is the most that may be taken: zero or more.
	Max money.Amount
}

// counts reports whether the limit looks at a transaction of the kind.
func (l *Limit) counts(kind string) bool {
	return len(l.Kinds) == 0 || slices.Contains(l.Kinds, kind) != l.Except
}

// Limits are the limits of an account. Their text is the canonical JSON that
// FORMAT.md specifies, empty for none.
type Limits []Limit

// Use is how much of a limit was used in the window that began on Since, the
// latest in which it was. In a later window nothing has been used.
type Use struct {
	Limit string // its name
	Since Date
	Minor int64 // minor units, zero or more
}

// Uses are the uses of an account's limits, in the order of the limits.
type Uses []Use

// of returns what was used of the limit in the window of the date.
func (u Uses) of(l *Limit, date Date) int64 {
	for i := range u {
		if u[i].Limit == l.Name && l.Per != PerTransaction && u[i].Since == l.Per.start(date) {
			return u[i].Minor
		}
	}
	return 0
}

// later reports whether the limit was used in a later window than the date's.
func (u Uses) later(l *Limit, date Date) bool {
	return slices.ContainsFunc(u, func(use Use) bool { return use.Limit == l.Name && l.Per.start(date).Before(use.Since) })
}

// with returns the uses with the limit's set, in the order of the limits. It
// leaves u as it is: copies of an account share it.
func (u Uses) with(limits Limits, l *Limit, since Date, minor int64) Uses {
	var uses Uses
	for i := range limits {
		if limits[i].Name == l.Name {
			uses = append(uses, Use{Limit: l.Name, Since: since, Minor: minor})
			continue
		}
		at := slices.IndexFunc(u, func(use Use) bool { return use.Limit == limits[i].Name })
		if at >= 0 {
			uses = append(uses, u[at])
		}
	}
	return uses
}

// kept returns the uses that still mean something under changed limits.
func (u Uses) kept(before, after Limits) Uses {
	var uses Uses
	for i := range after {
		l := &after[i]
		was := slices.IndexFunc(before, func(b Limit) bool { return b.Name == l.Name && b.Per == l.Per && b.Side == l.Side })
		at := slices.IndexFunc(u, func(use Use) bool { return use.Limit == l.Name })
		if was >= 0 && at >= 0 {
			uses = append(uses, u[at])
		}
	}
	return uses
}

// limitRoom returns how much more the side can take in a transaction of the
// kind on the date that has taken so much of it already, and the limit that
// says so.
func (a *Account) limitRoom(side Side, kind string, date Date, taken int64) (int64, *Limit) {
	room, by := int64(1<<63-1), (*Limit)(nil)
	for i := range a.Limits {
		l := &a.Limits[i]
		if l.Side != side || !l.counts(kind) || a.Used.later(l, date) {
			continue
		}
		if left := distance(taken, distance(a.Used.of(l, date), l.Max.Minor())); by == nil || left < room {
			room, by = left, l
		}
	}
	return room, by
}

// use counts what a transaction of the kind took on a side.
func (a *Account) use(side Side, kind string, date Date, minor int64) {
	for i := range a.Limits {
		l := &a.Limits[i]
		if l.Side == side && l.Per != PerTransaction && l.counts(kind) && minor > 0 && !a.Used.later(l, date) {
			a.Used = a.Used.with(a.Limits, l, l.Per.start(date), a.Used.of(l, date)+minor)
		}
	}
}

// giveBack takes back what a record of a transaction of the kind used on its
// date, if the date of today is in the same window, and if the account has not
// been changed since: a limit may not have counted before.
func (a *Account) giveBack(side Side, r *Record, kind string, today Date, minor int64) {
	if r.Seq < a.ChangedSeq {
		return
	}
	for i := range a.Limits {
		l := &a.Limits[i]
		used := a.Used.of(l, r.Date)
		if l.Side == side && l.counts(kind) && used > 0 && l.Per.start(today) == l.Per.start(r.Date) {
			a.Used = a.Used.with(a.Limits, l, l.Per.start(r.Date), distance(minor, used))
		}
	}
}

const (
	limitsMax     = 16
	limitKindsMax = 16
	limitNameMax  = 64
)

// clone returns limits that share nothing with these.
func (ls Limits) clone() Limits {
	cloned := slices.Clone(ls)
	for i := range cloned {
		cloned[i].Kinds = slices.Clone(cloned[i].Kinds)
	}
	return cloned
}

// checkLimits checks limits of an account in the currency; the zero Currency
// leaves the currency to be checked later.
func checkLimits(field string, limits Limits, currency money.Currency) error {
	if len(limits) > limitsMax {
		return &InvalidError{Field: field, Problem: fmt.Sprintf("%d of them, at most %d are allowed", len(limits), limitsMax)}
	}
	for i := range limits {
		l, at := &limits[i], fmt.Sprintf("%s[%d]", field, i)
		if slices.ContainsFunc(limits[:i], func(other Limit) bool { return other.Name == l.Name }) {
			return &InvalidError{Field: at + ".name", Problem: fmt.Sprintf("%q is given twice", l.Name)}
		}
		if err := checkLimit(at, l); err != nil {
			return err
		}
		if currency.IsValid() && l.Max.Currency() != currency {
			return &InvalidError{Field: at + ".max", Problem: fmt.Sprintf("%s is not in %s", l.Max, currency)}
		}
	}
	return nil
}

func checkLimit(field string, l *Limit) error {
	switch {
	case !isName(l.Name) || len(l.Name) > limitNameMax:
		return &InvalidError{Field: field + ".name", Problem: fmt.Sprintf("%.70q: want 1 to %d letters, digits, '.', '_' and '-'", l.Name, limitNameMax)}
	case l.Per != PerTransaction && l.Per != PerDay && l.Per != PerWeek:
		return &InvalidError{Field: field + ".per", Problem: fmt.Sprintf("%.20q is none of transaction, day and week", l.Per)}
	case !l.Max.IsValid() || l.Max.Sign() < 0:
		return &InvalidError{Field: field + ".max", Problem: fmt.Sprintf("is %s, want zero or more", l.Max)}
	case len(l.Kinds) > limitKindsMax || l.Except && len(l.Kinds) == 0:
		return &InvalidError{Field: field + ".kinds", Problem: fmt.Sprintf("%d of them, want at most %d, and one at least to except", len(l.Kinds), limitKindsMax)}
	}
	for _, kind := range l.Kinds {
		if err := checkKind(kind); err != nil {
			return &InvalidError{Field: field + ".kinds", Problem: err.Error()}
		}
	}
	return checkSide(field, l.Side)
}

// String returns the canonical JSON of the limits, "" for none.
func (ls Limits) String() string {
	if len(ls) == 0 {
		return ""
	}
	return string(appendList(nil, ls, appendLimit))
}

// ParseLimits reads what [Limits.String] wrote, for an account in the currency.
// Anything else is [ErrCorrupt].
func ParseLimits(text string, currency money.Currency) (Limits, error) {
	if text == "" {
		return nil, nil
	}
	s := newScanner(text)
	limits := s.limits(currency)
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("limits: %w: %w", ErrCorrupt, err)
	}
	return limits, nil
}

// String returns the uses as JSON, [[limit, since, minor units], …], "" for
// none.
func (u Uses) String() string {
	if len(u) == 0 {
		return ""
	}
	return string(appendList(nil, u, appendUse))
}

func appendUse(b []byte, u *Use) []byte {
	b = appendString(append(b, '['), u.Limit)
	b = append(b, `,"`...)
	b = u.Since.append(b)
	return fmt.Appendf(b, `",%d]`, u.Minor)
}

// ParseUses reads what [Uses.String] wrote. Anything else is [ErrCorrupt].
func ParseUses(text string) (Uses, error) {
	if text == "" {
		return nil, nil
	}
	s := newScanner(text)
	uses := Uses(listOf(s, s.use))
	if err := s.end(); err != nil {
		return nil, fmt.Errorf("uses: %w: %w", ErrCorrupt, err)
	}
	return uses, nil
}
