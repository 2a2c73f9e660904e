package audit

import (
	"math"

	"github.com/campusledger/campusledger/ledger"
)

// standing is where the lines of a record so far leave an account.
type standing struct {
	low, high       int64 // of the balance, as holds can bring it, in the account's own side
	debits, credits int64 // taken by the lines
}

// taken is what the lines took on a side.
func (s *standing) taken(side ledger.Side) *int64 {
	if side == ledger.DebitSide {
		return &s.debits
	}
	return &s.credits
}

// take adds a line's amount, debit positive.
func (s *standing) take(x *account, amount int64, reserved bool) {
	if amount > 0 {
		s.debits += amount
	} else {
		s.credits -= amount
	}
	own := int64(x.spec.Side) * amount
	if !reserved || own < 0 {
		s.low += own
	}
	if !reserved || own > 0 {
		s.high += own
	}
}

// room is how much more the side can take before a bound.
func (s *standing) room(x *account, side ledger.Side) int64 {
	switch {
	case side == x.spec.Side && x.spec.Ceiling.IsValid():
		return between(s.high, x.spec.Ceiling.Minor())
	case side != x.spec.Side && x.spec.Floor.IsValid():
		return between(x.spec.Floor.Minor(), s.low)
	default:
		return math.MaxInt64
	}
}

// checkTakes checks that the lines balance and that each took what its take
// allows: exact lines what was asked; then the others, in their order, what is
// still lacking on their side, and UpTo lines no more than their most, their
// account's room and what is left to refund.
func (a *auditor) checkTakes(p *posting) {
	for _, exact := range []bool{true, false} {
		for i := range p.lines {
			line, x := &p.lines[i], p.moved[i]
			if (line.Take == ledger.Exact) != exact {
				continue
			}
			amount := line.Amount.Minor()
			if exact && amount == 0 || line.Take == ledger.UpTo && line.Most.Sign() <= 0 {
				a.find(CodeRecordTake, p.at(i), "an exact line and the most of an upto line are never zero")
			}
			if !exact && x != nil {
				if want := p.allowed(i, p.stand(i), *p.sum(x.spec.Currency)); amount != want {
					a.differ(CodeRecordTake, p.in(i, "amount"), decimal(want), decimal(amount))
				}
			}
			a.addLine(p, i)
			if x != nil {
				p.stand(i).take(x, amount, p.reserves())
			}
		}
	}
	a.checkSums(p)
}

// allowed is what an UpTo or Rest line must have taken, debit positive, given
// the sum of the lines before it.
func (p *posting) allowed(i int, s *standing, sum int64) int64 {
	line, x := &p.lines[i], p.moved[i]
	side := int64(line.Side)
	take := max(0, -side*sum)
	if line.Take == ledger.UpTo {
		most, _ := x.allowance(line.Side, p.kind, p.date)
		take = min(take, line.Most.Minor(), s.room(x, line.Side), between(*s.taken(line.Side), most))
		if p.left != nil {
			take = min(take, p.left[i])
		}
	}
	return side * take
}
