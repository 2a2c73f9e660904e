package audit

import (
	"bytes"
	"math"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// checkSpecs checks the form of the record's accounts.
func (a *auditor) checkSpecs(r *ledger.Record) {
	for i := range r.Accounts {
		spec, at := &r.Accounts[i], recordPart(r.Seq, "accounts").at(i)
		a.checkSpec(at, spec)
		if !spec.Currency.IsValid() {
			a.find(CodeRecordShape, at.of("currency"), "is missing")
		}
		if len(spec.Metadata) > 0 && (!bytes.HasPrefix(spec.Metadata, []byte("{")) || len(spec.Metadata) > metaMax) {
			a.find(CodeRecordShape, at.of("meta"), "is no JSON object of at most %d bytes", metaMax)
		}
	}
}

// checkSpec checks what accounts and families have in common.
func (a *auditor) checkSpec(at row, spec *ledger.AccountSpec) {
	if !isPath(spec.Path) {
		a.find(CodeRecordShape, at.of("path"), "%.140q is no path", spec.Path)
	}
	if !isNamed(spec.Control, controlMax) {
		a.find(CodeRecordShape, at.of("control"), "%.40q is no name of at most %d bytes", spec.Control, controlMax)
	}
	floor, ceiling := spec.Floor, spec.Ceiling
	if floor.IsValid() && ceiling.IsValid() && floor.Minor() > ceiling.Minor() {
		a.find(CodeRecordShape, at, "its floor %s is above its ceiling %s", floor, ceiling)
	}
	if floor.Minor() == math.MinInt64 || ceiling.Minor() == math.MinInt64 {
		a.find(CodeRecordShape, at, "has a bound that none can have")
	}
	a.checkLimitList(at.of("limits"), spec.Limits)
}

// checkLimitList checks the limits of an account or a family.
func (a *auditor) checkLimitList(at row, limits ledger.Limits) {
	if len(limits) > limitsMax {
		a.find(CodeRecordShape, at, "%d of them, but at most %d are allowed", len(limits), limitsMax)
	}
	names := map[string]bool{}
	for i := range limits {
		if l := &limits[i]; !isLimit(l) || names[l.Name] {
			a.find(CodeRecordShape, at, "limit %d is none: its name, window, kinds or max cannot be", i)
		}
		names[limits[i].Name] = true
	}
}

func isLimit(l *ledger.Limit) bool {
	for _, kind := range l.Kinds {
		if !isTransaction(kind) {
			return false
		}
	}
	known := l.Per == ledger.PerTransaction || l.Per == ledger.PerDay || l.Per == ledger.PerWeek
	return known && isNamed(l.Name, limitNameMax) && l.Max.Sign() >= 0 && len(l.Kinds) <= limitsMax && (len(l.Kinds) > 0 || !l.Except)
}

// checkFamilies checks the families of a chart: an account without particulars
// can be opened in each.
func (a *auditor) checkFamilies(r *ledger.Record) {
	paths := map[string]bool{}
	for i := range r.Families {
		f, at := &r.Families[i], recordPart(r.Seq, "families").at(i)
		if paths[f.Path] {
			a.find(CodeRecordShape, at, "family %.140s is there twice", f.Path)
		}
		paths[f.Path] = true
		a.checkSpec(at, &ledger.AccountSpec{
			Path: f.Path, Control: f.Control, Side: f.Side, Currency: f.Currency, Floor: f.Floor, Ceiling: f.Ceiling, Limits: f.Limits,
		})
		if f.Floor.Sign() > 0 || f.Ceiling.Sign() < 0 {
			a.find(CodeRecordShape, at, "its bounds allow no account to begin with nothing")
		}
		if f.Currency == (money.Currency{}) && len(f.Limits) > 0 {
			a.find(CodeRecordShape, at, "family %.140s has limits but no currency", f.Path)
		}
	}
}
