package audit

import (
	"bytes"
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

func isTransaction(kind string) bool { return kind != "" && !strings.HasPrefix(kind, "ledger.") }

// checkShape checks that the record has the parts of its kind and no others, and
// that each is what such a part can be.
func (a *auditor) checkShape(r *ledger.Record) {
	f, known := formOf(r.Kind)
	at := func(what string) row { return recordPart(r.Seq, what) }
	if !known {
		a.find(CodeRecordShape, at("kind"), "%q is no kind that the ledger knows", r.Kind)
	}
	has := partsOf(r)
	for i, name := range partNames {
		switch part := parts(1) << i; {
		case has&^(f.must|f.may) == 0 && has&f.must == f.must:
		case has&part&^(f.must|f.may) != 0:
			a.find(CodeRecordShape, at(name), "a record of kind %q has none", r.Kind)
		case part&f.must&^has != 0:
			a.find(CodeRecordShape, at(name), "a record of kind %q must have it", r.Kind)
		}
	}
	if (r.Seq == 1) != (r.Kind == ledger.KindGenesis) {
		a.find(CodeRecordShape, at("kind"), "genesis is the first record and no other, but this is %q", r.Kind)
	}
	if r.For != "" && !isTransaction(r.For) {
		a.find(CodeRecordShape, at("for"), "%q is the kind of no transaction", r.For)
	}
	a.checkLengths(r)
	for i := range r.Accounts {
		spec := &r.Accounts[i]
		a.checkLimitList(recordPart(r.Seq, "accounts").at(i).of("limits"), spec.Limits)
		if len(spec.Metadata) > 0 && !bytes.HasPrefix(spec.Metadata, []byte("{")) {
			a.find(CodeRecordShape, recordPart(r.Seq, "accounts").at(i).of("meta"), "is no JSON object")
		}
	}
	a.checkFamilies(r)
	a.checkRefusal(r)
}

// checkLengths checks how many of a part there are.
func (a *auditor) checkLengths(r *ledger.Record) {
	few := func(what string, n int) {
		if n == 1 {
			a.find(CodeRecordShape, recordPart(r.Seq, what), "one alone cannot balance")
		}
	}
	few("held", len(r.Held))
	few("asked", len(r.Asked))
	few("lines", len(r.Lines))
	if r.Kind == ledger.KindChange && len(r.Accounts) > 1 {
		a.find(CodeRecordShape, recordPart(r.Seq, "accounts"), "a change has one account, not %d", len(r.Accounts))
	}
	if r.Kind == ledger.KindRefund && len(r.Refunds) != len(r.Lines) {
		a.find(CodeRecordShape, recordPart(r.Seq, "refunds"), "%d of them, but %d lines", len(r.Refunds), len(r.Lines))
	}
}

// checkLimitList checks the limits of an account or a family.
func (a *auditor) checkLimitList(at row, limits ledger.Limits) {
	names := map[string]bool{}
	for i := range limits {
		l := &limits[i]
		known := l.Per == ledger.PerTransaction || l.Per == ledger.PerDay || l.Per == ledger.PerWeek
		if l.Name == "" || names[l.Name] || !known || l.Max.Sign() < 0 || l.Except && len(l.Kinds) == 0 {
			a.find(CodeRecordShape, at, "limit %d is none: its name, window, kinds or max cannot be", i)
		}
		names[l.Name] = true
	}
}

// checkFamilies checks the families of a chart.
func (a *auditor) checkFamilies(r *ledger.Record) {
	paths := map[string]bool{}
	for i := range r.Families {
		f, at := &r.Families[i], recordPart(r.Seq, "families").at(i)
		if paths[f.Path] {
			a.find(CodeRecordShape, at, "family %s is there twice", f.Path)
		}
		paths[f.Path] = true
		if !f.Currency.IsValid() && len(f.Limits) > 0 {
			a.find(CodeRecordShape, at, "family %s has limits but no currency", f.Path)
		}
		a.checkLimitList(at, f.Limits)
	}
}

// checkRefusal checks what was refused and why.
func (a *auditor) checkRefusal(r *ledger.Record) {
	if r.Refused != nil && (r.Refused.Code == "" || r.Refused.Rule == "") {
		a.find(CodeRecordShape, recordPart(r.Seq, "refused"), "has no code or no rule")
	}
	for i := range r.Asked {
		if p := &r.Asked[i]; p.Take != ledger.Rest && p.Amount.Sign() <= 0 {
			a.find(CodeRecordShape, recordPart(r.Seq, "asked").at(i), "asks for nothing")
		}
	}
}
