package storetest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// opening opens accounts, most of them with what an account must have.
func (p *program) opening() ledger.Opening {
	o := ledger.Opening{ID: p.id(), By: pick(p, "", "office")}
	for range 1 + p.IntN(3) {
		o.Accounts = append(o.Accounts, p.spec())
	}
	if p.one(50) {
		o.Accounts = nil
	}
	return o
}

func (p *program) spec() ledger.AccountSpec {
	h := herds[p.IntN(len(herds))]
	if p.one(2) {
		h = herds[0]
	}
	spec := ledger.AccountSpec{Path: p.path(h), Control: pick(p, "2307", "2307", "1218"), Side: p.side(), Currency: h.currency}
	for range 4 { // more tries for one that is not there
		if p.model.accounts[spec.Path] != nil {
			spec.Path = p.path(h)
		}
	}
	if h.vast() {
		spec.Control = strings.ReplaceAll(spec.Path, "/", ".") // its total alone is as much as a total may be
	} else {
		spec.Floor, spec.Ceiling = p.bound(h, -25), p.bound(h, 70)
		spec.Limits = p.limits(h.currency)
	}
	switch p.IntN(20) {
	case 0:
		spec.Currency = pick(p, money.USD, money.Currency{})
	case 1:
		spec.State = p.state()
	case 2:
		spec.Metadata = p.metadata()
	case 3:
		spec.Side, spec.Control = pick(p, 0, spec.Side), pick(p, "", "a b", spec.Control)
	}
	if len(p.model.families) > 0 && !p.one(5) { // the chart knows what it must be
		spec.Control, spec.Side = "", 0
	}
	return spec
}

// bound is near a number, or none.
func (p *program) bound(h herd, near int) money.Amount {
	switch p.IntN(12) {
	case 0, 1, 2, 3:
		return money.Amount{}
	case 4:
		return money.Of(int64(p.IntN(5)-2), pick(p, h.currency, h.currency, money.USD))
	}
	return money.Of(int64(near+p.IntN(40)-20), h.currency)
}

func (p *program) limits(currency money.Currency) ledger.Limits {
	if !p.one(3) {
		return nil
	}
	var limits ledger.Limits
	for _, name := range []string{"day", "guardian", "meals"}[:1+p.IntN(3)] {
		l := ledger.Limit{
			Name: name, Side: p.side(), Per: pick(p, ledger.PerTransaction, ledger.PerDay, ledger.PerWeek),
			Max: money.Of(int64(p.IntN(60)), currency),
		}
		if p.one(3) {
			l.Kinds, l.Except = []string{"sale"}, p.one(2)
		}
		limits = append(limits, l)
	}
	switch last := &limits[len(limits)-1]; p.IntN(40) {
	case 0:
		last.Max = pick(p, money.Of(-1, currency), money.Of(1, money.USD))
	case 1:
		last.Name = pick(p, "", "day", "a/b")
	case 2:
		last.Kinds, last.Except = nil, true
	case 3:
		last.Per = "month"
	}
	return limits
}

func (p *program) state() ledger.State {
	if !p.one(6) {
		return ledger.StateOpen
	}
	return pick(p, ledger.StateFrozen, ledger.StateFrozenDebits, ledger.StateFrozenCredits,
		ledger.StateFrozenDebits, ledger.StateFrozenCredits, ledger.StateClosed, ledger.State("shut"))
}

func (p *program) metadata() json.RawMessage {
	return pick(p, nil, json.RawMessage(`{"class":"7b"}`), json.RawMessage(`{ "class": "7b" }`), json.RawMessage(`[]`))
}

func (p *program) change() ledger.Change {
	h := p.herd()
	c := ledger.Change{ID: p.id(), By: "office", Why: "test", Account: p.path(h), State: p.state()}
	account := p.model.accounts[c.Account]
	if account != nil && p.one(2) { // much stays as it is
		c.Floor, c.Ceiling, c.Limits, c.Metadata = account.Floor, account.Ceiling, account.Limits, account.Metadata
	}
	switch p.IntN(8) {
	case 0, 1:
		c.Floor, c.Ceiling = p.bound(h, -25), p.bound(h, 70)
	case 2, 3:
		c.Limits = p.limits(h.currency)
	case 4:
		c.Metadata = p.metadata()
	}
	if p.one(40) {
		c.Why = ""
	}
	return c
}

// chart knows some of the families that accounts are opened in.
func (p *program) chart() ledger.Chart {
	c := ledger.Chart{ID: p.id(), By: "office", Why: "new year"}
	for _, h := range herds {
		for _, family := range slices.Compact(slices.Clone(h.families)) {
			if !p.one(6) && !h.vast() || p.one(30) {
				c.Families = append(c.Families, p.family(h, family))
			}
		}
	}
	if p.one(3) {
		c.Families = append(c.Families, p.family(herds[0], "wallet/1"))
	}
	if p.one(30) {
		c.Why = ""
	}
	return c
}

func (p *program) family(h herd, path string) ledger.Family {
	f := ledger.Family{Path: path, Control: pick(p, "2307", "1218"), Side: p.side()}
	if p.one(3) {
		return f
	}
	f.Currency = h.currency
	if !h.vast() && p.one(2) {
		f.Floor, f.Ceiling, f.Limits = p.bound(h, -25), p.bound(h, 60), p.limits(h.currency)
	}
	if p.one(60) {
		f.Path = pick(p, "", "a//b")
	}
	return f
}
