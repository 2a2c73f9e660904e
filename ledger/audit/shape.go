package audit

import (
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// partNames are the parts that only some kinds of record have.
var partNames = [...]string{
	"accounts", "asked", "balances", "by", "doc", "due", "expires", "families", "final", "for", "held", "lines", "name", "next",
	"of", "prev", "refunds", "refused", "why",
}

// parts is a set of them, a bit for each.
type parts uint32

func partsNamed(names string) (set parts) {
	for _, name := range strings.Fields(names) {
		set |= 1 << slices.Index(partNames[:], name)
	}
	return set
}

// partsOf returns the parts that the record has.
func partsOf(r *ledger.Record) (set parts) {
	for i, has := range [len(partNames)]bool{
		len(r.Accounts) > 0, len(r.Asked) > 0, r.Balances != nil, r.By != "", len(r.Document) > 0, !r.Due.IsZero(), !r.Expires.IsZero(),
		len(r.Families) > 0, r.Final, r.For != "", len(r.Held) > 0, len(r.Lines) > 0, r.Name != "", !r.Next.IsZero(), r.Of != [16]byte{},
		r.Prev != 0, len(r.Refunds) > 0, r.Refused != nil, r.Why != "",
	} {
		if has {
			set |= 1 << i
		}
	}
	return set
}

// form has the parts that a record of a kind must have, and those it may have
// besides.
type form struct{ must, may parts }

func newForm(must, may string) form { return form{partsNamed(must), partsNamed(may)} }

// transaction is the form of every kind that is not the ledger's own.
var transaction = newForm("lines", "by doc due")

// forms are those of the ledger's own kinds.
var forms = map[string]form{
	ledger.KindGenesis:     newForm("name", "by"),
	ledger.KindOpening:     newForm("accounts", "by"),
	ledger.KindChange:      newForm("accounts by prev why", ""),
	ledger.KindDayClose:    newForm("balances next", "by prev"),
	ledger.KindReopen:      newForm("by next of why", "prev"),
	ledger.KindChart:       newForm("by families why", "prev"),
	ledger.KindReversal:    newForm("of", "by doc lines"), // no lines if those of the original all took nothing
	ledger.KindRefund:      newForm("lines of refunds", "by doc"),
	ledger.KindHold:        newForm("for held", "by doc due expires"),
	ledger.KindCapture:     newForm("for lines of", "by doc due final"),
	ledger.KindRelease:     newForm("of", "by why"),
	ledger.KindExpiry:      newForm("of", ""),
	ledger.KindRefusal:     newForm("asked for refused", "by doc due"),
	ledger.KindHoldRefusal: newForm("asked for refused", "by doc due expires"),
}

// formOf returns the form of a kind, and false for one that the ledger does not
// know.
func formOf(kind string) (form, bool) {
	if f, ok := forms[kind]; ok {
		return f, true
	}
	return transaction, isTransaction(kind)
}

func isTransaction(kind string) bool { return isKind(kind) && !strings.HasPrefix(kind, "ledger.") }

// checkShape checks that the record has the parts of its kind and no others, and
// that each is what such a part can be.
func (a *auditor) checkShape(r *ledger.Record) {
	f, known := formOf(r.Kind)
	at := func(what string) row { return recordPart(r.Seq, what) }
	if !known {
		a.find(CodeRecordShape, at("kind"), "%.70q is no kind that the ledger knows", r.Kind)
	}
	has := partsOf(r)
	for i, name := range partNames {
		switch part := parts(1) << i; {
		case has&^(f.must|f.may) == 0 && has&f.must == f.must:
		case has&part&^(f.must|f.may) != 0:
			a.find(CodeRecordShape, at(name), "a record of kind %.70q has none", r.Kind)
		case part&f.must&^has != 0:
			a.find(CodeRecordShape, at(name), "a record of kind %.70q must have it", r.Kind)
		}
	}
	if (r.Seq == 1) != (r.Kind == ledger.KindGenesis) {
		a.find(CodeRecordShape, at("kind"), "genesis is the first record and no other, but this is %.70q", r.Kind)
	}
	if r.For != "" && !isTransaction(r.For) {
		a.find(CodeRecordShape, at("for"), "%.70q is the kind of no transaction", r.For)
	}
	a.checkLengths(r)
	a.checkTexts(r)
	a.checkLines(r)
	a.checkSpecs(r)
	a.checkFamilies(r)
	a.checkRefusal(r)
}

// checkLengths checks how many of a part there are.
func (a *auditor) checkLengths(r *ledger.Record) {
	between := func(what string, n, least int) {
		switch {
		case n > 0 && n < least:
			a.find(CodeRecordShape, recordPart(r.Seq, what), "one alone cannot balance")
		case n > elementsMax:
			a.find(CodeRecordShape, recordPart(r.Seq, what), "%d of them, but a record has at most %d", n, elementsMax)
		}
	}
	between("held", len(r.Held), 2)
	between("asked", len(r.Asked), 2)
	between("lines", len(r.Lines), 2)
	between("accounts", len(r.Accounts), 1)
	between("families", len(r.Families), 1)
	if r.Kind == ledger.KindChange && len(r.Accounts) > 1 {
		a.find(CodeRecordShape, recordPart(r.Seq, "accounts"), "a change has one account, not %d", len(r.Accounts))
	}
	if r.Kind == ledger.KindRefund && len(r.Refunds) != len(r.Lines) {
		a.find(CodeRecordShape, recordPart(r.Seq, "refunds"), "%d of them, but %d lines", len(r.Refunds), len(r.Lines))
	}
}

// checkRefusal checks what was refused and why: of the reason its form alone.
func (a *auditor) checkRefusal(r *ledger.Record) {
	if why := r.Refused; why != nil {
		at := recordPart(r.Seq, "refused")
		if !refusalCodes[why.Code] || !isNamed(why.Rule, limitNameMax) {
			a.find(CodeRecordShape, at, "its code or its rule is none that there is")
		}
		if why.Account != "" && !isPath(why.Account) {
			a.find(CodeRecordShape, at.of("account"), "is no path")
		}
	}
	for i := range r.Asked {
		p, at := &r.Asked[i], recordPart(r.Seq, "asked").at(i)
		if p.Take != ledger.Rest && p.Amount.Sign() <= 0 {
			a.find(CodeRecordShape, at, "asks for nothing")
		}
		if !isPath(p.Account) {
			a.find(CodeRecordShape, at.of("account"), "is no path")
		}
	}
}

// refusalCodes are why a transaction can be refused.
var refusalCodes = map[string]bool{
	"hold_expired": true, "date_closed": true, "date_not_open": true, "account_unknown": true, "currency_mismatch": true,
	"account_closed": true, "account_frozen": true, "overflow": true, "unbalanced": true, "insufficient": true,
	"above_ceiling": true, "limit_exceeded": true,
}
