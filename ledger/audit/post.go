package audit

import (
	"math"
	"slices"
	"strconv"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// posting is the lines of a record on their way into the accounts. What a line
// says is taken for the lines after it even if it is wrong, so that a fault is
// reported where it is and not again behind it.
type posting struct {
	seq   int64
	date  ledger.Date
	field string // "lines" or "held"
	lines []ledger.Line

	// Of each line: its account, nil if it has none, and the first line with
	// the same, which has where the lines so far leave the account.
	moved  []*account
	first  []int
	stands []standing
	sums   []currencySum

	// kind is what limits look at; "" for corrections, which none limits.
	kind string
	// left is what can still be refunded of each line; nil without a cap.
	left []int64
	// capture posts what was reserved: amounts follow from the hold.
	capture bool
}

func (p *posting) reserves() bool { return p.field == "held" }

func (p *posting) at(line int) row { return recordPart(p.seq, p.field).at(line) }

func (p *posting) in(line int, part string) row { return p.at(line).of(part) }

// currencySum is the sum of the lines in a currency, debit positive.
type currencySum struct {
	currency money.Currency
	minor    int64
}

// sum returns the sum of a currency.
func (p *posting) sum(currency money.Currency) *int64 {
	for i := range p.sums {
		if p.sums[i].currency == currency {
			return &p.sums[i].minor
		}
	}
	p.sums = append(p.sums, currencySum{currency: currency})
	return &p.sums[len(p.sums)-1].minor
}

// of returns the account of a line of the record, nil if the lines are not its.
func (p *posting) of(r *ledger.Record, line int) *account {
	if p.seq != r.Seq || p.reserves() {
		return nil
	}
	return p.moved[line]
}

// stand is where the lines so far leave the account of a line.
func (p *posting) stand(line int) *standing { return &p.stands[p.first[line]] }

// posting returns the lines of a record on their way. There is one at a time.
func (a *auditor) posting(r *ledger.Record, field string, lines []ledger.Line) *posting {
	was := &a.posted
	a.posted = posting{
		seq: r.Seq, date: r.Date, field: field, lines: lines,
		moved: was.moved[:0], first: was.first[:0], stands: was.stands[:0], sums: was.sums[:0],
	}
	return &a.posted
}

// post checks the lines and moves the accounts by them, or reserves what they
// would move.
func (a *auditor) post(p *posting) {
	a.lookUp(p)
	a.checkTakes(p)
	for i, x := range p.moved {
		switch {
		case x == nil:
		case p.reserves():
			a.reserve(p, i)
		default:
			a.move(p, i)
		}
	}
	a.touch(p)
	if p.kind != "" {
		a.checkLimits(p)
	}
}

// lookUp looks up the accounts of the lines.
func (a *auditor) lookUp(p *posting) {
	for i := range p.lines {
		x := a.usable(p, i)
		first := i
		if j := slices.Index(p.moved, x); j >= 0 {
			first = j
		}
		p.moved, p.first, p.stands = append(p.moved, x), append(p.first, first), append(p.stands, standing{})
		if first == i && x != nil {
			p.stands[i] = standing{low: x.lowest(), high: x.highest()}
		}
	}
}

// touch checks the bounds of the accounts that the record moved.
func (a *auditor) touch(p *posting) {
	for i, x := range p.moved {
		if x != nil && x.lastSeq != p.seq {
			a.model.touch(x, p.seq)
			a.checkBounds(p.at(i), x)
		}
	}
}

// usable returns the line's account, or nil after reporting that there is none
// or that it does not hold the line's currency.
func (a *auditor) usable(p *posting, i int) *account {
	line := &p.lines[i]
	x, ok := a.model.accounts[line.Account]
	switch {
	case !ok:
		a.find(CodeRecordAccount, p.at(i), "there is no account %s", line.Account)
		return nil
	case line.Amount.Currency() != x.spec.Currency:
		a.differ(CodeRecordAccount, p.in(i, "currency"), x.spec.Currency.Code(), line.Amount.Currency().Code())
		return nil
	case p.capture && line.Amount.IsZero():
		// Nothing of it is posted now.
	case !x.takes(line.Side):
		a.find(CodeRecordState, p.at(i), "account %s is %s and takes no %s", line.Account, x.spec.State, line.Side)
	}
	return x
}

// move adds the line to its account's totals, and checks the balance in it and
// which record it names.
func (a *auditor) move(p *posting, i int) {
	x, amount, balance := p.moved[i], p.lines[i].Amount.Minor(), p.lines[i].Balance.Minor()
	a.addUp(p, i, &x.debits, &x.credits)
	a.model.move(x)
	a.checkChain(p, i)
	if want := x.balance + amount; balance != want {
		a.differ(CodeRecordBalance, p.in(i, "balance"), decimal(want), decimal(balance))
	}
	x.balance = balance
}

// checkChain checks that the line names the last record before it that moved its
// account. If that one could not be read, this is what is known of it.
func (a *auditor) checkChain(p *posting, i int) {
	x, prev := p.moved[i], p.lines[i].Prev
	if prev > x.movedSeq && a.model.unread(prev) {
		a.model.moves(x, prev)
	}
	if prev != x.movedSeq {
		a.differ(CodeRecordChain, p.in(i, "prev"), decimal(x.movedSeq), decimal(prev))
	}
}

// reserve adds the line to what holds reserve of its account.
func (a *auditor) reserve(p *posting, i int) {
	a.addUp(p, i, &p.moved[i].heldDebits, &p.moved[i].heldCredits)
}

// addUp adds the line's amount to the total of its side. What was posted and what
// is reserved on a side fit an int64 together.
func (a *auditor) addUp(p *posting, i int, debits, credits *int64) {
	x, amount, total := p.moved[i], p.lines[i].Amount.Minor(), debits
	if amount < 0 {
		total = credits
	}
	sum, ok := add(*total, max(amount, -amount))
	*total = sum
	_, debitsFit := add(x.debits, x.heldDebits)
	_, creditsFit := add(x.credits, x.heldCredits)
	if !ok || !debitsFit || !creditsFit {
		a.find(CodeRecordOverflow, p.at(i), "the totals of account %s are too large", x.spec.Path)
	}
}

// checkSums reports currencies in which the lines do not balance.
func (a *auditor) checkSums(p *posting) {
	for _, sum := range p.sums {
		if sum.minor != 0 {
			a.differ(CodeRecordUnbalanced, recordPart(p.seq, "sum of "+p.field+" in "+sum.currency.Code()), "0", decimal(sum.minor))
		}
	}
}

// addLine adds the line to the sum of its currency.
func (a *auditor) addLine(p *posting, i int) {
	amount := p.lines[i].Amount
	total := p.sum(amount.Currency())
	sum, ok := add(*total, amount.Minor())
	if !ok {
		a.find(CodeRecordOverflow, p.at(i), "the sum of the lines is too large")
	}
	*total = sum
}

// add reports false if the sum is no int64.
func add(x, y int64) (int64, bool) {
	sum := x + y
	return sum, (sum > x) == (y > 0)
}

// between is how far it is from low up to high: at least 0, at most what an
// int64 holds.
func between(low, high int64) int64 {
	switch distance := high - low; {
	case high <= low:
		return 0
	case distance < 0:
		return math.MaxInt64
	default:
		return distance
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
