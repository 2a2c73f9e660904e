package ledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// posting is the command of [Book.Post].
type posting struct{ Transaction }

func newPosting(t Transaction) (*posting, error) {
	if err := checkID(t.ID); err != nil {
		return nil, err
	}
	if err := checkKind(t.Kind); err != nil {
		return nil, err
	}
	if err := checkReason(t.By, &t.Document); err != nil {
		return nil, err
	}
	// The caller may use its slice again while the outcome is unknown.
	t.Postings = slices.Clone(t.Postings)
	return &posting{Transaction: t}, checkPostings(t.Postings)
}

func (p *posting) id() uuid.UUID { return p.ID }

func (p *posting) need(n *needs) {
	for i := range p.Postings {
		n.accounts[p.Postings[i].Account] = struct{}{}
	}
}

func (p *posting) same(r *Record) string {
	if field := p.sameAs(r, p.Kind); field != "" {
		return field
	}
	return samePostings(r.Lines, p.Postings)
}

// sameAs compares all but the lines with a record of the kind.
func (p *posting) sameAs(r *Record, kind string) string {
	date := r.Date
	if r.Refused != nil && !r.Refused.Date.IsZero() {
		date = r.Refused.Date // what was asked for; the record is on the date that was open
	}
	switch {
	case r.Kind != kind, kind != p.Kind && r.For != p.Kind:
		return "kind"
	case !p.Date.IsZero() && date != p.Date:
		return "date"
	case r.By != p.By:
		return "by"
	case string(r.Document) != string(p.Document):
		return "document"
	case r.Due != p.Due:
		return "due"
	}
	return ""
}

func samePostings(lines []Line, postings []Posting) string {
	if len(lines) != len(postings) {
		return "postings"
	}
	for i, p := range postings {
		amount := lines[i].Most
		if p.Take == Exact {
			amount = unsigned(lines[i].Amount)
		}
		switch {
		case lines[i].Account != p.Account:
			return fmt.Sprintf("postings[%d].account", i)
		case lines[i].Side != p.Side:
			return fmt.Sprintf("postings[%d].side", i)
		case lines[i].Take != p.Take:
			return fmt.Sprintf("postings[%d].take", i)
		case p.Take != Rest && amount != p.Amount:
			return fmt.Sprintf("postings[%d].amount", i)
		}
	}
	return ""
}

func (p *posting) remember(r *Record, why Refusal) bool {
	if !p.Remember {
		return false
	}
	if !p.Date.IsZero() && p.Date != r.Date {
		why.Date = p.Date // whatever the rule: it is compared when the id comes again
	}
	r.Kind, r.For, r.By, r.Document, r.Due = KindRefusal, p.Kind, p.By, p.Document, p.Due
	r.Asked, r.Refused = p.Postings, &why
	return true
}

func (p *posting) remembered(r *Record) error { return p.sameRefusal(r, KindRefusal) }

// sameRefusal answers from the record of a refusal of the kind.
func (p *posting) sameRefusal(r *Record, kind string) error {
	field := p.sameAs(r, kind)
	if field == "" && !slices.Equal(r.Asked, p.Postings) {
		field = "postings"
	}
	if field != "" {
		return &IDReusedError{ID: r.ID, Seq: r.Seq, Field: field}
	}
	return &RememberedError{Seq: r.Seq, Refusal: *r.Refused}
}

func (p *posting) decide(d *draft) error {
	if err := d.checkDate(p.Date); err != nil {
		return err
	}
	r := &d.record
	r.Kind, r.By, r.Document, r.Due = p.Kind, p.By, p.Document, p.Due
	lines, err := d.post(p.Postings, taking{kind: p.Kind})
	r.Lines = lines
	return err
}

func (d *draft) checkDate(date Date) error {
	open := d.state.head.OpenDate
	switch {
	case date.IsZero() || date == open:
		return nil
	case date.Before(open):
		return &DateError{Date: date, Open: open, Err: ErrDateClosed}
	}
	return &DateError{Date: date, Open: open, Err: ErrDateNotOpen}
}

// taking says how postings take effect.
type taking struct {
	// kind is what limits look at; "" for corrections, which none limits.
	kind string
	// reserve holds the amounts instead of posting them.
	reserve bool
	// left is how much of each posting's line can still be refunded; nil if
	// the postings are no refund.
	left []int64
	// beyond makes the error of a posting that wants more than that.
	beyond func(posting int, wanted int64) error
}

// post resolves the postings into lines and moves the accounts, or holds what
// they would move.
func (d *draft) post(postings []Posting, how taking) ([]Line, error) {
	for i := range postings {
		if err := d.usable(&postings[i]); err != nil {
			return nil, err
		}
	}
	if err := how.checkLeft(postings); err != nil {
		return nil, err
	}
	lines, err := d.resolve(postings, how)
	if err != nil {
		return nil, err
	}
	if err := d.checkBounds(lines); err != nil {
		return nil, err
	}
	if err := d.checkLimits(lines, how.kind); err != nil {
		return nil, err
	}
	if !how.reserve {
		d.balances(lines)
	}
	return lines, nil
}

// checkLeft refuses exact refunds beyond what is left.
func (how *taking) checkLeft(postings []Posting) error {
	for i, left := range how.left {
		if minor := postings[i].Amount.Minor(); postings[i].Take == Exact && minor > left {
			return how.beyond(i, minor)
		}
	}
	return nil
}

// balances sets the balance after each line, and which record moved its account
// before.
func (d *draft) balances(lines []Line) {
	balances := make(map[string]int64, len(lines))
	for i := range lines {
		l := &lines[i]
		account := d.state.account(l.Account)
		balance, again := balances[l.Account]
		if !again {
			balance = account.signed()
		}
		balance += l.Amount.Minor()
		balances[l.Account] = balance
		l.Balance, l.Prev = money.Of(balance, l.Amount.Currency()), account.MovedSeq
	}
}

// usable refuses a posting that its account does not take.
func (d *draft) usable(p *Posting) error {
	account, err := d.account(p.Account)
	if err != nil {
		return err
	}
	if p.Take != Rest && p.Amount.Currency() != account.Currency {
		return &AccountError{Account: p.Account, Err: ErrCurrencyMismatch}
	}
	return takes(account, p.Side)
}

// takes refuses a side that the account's state does not take.
func takes(account *Account, side Side) error {
	switch {
	case account.State == StateClosed:
		return &AccountError{Account: account.Path, Err: ErrAccountClosed}
	case !account.State.takes(side):
		return &AccountError{Account: account.Path, Err: ErrAccountFrozen}
	}
	return nil
}

// resolve decides the amount of each line: see [Take].
func (d *draft) resolve(postings []Posting, how taking) ([]Line, error) {
	lines := make([]Line, len(postings))
	sums := make(map[money.Currency]int64, 1)
	for pass := range 2 {
		for i := range postings {
			p := &postings[i]
			if flexible := p.Take != Exact; flexible != (pass == 1) {
				continue
			}
			account := d.accounts.find(p.Account)
			minor, err := d.amount(i, p, sums[account.Currency], how)
			if err != nil {
				return nil, err
			}
			lines[i] = Line{Account: p.Account, Side: p.Side, Take: p.Take, Amount: money.Of(int64(p.Side)*minor, account.Currency)}
			if p.Take == UpTo {
				lines[i].Most = p.Amount
			}
			if err := addTo(sums, lines[i].Amount); err != nil {
				return nil, err
			}
			change := account.move
			if how.reserve {
				change = account.hold
			}
			if err := change(lines[i].Amount.Minor()); err != nil {
				return nil, err
			}
		}
	}
	return lines, balanced(lines, sums)
}

// amount returns how much posting i takes, given what the lines before it sum
// to.
func (d *draft) amount(i int, p *Posting, sum int64, how taking) (int64, error) {
	lacking := distance(0, -sum)
	if p.Side == CreditSide {
		lacking = distance(0, sum)
	}
	minor := p.Amount.Minor()
	switch p.Take {
	case UpTo:
		minor = min(minor, lacking, d.room(p, how.kind))
	case Rest:
		minor = lacking
	}
	if len(how.left) > i && minor > how.left[i] {
		if p.Take == Rest {
			return 0, how.beyond(i, minor)
		}
		minor = how.left[i]
	}
	return minor, nil
}

// room returns how much more the posting's account can take within its bounds
// and limits.
func (d *draft) room(p *Posting, kind string) int64 {
	account := d.accounts.find(p.Account)
	room := account.room(p.Side)
	if kind == "" || len(account.Limits) == 0 {
		return room
	}
	limited, _ := account.limitRoom(p.Side, kind, d.record.Date, d.taken(account, p.Side))
	return min(room, limited)
}

// taken returns how much the draft took on a side of the account so far.
func (d *draft) taken(account *Account, side Side) int64 {
	return account.taken(side) - d.state.account(account.Path).taken(side)
}

func addTo(sums map[money.Currency]int64, amount money.Amount) error {
	total, err := money.Of(sums[amount.Currency()], amount.Currency()).Add(amount)
	if err != nil {
		return fmt.Errorf("sum of the postings: %w", err)
	}
	sums[amount.Currency()] = total.Minor()
	return nil
}

// balanced refuses sums that are not zero, in the order of the lines.
func balanced(lines []Line, sums map[money.Currency]int64) error {
	for i := range lines {
		currency := lines[i].Amount.Currency()
		if sum := sums[currency]; sum != 0 {
			return &UnbalancedError{Difference: money.Of(sum, currency)}
		}
	}
	return nil
}

// checkBounds refuses a net movement that ends beyond a bound. Accounts are
// looked at in the order of the lines.
func (d *draft) checkBounds(lines []Line) error {
	for i := range lines {
		account, earlier := d.accounts.find(lines[i].Account), d.state.account(lines[i].Account)
		if err := account.outside(); err != nil {
			return boundError(account, earlier, err)
		}
	}
	return nil
}

// boundError explains which bound of the account stands in the way of what the
// draft would make of the earlier one.
func boundError(account, earlier *Account, err error) error {
	e := &BoundError{
		Account: account.Path, Balance: earlier.Balance(), Bound: account.Floor, Err: err,
		Held:   money.Of(earlier.heldOut(), account.Currency),
		Wanted: money.Of(distance(account.lowest(), earlier.lowest()), account.Currency),
	}
	if errors.Is(err, ErrAboveCeiling) {
		e.Bound, e.Held = account.Ceiling, money.Of(earlier.heldIn(), account.Currency)
		e.Wanted = money.Of(distance(earlier.highest(), account.highest()), account.Currency)
	}
	return e
}

// checkLimits refuses what a limit does not allow, and counts the rest.
// Accounts are looked at in the order of the lines, of each first the debits.
func (d *draft) checkLimits(lines []Line, kind string) error {
	if kind == "" {
		return nil
	}
	var counted map[string]struct{}
	for i := range lines {
		account := d.accounts.find(lines[i].Account)
		if _, again := counted[account.Path]; again || len(account.Limits) == 0 {
			continue
		}
		if counted == nil {
			counted = make(map[string]struct{})
		}
		counted[account.Path] = struct{}{}
		for _, side := range [...]Side{DebitSide, CreditSide} {
			if err := d.checkLimit(account, side, kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *draft) checkLimit(account *Account, side Side, kind string) error {
	taken, date := d.taken(account, side), d.record.Date
	if taken == 0 {
		return nil
	}
	room, limit := account.limitRoom(side, kind, date, 0)
	if limit != nil && taken > room {
		return &LimitError{
			Account: account.Path, Limit: limit.Name, Per: limit.Per, Max: limit.Max,
			Used:   money.Of(account.Used.of(limit, date), account.Currency),
			Wanted: money.Of(taken, account.Currency),
		}
	}
	account.use(side, kind, date, taken)
	return nil
}
