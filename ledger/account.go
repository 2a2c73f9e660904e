package ledger

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"

	"github.com/campusledger/campusledger/ledger/money"
)

// Side is a side of an account or a posting.
type Side int8

// The two sides of double entry.
const (
	DebitSide  Side = 1
	CreditSide Side = -1
)

// String returns "debit" or "credit".
func (s Side) String() string {
	switch s {
	case DebitSide:
		return "debit"
	case CreditSide:
		return "credit"
	}
	return "invalid"
}

// State says which postings an account takes.
type State string

// The states. A closed account has no balance and never opens again.
const (
	StateOpen          State = "open"
	StateFrozen        State = "frozen"         // takes neither debits nor credits
	StateFrozenDebits  State = "frozen_debits"  // takes credits only
	StateFrozenCredits State = "frozen_credits" // takes debits only
	StateClosed        State = "closed"
)

func (s State) valid() bool {
	switch s {
	case StateOpen, StateFrozen, StateFrozenDebits, StateFrozenCredits, StateClosed:
		return true
	}
	return false
}

func (s State) takes(side Side) bool {
	switch s {
	case StateOpen:
		return true
	case StateFrozenDebits:
		return side == CreditSide
	case StateFrozenCredits:
		return side == DebitSide
	}
	return false
}

// AccountSpec says what an account is.
type AccountSpec struct {
	// Path is the account's address in the book: segments of letters,
	// digits, '.', '_' and '-' joined by '/', at most 128 bytes.
	Path string
	// Control is the code of the control account it rolls up to, such as
	// "2307": 1 to 32 letters, digits, '.', '_' and '-'.
	Control string
	// Side is the account's normal side: the one that makes its balance
	// grow.
	Side Side
	// Currency is the only currency the account holds.
	Currency money.Currency
	// Floor and Ceiling bound the balance, seen from the account's side, so
	// that a wallet's floor is zero whichever side it has. The zero Amount
	// is no bound.
	Floor, Ceiling money.Amount
	// Limits cap what a side takes in a transaction, a day or a week; at most
	// 16.
	Limits Limits
	// Metadata is a JSON object for the owner of the account: at most 4 KiB,
	// no personal data. It is stored in canonical form. Optional.
	Metadata json.RawMessage
	// State is [StateOpen] if empty.
	State State
}

// Equal reports whether the two say the same.
func (s AccountSpec) Equal(other AccountSpec) bool {
	return s.Path == other.Path && s.Control == other.Control && s.Side == other.Side && s.Currency == other.Currency &&
		s.Floor == other.Floor && s.Ceiling == other.Ceiling && s.State == other.State &&
		bytes.Equal(s.Metadata, other.Metadata) && s.Limits.equal(other.Limits)
}

// clone returns a spec that shares nothing with this one: the account is
// remembered, and the record goes to the caller.
func (s AccountSpec) clone() AccountSpec {
	s.Limits, s.Metadata = s.Limits.clone(), bytes.Clone(s.Metadata)
	return s
}

func (ls Limits) equal(other Limits) bool {
	return slices.EqualFunc(ls, other, func(x, y Limit) bool {
		return x.Name == y.Name && x.Side == y.Side && x.Per == y.Per && x.Except == y.Except && x.Max == y.Max &&
			slices.Equal(x.Kinds, y.Kinds)
	})
}

// Account is an account with its totals, as at [Account.LastSeq].
type Account struct {
	AccountSpec
	// Number counts the accounts of a book in the order of their opening,
	// from 1.
	Number int64
	// Debits and Credits are all that was ever posted to each side, in minor
	// units. They only grow.
	Debits, Credits int64
	// HeldDebits and HeldCredits are what open holds have reserved on each
	// side, in minor units. A bound is kept as if all holds that push towards
	// it were captured and no other.
	HeldDebits, HeldCredits int64
	// Used is how much of the limits was used.
	Used Uses
	// ChangedSeq is the journal position of the record that last opened or
	// changed the account.
	ChangedSeq int64
	// LastSeq is the journal position of the last record that opened,
	// changed, held or moved the account.
	LastSeq int64
	// MovedSeq is the journal position of the last record that moved the
	// account, 0 for none, and Moves how many did.
	MovedSeq, Moves int64
}

// Balance returns the balance seen from the account's own side: a wallet with
// money in it and a bank account with money in it are both positive.
func (a Account) Balance() money.Amount { return money.Of(int64(a.Side)*a.signed(), a.Currency) }

// Held returns what open holds may take out of the account: it is in the
// balance and not available.
func (a Account) Held() money.Amount { return money.Of(a.heldOut(), a.Currency) }

// Available returns how much can leave the account before its floor, holds
// taken off, and false if there is no floor.
func (a Account) Available() (money.Amount, bool) {
	if !a.Floor.IsValid() {
		return money.Amount{}, false
	}
	return money.Of(a.Balance().Minor()-a.heldOut()-a.Floor.Minor(), a.Currency), true
}

// signed is the balance with debits positive.
func (a Account) signed() int64 { return a.Debits - a.Credits }

// heldOut is what holds may take out, heldIn what they may bring in.
func (a *Account) heldOut() int64 {
	if a.Side == DebitSide {
		return a.HeldCredits
	}
	return a.HeldDebits
}

func (a *Account) heldIn() int64 {
	if a.Side == DebitSide {
		return a.HeldDebits
	}
	return a.HeldCredits
}

// lowest and highest are the balances, seen from the account's side, if only
// the holds on that way were captured. They do not overflow: see [Account.move].
func (a *Account) lowest() int64  { return int64(a.Side)*a.signed() - a.heldOut() }
func (a *Account) highest() int64 { return int64(a.Side)*a.signed() + a.heldIn() }

// room returns how much more the side can take within the bounds.
func (a *Account) room(side Side) int64 {
	if side == a.Side {
		if !a.Ceiling.IsValid() {
			return math.MaxInt64
		}
		return distance(a.highest(), a.Ceiling.Minor())
	}
	if !a.Floor.IsValid() {
		return math.MaxInt64
	}
	return distance(a.Floor.Minor(), a.lowest())
}

// distance is to - from, at least 0 and at most what an int64 holds.
func distance(from, to int64) int64 {
	switch d := to - from; {
	case to <= from:
		return 0
	case d < 0:
		return math.MaxInt64
	default:
		return d
	}
}

// outside reports whether the account could end beyond a bound, and which.
func (a *Account) outside() error {
	if a.Floor.IsValid() && a.lowest() < a.Floor.Minor() {
		return ErrInsufficient
	}
	if a.Ceiling.IsValid() && a.highest() > a.Ceiling.Minor() {
		return ErrAboveCeiling
	}
	return nil
}

// taken is all that was ever posted to a side or is held there.
func (a *Account) taken(side Side) int64 {
	if side == DebitSide {
		return a.Debits + a.HeldDebits
	}
	return a.Credits + a.HeldCredits
}

// move adds an amount, debit positive. It reports overflow and leaves the
// account as it was then. The sum of what was posted and is held on a side
// fits an int64, so that no capture overflows.
func (a *Account) move(amount int64) error { return a.add(&a.Debits, &a.Credits, amount) }

// hold reserves an amount, debit positive, as [Account.move] adds it.
func (a *Account) hold(amount int64) error { return a.add(&a.HeldDebits, &a.HeldCredits, amount) }

func (a *Account) add(debits, credits *int64, amount int64) error {
	total, side := debits, DebitSide
	if amount < 0 {
		total, side = credits, CreditSide
	}
	before := *total
	*total += int64(side) * amount
	if *total < before || a.taken(side) < 0 {
		*total = before
		return &AccountError{Account: a.Path, Err: ErrOverflow}
	}
	return nil
}

// free gives an amount back that was held, debit positive.
func (a *Account) free(amount int64) {
	if amount > 0 {
		a.HeldDebits -= amount
	} else {
		a.HeldCredits += amount
	}
}
