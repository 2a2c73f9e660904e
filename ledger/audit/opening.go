package audit

import (
	"github.com/campusledger/campusledger/ledger"
)

// opening opens the record's accounts.
func (a *auditor) opening(r *ledger.Record) {
	for i, spec := range r.Accounts {
		at := recordPart(r.Seq, "accounts[%d]", i)
		if _, ok := a.model.accounts[spec.Path]; ok {
			a.find(CodeRecordAccount, at, "account %s is open already", spec.Path)
			continue
		}
		opened := a.model.open(spec)
		opened.lastSeq = r.Seq
		if spec.State == ledger.StateClosed {
			a.find(CodeRecordState, at, "account %s is opened closed", spec.Path)
		}
		a.checkBounds(at, opened)
	}
}

// change replaces the bounds and the state of an account.
func (a *auditor) change(r *ledger.Record) {
	at := recordPart(r.Seq, "accounts[0]")
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
	switch {
	case was.State == ledger.StateClosed:
		a.find(CodeRecordState, at, "account %s was closed for good", spec.Path)
	case spec.State == ledger.StateClosed && changed.balance != 0:
		a.find(CodeRecordState, at, "account %s is closed with a balance", spec.Path)
	}
	changed.spec.Floor, changed.spec.Ceiling, changed.spec.State = spec.Floor, spec.Ceiling, spec.State
	changed.lastSeq = r.Seq
	a.checkBounds(at, changed)
}

// checkBounds reports a balance beyond a bound.
func (a *auditor) checkBounds(at row, x *account) {
	if floor := x.spec.Floor; floor.IsValid() && x.own() < floor.Minor() {
		a.find(CodeRecordBound, at, "leaves account %s at %s, below its floor %s", x.spec.Path, x.amount(x.own()), x.amount(floor.Minor()))
	}
	if ceiling := x.spec.Ceiling; ceiling.IsValid() && x.own() > ceiling.Minor() {
		a.find(CodeRecordBound, at, "leaves account %s at %s, above its ceiling %s", x.spec.Path, x.amount(x.own()), x.amount(ceiling.Minor()))
	}
}
