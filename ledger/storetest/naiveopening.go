package storetest

import (
	"encoding/json"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

func (n *naive) openAccounts(o ledger.Opening) naiveAnswer {
	if earlier, ok := n.ids[o.ID]; ok {
		before, isOpening := earlier.request.(ledger.Opening)
		return earlier.replay(isOpening && before.By == o.By && sameAsOpened(o.Accounts, earlier.opened))
	}
	r := &naiveRecord{id: o.ID, kind: ledger.KindOpening, request: o}
	for _, spec := range o.Accounts {
		full, code := n.complete(spec)
		if code != "" {
			return refuse(code)
		}
		if !validSpec(full) {
			return refuse("invalid")
		}
		twice := slices.ContainsFunc(r.opened, func(s ledger.AccountSpec) bool { return s.Path == full.Path })
		if n.accounts[full.Path] != nil || twice {
			return refuse("account_exists")
		}
		full.Metadata = canonical(full.Metadata)
		r.opened = append(r.opened, full)
	}
	answer := n.write(r)
	for _, spec := range r.opened {
		n.accounts[spec.Path] = &naiveAccount{
			AccountSpec: spec, number: int64(len(n.accounts) + 1), changedSeq: r.seq, lastSeq: r.seq,
			used: make(naiveUses), took: make(map[ledger.Side]int64),
		}
	}
	return answer
}

// complete fills in what an opening leaves to the account's family.
func (n *naive) complete(spec ledger.AccountSpec) (ledger.AccountSpec, string) {
	if spec.State == "" {
		spec.State = ledger.StateOpen
	}
	if len(n.families) == 0 {
		return spec, ""
	}
	var family *ledger.Family
	for i, f := range n.families {
		below := len(spec.Path) > len(f.Path) && spec.Path[:len(f.Path)+1] == f.Path+"/"
		if (below || spec.Path == f.Path) && (family == nil || len(family.Path) < len(f.Path)) {
			family = &n.families[i]
		}
	}
	if family == nil {
		return spec, "family_unknown"
	}
	currency := family.Currency
	if !currency.IsValid() {
		currency = spec.Currency
	}
	given := ledger.AccountSpec{
		Path: spec.Path, Control: family.Control, Side: family.Side, Currency: currency,
		Floor: family.Floor, Ceiling: family.Ceiling, Limits: family.Limits, Metadata: spec.Metadata, State: spec.State,
	}
	spec = fill(spec, given)
	if spec.Control != given.Control || spec.Side != given.Side || spec.Currency != given.Currency {
		return spec, "family_mismatch"
	}
	return spec, ""
}

// fill takes what the first leaves out from the second.
func fill(spec, from ledger.AccountSpec) ledger.AccountSpec {
	if spec.Control == "" {
		spec.Control = from.Control
	}
	if spec.Side == 0 {
		spec.Side = from.Side
	}
	if !spec.Currency.IsValid() {
		spec.Currency = from.Currency
	}
	if !spec.Floor.IsValid() {
		spec.Floor = from.Floor
	}
	if !spec.Ceiling.IsValid() {
		spec.Ceiling = from.Ceiling
	}
	if len(spec.Limits) == 0 {
		spec.Limits = from.Limits
	}
	return spec
}

// sameAsOpened compares what is asked for with what was opened: whatever is
// left out may have come from the family.
func sameAsOpened(asked, opened []ledger.AccountSpec) bool {
	if len(asked) != len(opened) {
		return false
	}
	for i, spec := range asked {
		if spec.State == "" {
			spec.State = ledger.StateOpen
		}
		if !sameSpec(fill(spec, opened[i]), opened[i]) {
			return false
		}
	}
	return true
}

func sameSpec(x, y ledger.AccountSpec) bool {
	if !sameJSON(x.Metadata, y.Metadata) {
		return false
	}
	x.Metadata, y.Metadata = nil, nil
	return len(x.Limits) == 0 && len(y.Limits) == 0 && same(withoutLimits(x), withoutLimits(y)) || same(x, y)
}

func withoutLimits(spec ledger.AccountSpec) ledger.AccountSpec {
	spec.Limits = nil
	return spec
}

func (n *naive) change(c ledger.Change) naiveAnswer {
	if earlier, ok := n.ids[c.ID]; ok {
		before, isChange := earlier.request.(ledger.Change)
		return earlier.replay(isChange && sameChange(before, c))
	}
	account := n.accounts[c.Account]
	switch {
	case account == nil:
		return refuse("account_unknown")
	case account.State == ledger.StateClosed:
		return refuse("account_closed")
	case c.State == ledger.StateClosed && (account.own() != 0 || account.heldDebits != 0 || account.heldCredit != 0):
		return refuse("account_not_empty")
	}
	changed := account.clone()
	changed.Floor, changed.Ceiling, changed.Limits = c.Floor, c.Ceiling, c.Limits
	changed.Metadata, changed.State = canonical(c.Metadata), c.State
	if !validBounds(changed.AccountSpec) || !validLimits(c.Limits, changed.Currency) {
		return refuse("invalid")
	}
	if code := changed.outside(); code != "" {
		return refuse(code)
	}
	changed.used.keep(account.Limits, c.Limits)
	n.accounts[c.Account] = changed
	answer := n.write(&naiveRecord{
		id: c.ID, kind: ledger.KindChange, request: c, opened: []ledger.AccountSpec{changed.AccountSpec},
	})
	changed.changedSeq, changed.lastSeq = answer.seq, answer.seq
	return answer
}

func sameChange(x, y ledger.Change) bool {
	spec := func(c ledger.Change) ledger.AccountSpec {
		return ledger.AccountSpec{
			Path: c.Account, Floor: c.Floor, Ceiling: c.Ceiling, Limits: c.Limits, Metadata: c.Metadata, State: c.State,
		}
	}
	return x.By == y.By && x.Why == y.Why && sameSpec(spec(x), spec(y))
}

func (n *naive) setChart(c ledger.Chart) naiveAnswer {
	if earlier, ok := n.ids[c.ID]; ok {
		before, isChart := earlier.request.(ledger.Chart)
		return earlier.replay(isChart && same(before, c))
	}
	n.families = c.Families
	return n.write(&naiveRecord{id: c.ID, kind: ledger.KindChart, request: c})
}

// canonical spells JSON without white space and with its keys in order.
func canonical(document json.RawMessage) json.RawMessage {
	if len(document) == 0 {
		return nil
	}
	var value any
	if json.Unmarshal(document, &value) != nil {
		return nil
	}
	spelled, _ := json.Marshal(value)
	return spelled
}
