package storetest

import (
	"maps"
	"math"
	"math/big"

	"github.com/campusledger/campusledger/ledger"
)

type naiveAccount struct {
	ledger.AccountSpec
	number     int64
	debits     int64
	credits    int64
	heldDebits int64
	heldCredit int64
	used       naiveUses
	took       map[ledger.Side]int64 // by the transaction under way
	changedSeq int64
	lastSeq    int64
	movedSeq   int64
	moves      int64
}

func (a *naiveAccount) clone() *naiveAccount {
	c := *a
	c.used, c.took = maps.Clone(a.used), maps.Clone(a.took)
	return &c
}

// account is the account as a book shows it.
func (a *naiveAccount) account() ledger.Account {
	return ledger.Account{
		AccountSpec: a.AccountSpec, Number: a.number, Debits: a.debits, Credits: a.credits,
		HeldDebits: a.heldDebits, HeldCredits: a.heldCredit, Used: a.used.list(a.Limits),
		ChangedSeq: a.changedSeq, LastSeq: a.lastSeq, MovedSeq: a.movedSeq, Moves: a.moves,
	}
}

// moved counts a record that moved the account, once.
func (a *naiveAccount) moved(seq int64) {
	if a.movedSeq < seq {
		a.movedSeq = seq
		a.moves++
	}
}

// own is the balance from the account's side.
func (a *naiveAccount) own() int64 { return int64(a.Side) * (a.debits - a.credits) }

// out and in are what holds may take from the account and bring to it.
func (a *naiveAccount) out() int64 {
	if a.Side == ledger.CreditSide {
		return a.heldDebits
	}
	return a.heldCredit
}

func (a *naiveAccount) in() int64 {
	if a.Side == ledger.CreditSide {
		return a.heldCredit
	}
	return a.heldDebits
}

func (a *naiveAccount) takes(side ledger.Side) string {
	switch {
	case a.State == ledger.StateClosed:
		return "account_closed"
	case a.State == ledger.StateFrozen,
		a.State == ledger.StateFrozenDebits && side == ledger.DebitSide,
		a.State == ledger.StateFrozenCredits && side == ledger.CreditSide:
		return "account_frozen"
	}
	return ""
}

// room returns how much a side may take within the bounds.
func (a *naiveAccount) room(side ledger.Side) int64 {
	room := big.NewInt(math.MaxInt64)
	switch {
	case side == a.Side && a.Ceiling.IsValid():
		room = difference(a.Ceiling.Minor(), a.own(), a.in())
	case side != a.Side && a.Floor.IsValid():
		room = difference(a.own(), a.Floor.Minor(), a.out())
	}
	switch {
	case room.Sign() < 0:
		return 0
	case !room.IsInt64():
		return math.MaxInt64
	}
	return room.Int64()
}

// difference returns x - y - z, however far apart they are.
func difference(x, y, z int64) *big.Int {
	d := new(big.Int).Sub(big.NewInt(x), big.NewInt(y))
	return d.Sub(d, big.NewInt(z))
}

// outside returns which bound the account may end beyond.
func (a *naiveAccount) outside() string {
	switch {
	case a.Floor.IsValid() && a.own()-a.out() < a.Floor.Minor():
		return "insufficient"
	case a.Ceiling.IsValid() && a.own()+a.in() > a.Ceiling.Minor():
		return "above_ceiling"
	}
	return ""
}

// add posts or reserves an amount, debit positive. It answers false if the
// total of the side, holds included, would not fit.
func (a *naiveAccount) add(minor int64, held bool) bool {
	posted, reserved, side := &a.debits, &a.heldDebits, ledger.DebitSide
	if minor < 0 {
		posted, reserved, side, minor = &a.credits, &a.heldCredit, ledger.CreditSide, -minor
	}
	total := posted
	if held {
		total = reserved
	}
	both, ok := plus(*posted, *reserved)
	if _, fits := plus(both, minor); !ok || !fits {
		return false
	}
	*total += minor
	a.took[side] += minor
	return true
}

// free gives back what was reserved, debit positive.
func (a *naiveAccount) free(minor int64) {
	if minor > 0 {
		a.heldDebits -= minor
	} else {
		a.heldCredit += minor
	}
}

// giveBack returns to the limits what a record of a transaction of the kind used,
// unless the account was changed since.
func (a *naiveAccount) giveBack(side ledger.Side, kind string, r *naiveRecord, today ledger.Date, minor int64) {
	if a.changedSeq <= r.seq {
		a.used.giveBack(a.Limits, side, kind, r.date, today, minor)
	}
}

// plus adds, and answers false if the sum does not fit.
func plus(x, y int64) (int64, bool) {
	sum := new(big.Int).Add(big.NewInt(x), big.NewInt(y))
	return x + y, sum.IsInt64()
}
