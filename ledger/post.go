package ledger

import (
	"errors"
	"fmt"

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
	if err := checkText("by", t.By, byBytesMax); err != nil {
		return nil, err
	}
	document, err := canonicalDocument(t.Document)
	if err != nil {
		return nil, &InvalidError{Field: "document", Problem: err.Error()}
	}
	t.Document = document
	return &posting{Transaction: t}, checkPostings(t.Postings)
}

func (p *posting) id() uuid.UUID { return p.ID }

func (p *posting) need(n *needs) {
	for i := range p.Postings {
		n.accounts[p.Postings[i].Account] = struct{}{}
	}
}

func (p *posting) same(r *Record) string {
	switch {
	case r.Kind != p.Kind:
		return "kind"
	case !p.Date.IsZero() && r.Date != p.Date:
		return "date"
	case r.By != p.By:
		return "by"
	case string(r.Document) != string(p.Document):
		return "document"
	}
	return samePostings(r.Lines, p.Postings)
}

func samePostings(lines []Line, postings []Posting) string {
	if len(lines) != len(postings) {
		return "postings"
	}
	for i, p := range postings {
		amount := lines[i].Most
		if p.Take == Exact {
			amount = lines[i].Amount
			if p.Side == CreditSide {
				amount = money.Of(-amount.Minor(), amount.Currency())
			}
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

func (p *posting) decide(d *draft) error {
	if err := d.checkDate(p.Date); err != nil {
		return err
	}
	d.record.Kind, d.record.By, d.record.Document = p.Kind, p.By, p.Document
	return d.post(p.Postings)
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

// post resolves the postings into the record's lines and moves the accounts.
func (d *draft) post(postings []Posting) error {
	before := make(map[string]Account, len(postings))
	for i := range postings {
		account, err := d.usable(&postings[i])
		if err != nil {
			return err
		}
		if _, ok := before[account.Path]; !ok {
			before[account.Path] = *account
		}
	}
	lines, err := d.resolve(postings)
	if err != nil {
		return err
	}
	d.record.Lines = lines
	if err := d.checkBounds(before); err != nil {
		return err
	}
	balances := make(map[string]int64, len(before))
	for path, account := range before {
		balances[path] = account.signed()
	}
	for i := range lines {
		balances[lines[i].Account] += lines[i].Amount.Minor()
		lines[i].Balance = money.Of(balances[lines[i].Account], lines[i].Amount.Currency())
	}
	return nil
}

// usable returns the posting's account if it takes such a posting.
func (d *draft) usable(p *Posting) (*Account, error) {
	account, err := d.account(p.Account)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Take != Rest && p.Amount.Currency() != account.Currency:
		err = ErrCurrencyMismatch
	case account.State == StateClosed:
		err = ErrAccountClosed
	case !account.State.takes(p.Side):
		err = ErrAccountFrozen
	default:
		return account, nil
	}
	return nil, &AccountError{Account: p.Account, Err: err}
}

// resolve decides the amount of each line: see [Take].
func (d *draft) resolve(postings []Posting) ([]Line, error) {
	lines := make([]Line, len(postings))
	sums := make(map[money.Currency]int64, 1)
	for pass := range 2 {
		for i := range postings {
			p := &postings[i]
			if flexible := p.Take != Exact; flexible != (pass == 1) {
				continue
			}
			account := d.accounts[p.Account]
			amount := int64(p.Side) * resolved(p, account, sums[account.Currency])
			lines[i] = Line{Account: p.Account, Side: p.Side, Take: p.Take, Amount: money.Of(amount, account.Currency)}
			if p.Take == UpTo {
				lines[i].Most = p.Amount
			}
			if err := addTo(sums, lines[i].Amount); err != nil {
				return nil, err
			}
			if err := account.move(amount); err != nil {
				return nil, err
			}
		}
	}
	for i := range lines {
		currency := lines[i].Amount.Currency()
		if sum := sums[currency]; sum != 0 {
			return nil, &UnbalancedError{Difference: money.Of(sum, currency)}
		}
	}
	return lines, nil
}

// resolved returns how much the posting takes, given what the lines before it
// sum to.
func resolved(p *Posting, account *Account, sum int64) int64 {
	if p.Take == Exact {
		return p.Amount.Minor()
	}
	lacking := distance(0, -sum)
	if p.Side == CreditSide {
		lacking = distance(0, sum)
	}
	if p.Take == Rest {
		return lacking
	}
	return min(p.Amount.Minor(), lacking, account.room(p.Side))
}

func addTo(sums map[money.Currency]int64, amount money.Amount) error {
	total, err := money.Of(sums[amount.Currency()], amount.Currency()).Add(amount)
	if err != nil {
		return fmt.Errorf("sum of the postings: %w", err)
	}
	sums[amount.Currency()] = total.Minor()
	return nil
}

// checkBounds refuses a net movement that ends beyond a bound. Accounts are
// looked at in the order of the lines.
func (d *draft) checkBounds(before map[string]Account) error {
	for i := range d.record.Lines {
		path := d.record.Lines[i].Account
		account, earlier := d.accounts[path], before[path]
		err := account.outside()
		if err == nil {
			continue
		}
		bound := account.Floor
		if errors.Is(err, ErrAboveCeiling) {
			bound = account.Ceiling
		}
		from, to := earlier.Balance().Minor(), account.Balance().Minor()
		return &BoundError{
			Account: path, Balance: earlier.Balance(), Bound: bound,
			Wanted: money.Of(distance(min(from, to), max(from, to)), account.Currency), Err: err,
		}
	}
	return nil
}
