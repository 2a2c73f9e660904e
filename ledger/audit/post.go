package audit

import (
	"math"
	"strconv"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// post checks the record's lines and moves the accounts by them. What a line
// says is taken for the lines after it even if it is wrong, so that a fault is
// reported where it is and not again behind it.
func (a *auditor) post(r *ledger.Record) {
	if len(r.Lines) == 0 {
		return
	}
	moved := make([]*account, len(r.Lines))
	for i := range r.Lines {
		moved[i] = a.usable(r, i)
	}
	a.checkTakes(r, moved)
	for i := range r.Lines {
		if moved[i] != nil {
			a.move(r, i, moved[i])
		}
	}
	for i, x := range moved {
		if x != nil && x.lastSeq != r.Seq {
			x.lastSeq = r.Seq
			a.checkBounds(recordPart(r.Seq, "lines[%d]", i), x)
		}
	}
}

// usable returns the line's account, or nil after reporting that there is none
// or that it does not hold the line's currency.
func (a *auditor) usable(r *ledger.Record, i int) *account {
	line := &r.Lines[i]
	x, ok := a.model.accounts[line.Account]
	switch {
	case !ok:
		a.find(CodeRecordAccount, recordPart(r.Seq, "lines[%d]", i), "there is no account %s", line.Account)
		return nil
	case line.Amount.Currency() != x.spec.Currency:
		a.differ(CodeRecordAccount, recordPart(r.Seq, "lines[%d], currency", i), x.spec.Currency.Code(), line.Amount.Currency().Code())
		return nil
	case !x.takes(line.Side):
		a.find(CodeRecordState, recordPart(r.Seq, "lines[%d]", i), "account %s is %s and takes no %s", line.Account, x.spec.State, line.Side)
	}
	return x
}

// checkTakes checks that the lines balance and that each took what its take
// allows: exact lines what was asked; then the others, in their order, what is
// still lacking on their side, and UpTo lines no more than their most and their
// account's room.
func (a *auditor) checkTakes(r *ledger.Record, moved []*account) {
	sums := map[money.Currency]int64{}
	shift := map[*account]int64{}
	for _, exact := range []bool{true, false} {
		for i := range r.Lines {
			line := &r.Lines[i]
			if (line.Take == ledger.Exact) != exact {
				continue
			}
			amount, currency := line.Amount.Minor(), line.Amount.Currency()
			if exact && amount == 0 || line.Take == ledger.UpTo && line.Most.Sign() <= 0 {
				a.find(CodeRecordTake, recordPart(r.Seq, "lines[%d]", i), "an exact line and the most of an upto line are never zero")
			}
			if x := moved[i]; !exact && x != nil {
				if want := allowed(line, x, x.balance+shift[x], sums[currency]); amount != want {
					a.differ(CodeRecordTake, recordPart(r.Seq, "lines[%d], amount", i), decimal(want), decimal(amount))
				}
			}
			sum, ok := add(sums[currency], amount)
			if !ok {
				a.find(CodeRecordOverflow, recordPart(r.Seq, "lines[%d]", i), "the sum of the lines is too large")
			}
			sums[currency] = sum
			if moved[i] != nil {
				shift[moved[i]] += amount
			}
		}
	}
	for i := range r.Lines {
		currency := r.Lines[i].Amount.Currency()
		if sum := sums[currency]; sum != 0 {
			a.differ(CodeRecordUnbalanced, recordPart(r.Seq, "sum of the lines in %s", currency), "0", decimal(sum))
			sums[currency] = 0
		}
	}
}

// allowed is what an UpTo or Rest line must have taken, debit positive, given
// the sum of the lines before it.
func allowed(line *ledger.Line, x *account, balance, sum int64) int64 {
	side := int64(line.Side)
	take := max(0, -side*sum)
	if line.Take == ledger.UpTo {
		take = min(take, line.Most.Minor(), x.room(line.Side, balance))
	}
	return side * take
}

// room is how much more the side can take before a bound, given the balance.
func (x *account) room(side ledger.Side, balance int64) int64 {
	own, bound := int64(x.spec.Side)*balance, x.spec.Floor
	if side == x.spec.Side {
		bound = x.spec.Ceiling
	}
	if !bound.IsValid() {
		return math.MaxInt64
	}
	high, low := own, bound.Minor()
	if side == x.spec.Side {
		high, low = low, own
	}
	switch room := high - low; {
	case high <= low:
		return 0
	case room < 0:
		return math.MaxInt64
	default:
		return room
	}
}

// move adds the line to its account's totals and checks the balance in it.
func (a *auditor) move(r *ledger.Record, i int, x *account) {
	amount, balance := r.Lines[i].Amount.Minor(), r.Lines[i].Balance.Minor()
	total := &x.debits
	if amount < 0 {
		total = &x.credits
	}
	sum, ok := add(*total, max(amount, -amount))
	if !ok {
		a.find(CodeRecordOverflow, recordPart(r.Seq, "lines[%d]", i), "the totals of account %s are too large", x.spec.Path)
	}
	*total = sum
	if want := x.balance + amount; balance != want {
		a.differ(CodeRecordBalance, recordPart(r.Seq, "lines[%d], balance", i), decimal(want), decimal(balance))
	}
	x.balance = balance
}

// add reports false if the sum is no int64.
func add(x, y int64) (int64, bool) {
	sum := x + y
	return sum, (sum > x) == (y > 0)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
