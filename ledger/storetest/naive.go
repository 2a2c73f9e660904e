package storetest

import (
	"reflect"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// naive is a book written down from the documentation alone: maps and loops,
// one transaction at a time. Its methods answer what a real book must answer: a
// code, "" for success or "replayed", and the amounts of the lines.
type naive struct {
	open     ledger.Date
	accounts map[string]*naiveAccount
	written  map[uuid.UUID]naiveRecord
	closed   map[ledger.Date]bool
}

type naiveAccount struct {
	ledger.AccountSpec
	balance int64 // debit positive
}

type naiveRecord struct {
	command  any
	postings []ledger.Posting
	amounts  []int64 // debit positive
}

const replayed = "replayed"

func (n *naive) post(t ledger.Transaction) (string, []int64) {
	if earlier, ok := n.written[t.ID]; ok {
		if !reflect.DeepEqual(earlier.command, t) {
			return "id_reused", nil
		}
		return replayed, earlier.amounts
	}
	switch {
	case t.Date.IsZero():
	case t.Date.Before(n.open):
		return "date_closed", nil
	case n.open.Before(t.Date):
		return "date_not_open", nil
	}
	return n.write(t.ID, t, t.Postings)
}

// write moves the accounts, or none of them.
func (n *naive) write(id uuid.UUID, command any, postings []ledger.Posting) (string, []int64) {
	for _, p := range postings {
		if code := n.refuses(p); code != "" {
			return code, nil
		}
	}
	amounts, moved, sum := n.resolve(postings)
	if sum != 0 {
		return "unbalanced", nil
	}
	for _, p := range postings {
		if code := n.accounts[p.Account].outside(moved[p.Account]); code != "" {
			return code, nil
		}
	}
	for path, by := range moved {
		n.accounts[path].balance += by
	}
	n.written[id] = naiveRecord{command, postings, amounts}
	return "", amounts
}

func (n *naive) refuses(p ledger.Posting) string {
	switch account, ok := n.accounts[p.Account]; {
	case !ok:
		return "account_unknown"
	case account.State == ledger.StateClosed:
		return "account_closed"
	case account.State == ledger.StateFrozen,
		account.State == ledger.StateFrozenDebits && p.Side == ledger.DebitSide,
		account.State == ledger.StateFrozenCredits && p.Side == ledger.CreditSide:
		return "account_frozen"
	}
	return ""
}

// resolve sums the exact lines first and lets the others fill what they lack.
func (n *naive) resolve(postings []ledger.Posting) (amounts []int64, moved map[string]int64, sum int64) {
	if len(postings) > 0 {
		amounts = make([]int64, len(postings))
	}
	moved = make(map[string]int64)
	for _, flexible := range []bool{false, true} {
		for i, p := range postings {
			if (p.Take != ledger.Exact) != flexible {
				continue
			}
			side := int64(p.Side)
			take, lacking := p.Amount.Minor(), max(0, -side*sum)
			switch p.Take {
			case ledger.UpTo:
				take = min(take, lacking, n.accounts[p.Account].room(p.Side, moved[p.Account]))
			case ledger.Rest:
				take = lacking
			}
			amounts[i] = side * take
			sum += amounts[i]
			moved[p.Account] += amounts[i]
		}
	}
	return amounts, moved, sum
}

// own is the balance from the account's side, after a movement.
func (a *naiveAccount) own(moved int64) int64 { return int64(a.Side) * (a.balance + moved) }

func (a *naiveAccount) room(side ledger.Side, moved int64) int64 {
	switch {
	case side == a.Side && a.Ceiling.IsValid():
		return max(0, a.Ceiling.Minor()-a.own(moved))
	case side != a.Side && a.Floor.IsValid():
		return max(0, a.own(moved)-a.Floor.Minor())
	}
	return 1 << 60
}

func (a *naiveAccount) outside(moved int64) string {
	switch {
	case a.Floor.IsValid() && a.own(moved) < a.Floor.Minor():
		return "insufficient"
	case a.Ceiling.IsValid() && a.own(moved) > a.Ceiling.Minor():
		return "above_ceiling"
	}
	return ""
}

func (n *naive) openAccount(id uuid.UUID, spec ledger.AccountSpec) string {
	account := &naiveAccount{AccountSpec: spec}
	if account.outside(0) != "" {
		return "invalid"
	}
	if earlier, ok := n.written[id]; ok {
		if earlier.command != spec {
			return "id_reused"
		}
		return replayed
	}
	if n.accounts[spec.Path] != nil {
		return "account_exists"
	}
	n.accounts[spec.Path] = account
	n.written[id] = naiveRecord{command: spec}
	return ""
}

func (n *naive) change(c ledger.Change) string {
	if earlier, ok := n.written[c.ID]; ok {
		if earlier.command != c {
			return "id_reused"
		}
		return replayed
	}
	account := n.accounts[c.Account]
	switch {
	case account == nil:
		return "account_unknown"
	case account.State == ledger.StateClosed:
		return "account_closed"
	case c.State == ledger.StateClosed && account.balance != 0:
		return "account_not_empty"
	case c.Floor.IsValid() && c.Ceiling.IsValid() && c.Floor.Minor() > c.Ceiling.Minor():
		return "invalid"
	}
	changed := *account
	changed.Floor, changed.Ceiling, changed.State = c.Floor, c.Ceiling, c.State
	if code := changed.outside(0); code != "" {
		return code
	}
	*account = changed
	n.written[c.ID] = naiveRecord{command: c}
	return ""
}

func (n *naive) reverse(r ledger.Reversal) (string, []int64) {
	id := ledger.KeyID("ledger", "reverse", r.Of.String())
	original, known := n.written[r.Of]
	_, again := original.command.(ledger.Reversal)
	switch earlier, reversed := n.written[id]; {
	case !known:
		return "record_unknown", nil
	case reversed && reflect.DeepEqual(earlier.command, r):
		return replayed, earlier.amounts
	case reversed:
		return "reversed", nil
	case again || len(original.postings) == 0:
		return "not_reversible", nil
	}
	var opposite []ledger.Posting
	for i, minor := range original.amounts {
		if minor > 0 {
			opposite = append(opposite, ledger.Credit(original.postings[i].Account, yuan(minor)))
		} else if minor < 0 {
			opposite = append(opposite, ledger.Debit(original.postings[i].Account, yuan(-minor)))
		}
	}
	return n.write(id, r, opposite)
}

func (n *naive) closeDay(date ledger.Date) string {
	switch {
	case n.closed[date]:
		return replayed
	case date.Before(n.open):
		return "date_closed"
	case n.open.Before(date):
		return "date_not_open"
	}
	n.closed[date], n.open = true, date.AddDays(1)
	return ""
}
