package audit

import (
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// opening opens the record's accounts.
func (a *auditor) opening(r *ledger.Record) {
	for i, spec := range r.Accounts {
		at := recordPart(r.Seq, "accounts").at(i)
		if _, ok := a.model.accounts[spec.Path]; ok {
			a.find(CodeRecordAccount, at, "account %s is open already", spec.Path)
			continue
		}
		if len(a.model.families) > 0 {
			a.checkFamily(at, &spec)
		}
		opened := a.model.open(spec, r.Seq)
		if spec.State == ledger.StateClosed {
			a.find(CodeRecordState, at, "account %s is opened closed", spec.Path)
		}
		a.checkBounds(at, opened)
	}
}

// change replaces the bounds, the limits, the metadata and the state of an
// account.
func (a *auditor) change(r *ledger.Record) {
	at := recordPart(r.Seq, "accounts").at(0)
	if len(r.Accounts) == 0 {
		return
	}
	spec := r.Accounts[0]
	changed, ok := a.model.accounts[spec.Path]
	if !ok {
		a.find(CodeRecordAccount, at, "there is no account %s", spec.Path)
		return
	}
	was := changed.spec
	if spec.Control != was.Control || spec.Currency != was.Currency || spec.Side != was.Side {
		a.find(CodeRecordAccount, at, "the control account, the currency or the side of %s is another than before", spec.Path)
	}
	a.checkPrev(r, changed.changedSeq)
	switch {
	case was.State == ledger.StateClosed:
		a.find(CodeRecordState, at, "account %s was closed for good", spec.Path)
	case spec.State == ledger.StateClosed && (changed.balance != 0 || changed.heldDebits != 0 || changed.heldCredits != 0):
		a.find(CodeRecordState, at, "account %s is closed with a balance or a hold", spec.Path)
	}
	changed.keepUses(spec.Limits)
	changed.spec.Floor, changed.spec.Ceiling, changed.spec.State = spec.Floor, spec.Ceiling, spec.State
	changed.spec.Limits, changed.spec.Metadata = spec.Limits, spec.Metadata
	changed.changedSeq = r.Seq
	a.model.touch(changed, r.Seq)
	a.checkBounds(at, changed)
}

// checkBounds reports a balance beyond a bound, or one that holds can bring
// beyond it.
func (a *auditor) checkBounds(at row, x *account) {
	if floor := x.spec.Floor; floor.IsValid() && x.lowest() < floor.Minor() {
		a.find(CodeRecordBound, at, "leaves account %s at %s, holds taken off, below its floor %s", x.spec.Path, x.amount(x.lowest()), x.amount(floor.Minor()))
	}
	if ceiling := x.spec.Ceiling; ceiling.IsValid() && x.highest() > ceiling.Minor() {
		a.find(CodeRecordBound, at, "leaves account %s at %s, holds added, above its ceiling %s", x.spec.Path, x.amount(x.highest()), x.amount(ceiling.Minor()))
	}
}

// chart replaces the chart of accounts.
func (a *auditor) chart(r *ledger.Record) {
	m := a.model
	a.checkPrev(r, m.chartSeq)
	m.chartSeq, m.families = r.Seq, r.Families
}

// familyOf returns the family of an account, or nil: of those whose path is the
// account's or above it, the one with the longest.
func (m *model) familyOf(path string) *ledger.Family {
	var family *ledger.Family
	for i := range m.families {
		f := &m.families[i]
		above := path == f.Path || strings.HasPrefix(path, f.Path+"/")
		if above && (family == nil || len(f.Path) > len(family.Path)) {
			family = f
		}
	}
	return family
}

// checkFamily compares an account that is opened with its family.
func (a *auditor) checkFamily(at row, spec *ledger.AccountSpec) {
	family := a.model.familyOf(spec.Path)
	if family == nil {
		a.find(CodeRecordFamily, at, "the chart has no family for account %s", spec.Path)
		return
	}
	if spec.Control != family.Control || spec.Side != family.Side || family.Currency.IsValid() && spec.Currency != family.Currency {
		a.find(CodeRecordFamily, at, "the control account, the side or the currency of %s is not that of family %s", spec.Path, family.Path)
	}
	if family.Floor.IsValid() && !spec.Floor.IsValid() || family.Ceiling.IsValid() && !spec.Ceiling.IsValid() ||
		len(family.Limits) > 0 && len(spec.Limits) == 0 {
		a.find(CodeRecordFamily, at, "account %s lacks a bound or the limits that family %s gives it", spec.Path, family.Path)
	}
}
