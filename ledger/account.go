package ledger

import (
	"math"

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
	// State is [StateOpen] if empty.
	State State
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
	// LastSeq is the journal position of the last record that opened,
	// changed or moved the account.
	LastSeq int64
}

// Balance returns the balance seen from the account's own side: a wallet with
// money in it and a bank account with money in it are both positive.
func (a Account) Balance() money.Amount { return money.Of(int64(a.Side)*a.signed(), a.Currency) }

// Available returns how much can leave the account before its floor, and false
// if there is no floor.
func (a Account) Available() (money.Amount, bool) {
	if !a.Floor.IsValid() {
		return money.Amount{}, false
	}
	return money.Of(a.Balance().Minor()-a.Floor.Minor(), a.Currency), true
}

// signed is the balance with debits positive.
func (a Account) signed() int64 { return a.Debits - a.Credits }

// room returns how much more the side can take within the bounds.
func (a *Account) room(side Side) int64 {
	balance := int64(a.Side) * a.signed()
	if side == a.Side {
		if !a.Ceiling.IsValid() {
			return math.MaxInt64
		}
		return distance(balance, a.Ceiling.Minor())
	}
	if !a.Floor.IsValid() {
		return math.MaxInt64
	}
	return distance(a.Floor.Minor(), balance)
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

// outside reports whether the balance lies beyond a bound, and which.
func (a *Account) outside() error {
	balance := int64(a.Side) * a.signed()
	if a.Floor.IsValid() && balance < a.Floor.Minor() {
		return ErrInsufficient
	}
	if a.Ceiling.IsValid() && balance > a.Ceiling.Minor() {
		return ErrAboveCeiling
	}
	return nil
}

// move adds an amount, debit positive. It reports overflow and leaves the
// account as it was then.
func (a *Account) move(amount int64) error {
	debits, credits := a.Debits, a.Credits
	if amount > 0 {
		debits += amount
	} else {
		credits -= amount
	}
	if debits < 0 || credits < 0 {
		return &AccountError{Account: a.Path, Err: ErrOverflow}
	}
	a.Debits, a.Credits = debits, credits
	return nil
}
