package books

import (
	"slices"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// account is an account under way. Amounts are debit positive.
type account struct {
	ledger.AccountSpec
	name    string
	stored  money.Amount // as the account table has it
	balance money.Amount // as the last line has it
	ahead   []aheadLine  // in the balance, and of later dates than the day closes to come
	moved   bool
}

type aheadLine struct {
	date  ledger.Date
	minor int64
}

// move is a line that moved money, debit positive.
type move struct {
	account *account
	amount  money.Amount
	balance money.Amount // after it
}

// standing is what an account stands at, debit positive.
type standing struct {
	account *account
	balance money.Amount
}

// move finds the lines of a record that moved money, and what they moved.
func (x *plain) move(r *ledger.Record) error {
	x.moves = x.moves[:0]
	ahead := x.undoings.ahead(r)
	for i := range r.Lines {
		line := &r.Lines[i]
		a, ok := x.accounts[line.Account]
		if !ok {
			return &ledger.AccountError{Account: line.Account, Err: ledger.ErrAccountUnknown}
		}
		if line.Amount.IsZero() {
			continue
		}
		x.moves = append(x.moves, move{account: a, amount: line.Amount, balance: line.Balance})
		a.balance = line.Balance
		if ahead {
			a.ahead = append(a.ahead, aheadLine{date: r.Date, minor: line.Amount.Minor()})
		}
		if !a.moved {
			a.moved = true
			x.moved = append(x.moved, a)
		}
	}
	return nil
}

// assertMoved asserts at the end of a day what moved on it. What has a later
// date is no part of it, and is asserted with that one.
func (x *plain) assertMoved(r *ledger.Record) error {
	if len(x.moved) == 0 {
		return nil
	}
	var stands []standing
	later := x.moved[:0]
	for _, a := range x.moved {
		a.ahead = slices.DeleteFunc(a.ahead, func(l aheadLine) bool { return !r.Date.Before(l.date) })
		minor := a.balance.Minor()
		for _, line := range a.ahead {
			minor -= line.minor
		}
		stands = append(stands, standing{account: a, balance: money.Of(minor, a.balance.Currency())})
		if a.moved = len(a.ahead) > 0; a.moved {
			later = append(later, a)
		}
	}
	x.moved = later
	return x.format.assertDay(x, r, stands)
}

// assertAll asserts all balances on the open date, or on the last that has a
// record if that is later.
func (x *plain) assertAll(head *ledger.Head) error {
	if len(x.inOrder) == 0 {
		return nil
	}
	if x.last.Before(head.OpenDate) {
		x.last = head.OpenDate
	}
	stands := make([]standing, len(x.inOrder))
	for i, a := range x.inOrder {
		stands[i] = standing{account: a, balance: a.stored}
	}
	return x.format.assertAll(x, head, stands)
}
