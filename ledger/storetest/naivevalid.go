package storetest

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

var (
	pathForm = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)
	nameForm = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	kindForm = regexp.MustCompile(`^[a-z][a-z0-9._-]*$`)
)

// lookUp looks at a request before it is its turn. It answers false if the form
// is wrong, and what the request refers to, nil if that is not there.
func (n *naive) lookUp(request ledger.Request) (about *naiveRecord, ok bool) {
	switch r := request.(type) {
	case ledger.Reversal:
		about = n.ids[r.Of]
	case ledger.Refund:
		about = n.ids[r.Of]
		for _, line := range r.Lines {
			if about != nil && len(about.lines) > 0 && line.Line >= len(about.lines) {
				return nil, false
			}
		}
	case ledger.Capture:
		about = n.authorized(r.Hold)
		if about != nil && r.Amounts != nil && len(r.Amounts) != len(about.held) {
			return nil, false
		}
	case ledger.Release:
		about = n.authorized(r.Hold)
	}
	return about, valid(request)
}

// valid reports whether a request is well formed whatever the book holds.
func valid(request ledger.Request) bool {
	switch r := request.(type) {
	case ledger.Transaction:
		return validTransaction(r)
	case ledger.Authorization:
		return validTransaction(r.Transaction) && r.Expires.Nanosecond()%1000 == 0
	case ledger.Reversal:
		return validJSON(r.Document)
	case ledger.Refund:
		return validRefund(r)
	case ledger.Capture:
		return validCapture(r)
	case ledger.Release:
		return r.Hold != uuid.Nil
	case ledger.Opening:
		return validOpening(r)
	case ledger.Change:
		return validChange(r)
	case ledger.Chart:
		return r.ID != uuid.Nil && r.By != "" && r.Why != "" && validFamilies(r.Families)
	}
	return false
}

func validTransaction(t ledger.Transaction) bool {
	for _, p := range t.Postings {
		if !pathForm.MatchString(p.Account) || p.Side != ledger.DebitSide && p.Side != ledger.CreditSide || !validTake(p.Take, p.Amount) {
			return false
		}
	}
	return t.ID != uuid.Nil && validKind(t.Kind) && validJSON(t.Document) && len(t.Postings) >= 2
}

func validKind(kind string) bool {
	return kindForm.MatchString(kind) && !strings.HasPrefix(kind, "ledger.")
}

func validTake(take ledger.Take, amount money.Amount) bool {
	if take == ledger.Rest {
		return amount == money.Amount{}
	}
	return (take == ledger.Exact || take == ledger.UpTo) && amount.IsValid() && amount.Sign() > 0
}

func validRefund(r ledger.Refund) bool {
	seen := make(map[int]bool)
	for _, line := range r.Lines {
		if line.Line < 0 || seen[line.Line] || !validTake(line.Take, line.Amount) {
			return false
		}
		seen[line.Line] = true
	}
	return r.ID != uuid.Nil && validJSON(r.Document) && len(r.Lines) >= 2
}

func validCapture(c ledger.Capture) bool {
	for _, amount := range c.Amounts {
		if !amount.IsValid() || amount.Sign() < 0 {
			return false
		}
	}
	return c.ID != uuid.Nil && c.Hold != uuid.Nil && validJSON(c.Document)
}

func validOpening(o ledger.Opening) bool {
	for _, spec := range o.Accounts {
		if !validGiven(spec) || !validMetadata(spec.Metadata) {
			return false
		}
	}
	return o.ID != uuid.Nil && len(o.Accounts) > 0
}

// validGiven reports whether what is given of an account may be, whatever its
// family says of the rest.
func validGiven(spec ledger.AccountSpec) bool {
	limits := spec.Limits
	if !spec.Currency.IsValid() { // of which currency they must be is seen later
		spec.Floor, spec.Ceiling, spec.Limits = money.Amount{}, money.Amount{}, nil
	}
	spec = fill(spec, ledger.AccountSpec{Control: "1", Side: ledger.DebitSide, Currency: money.EUR})
	if spec.State == "" {
		spec.State = ledger.StateOpen
	}
	return validSpec(spec) && validLimits(limits, money.Currency{})
}

func validChange(c ledger.Change) bool {
	if c.Floor.IsValid() && c.Ceiling.IsValid() && (c.Floor.Currency() != c.Ceiling.Currency() || c.Floor.Minor() > c.Ceiling.Minor()) {
		return false
	}
	return c.ID != uuid.Nil && c.By != "" && c.Why != "" && pathForm.MatchString(c.Account) && validState(c.State) &&
		validMetadata(c.Metadata) && validLimits(c.Limits, money.Currency{})
}

// validSpec reports whether an account can be opened so.
func validSpec(s ledger.AccountSpec) bool {
	empty := naiveAccount{AccountSpec: s}
	return pathForm.MatchString(s.Path) && nameForm.MatchString(s.Control) &&
		(s.Side == ledger.DebitSide || s.Side == ledger.CreditSide) && s.Currency.IsValid() &&
		validState(s.State) && s.State != ledger.StateClosed &&
		validBounds(s) && validLimits(s.Limits, s.Currency) && empty.outside() == ""
}

func validState(s ledger.State) bool {
	switch s {
	case ledger.StateOpen, ledger.StateFrozen, ledger.StateFrozenDebits, ledger.StateFrozenCredits, ledger.StateClosed:
		return true
	}
	return false
}

func validBounds(s ledger.AccountSpec) bool {
	for _, bound := range []money.Amount{s.Floor, s.Ceiling} {
		if bound.IsValid() && bound.Currency() != s.Currency {
			return false
		}
	}
	return !s.Floor.IsValid() || !s.Ceiling.IsValid() || s.Floor.Minor() <= s.Ceiling.Minor()
}

// validLimits reports whether an account in the currency may have the limits; the
// zero Currency leaves that open.
func validLimits(limits ledger.Limits, currency money.Currency) bool {
	names := make(map[string]bool)
	for _, l := range limits {
		if names[l.Name] || !validLimit(l) || currency.IsValid() && l.Max.Currency() != currency {
			return false
		}
		names[l.Name] = true
	}
	return len(limits) <= 16
}

func validLimit(l ledger.Limit) bool {
	for _, kind := range l.Kinds {
		if !validKind(kind) {
			return false
		}
	}
	window := l.Per == ledger.PerTransaction || l.Per == ledger.PerDay || l.Per == ledger.PerWeek
	side := l.Side == ledger.DebitSide || l.Side == ledger.CreditSide
	return nameForm.MatchString(l.Name) && window && side && l.Max.IsValid() && l.Max.Sign() >= 0 && !(l.Except && len(l.Kinds) == 0)
}

func validFamilies(families []ledger.Family) bool {
	seen := make(map[string]bool)
	for _, f := range families {
		spec := ledger.AccountSpec{
			Path: f.Path, Control: f.Control, Side: f.Side, Currency: f.Currency,
			Floor: f.Floor, Ceiling: f.Ceiling, Limits: f.Limits, State: ledger.StateOpen,
		}
		if !f.Currency.IsValid() {
			if f.Floor.IsValid() || f.Ceiling.IsValid() || len(f.Limits) > 0 {
				return false
			}
			spec.Currency = money.EUR // whichever
		}
		if !validSpec(spec) || seen[f.Path] {
			return false
		}
		seen[f.Path] = true
	}
	return len(families) > 0
}

func validJSON(document json.RawMessage) bool { return len(document) == 0 || json.Valid(document) }

func validMetadata(metadata json.RawMessage) bool {
	var object map[string]any
	return len(metadata) == 0 || json.Unmarshal(metadata, &object) == nil && object != nil
}
