package ledger

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// genesis is the command of [Create].
type genesis struct{ Genesis }

func newGenesis(g Genesis) (*genesis, error) {
	if g.Name == "" {
		return nil, &InvalidError{Field: "name", Problem: "is missing"}
	}
	if g.OpenDate.IsZero() {
		return nil, &InvalidError{Field: "openDate", Problem: "is missing"}
	}
	if err := checkText("name", g.Name, nameBytesMax); err != nil {
		return nil, err
	}
	return &genesis{Genesis: g}, checkText("by", g.By, byBytesMax)
}

func (*genesis) id() uuid.UUID { return KeyID("ledger", "genesis") }
func (*genesis) need(*needs)   {}

func (g *genesis) same(r *Record) string {
	switch {
	case r.Kind != KindGenesis:
		return "kind"
	case r.Name != g.Name:
		return "name"
	case r.Date != g.OpenDate:
		return "openDate"
	}
	return ""
}

func (g *genesis) decide(d *draft) error {
	d.record.Kind, d.record.Name, d.record.By, d.record.Date = KindGenesis, g.Name, g.By, g.OpenDate
	d.settle = func(head *Head) { head.Name, head.OpenDate = g.Name, g.OpenDate }
	return nil
}

// opening is the command of [Book.OpenAccounts].
type opening struct{ Opening }

func newOpening(o Opening) (*opening, error) {
	if err := checkID(o.ID); err != nil {
		return nil, err
	}
	if err := checkText("by", o.By, byBytesMax); err != nil {
		return nil, err
	}
	if len(o.Accounts) == 0 || len(o.Accounts) > accountsMax {
		return nil, &InvalidError{Field: "accounts", Problem: fmt.Sprintf("%d of them, 1 to %d are allowed", len(o.Accounts), accountsMax)}
	}
	specs := make([]AccountSpec, len(o.Accounts))
	for i, spec := range o.Accounts {
		if spec.State == "" {
			spec.State = StateOpen
		}
		if err := checkSpec(fmt.Sprintf("accounts[%d]", i), &spec); err != nil {
			return nil, err
		}
		specs[i] = spec
	}
	o.Accounts = specs
	return &opening{Opening: o}, nil
}

func (o *opening) id() uuid.UUID { return o.ID }

func (o *opening) need(n *needs) {
	for i := range o.Accounts {
		n.accounts[o.Accounts[i].Path] = struct{}{}
	}
}

func (o *opening) same(r *Record) string {
	switch {
	case r.Kind != KindOpening:
		return "kind"
	case r.By != o.By:
		return "by"
	case len(r.Accounts) != len(o.Accounts):
		return "accounts"
	}
	for i := range o.Accounts {
		if r.Accounts[i] != o.Accounts[i] {
			return fmt.Sprintf("accounts[%d]", i)
		}
	}
	return ""
}

func (o *opening) decide(d *draft) error {
	for i := range o.Accounts {
		if err := d.open(o.Accounts[i]); err != nil {
			return err
		}
	}
	d.record.Kind, d.record.By, d.record.Accounts = KindOpening, o.By, o.Accounts
	count := int64(len(o.Accounts))
	d.settle = func(head *Head) { head.Accounts += count }
	return nil
}

// change is the command of [Book.ChangeAccount].
type change struct{ Change }

func newChange(c Change) (*change, error) {
	if err := checkID(c.ID); err != nil {
		return nil, err
	}
	if err := checkText("by", c.By, byBytesMax); err != nil {
		return nil, err
	}
	if c.Why == "" {
		return nil, &InvalidError{Field: "why", Problem: "is missing"}
	}
	if !c.State.valid() {
		return nil, &InvalidError{Field: "state", Problem: fmt.Sprintf("%.20q is no account state", c.State)}
	}
	if err := checkPath("account", c.Account); err != nil {
		return nil, err
	}
	return &change{Change: c}, checkText("why", c.Why, whyBytesMax)
}

func (c *change) id() uuid.UUID { return c.ID }
func (c *change) need(n *needs) { n.accounts[c.Account] = struct{}{} }

func (c *change) same(r *Record) string {
	switch {
	case r.Kind != KindChange:
		return "kind"
	case r.By != c.By:
		return "by"
	case r.Why != c.Why:
		return "why"
	case r.Accounts[0].Path != c.Account:
		return "account"
	case r.Accounts[0].Floor != c.Floor:
		return "floor"
	case r.Accounts[0].Ceiling != c.Ceiling:
		return "ceiling"
	case r.Accounts[0].State != c.State:
		return "state"
	}
	return ""
}

func (c *change) decide(d *draft) error {
	account, err := d.account(c.Account)
	if err != nil {
		return err
	}
	balance := account.Balance()
	switch {
	case account.State == StateClosed:
		return &AccountError{Account: c.Account, Err: ErrAccountClosed}
	case c.State == StateClosed && !balance.IsZero():
		return &AccountError{Account: c.Account, Err: ErrNotEmpty}
	}
	account.Floor, account.Ceiling, account.State = c.Floor, c.Ceiling, c.State
	if err := checkBoundPair(c.Account, &account.AccountSpec); err != nil {
		return err
	}
	if err := account.outside(); err != nil {
		bound := c.Floor
		if errors.Is(err, ErrAboveCeiling) {
			bound = c.Ceiling
		}
		return &BoundError{Account: c.Account, Balance: balance, Bound: bound, Wanted: money.Zero(account.Currency), Err: err}
	}
	d.record.Kind, d.record.By, d.record.Why = KindChange, c.By, c.Why
	d.record.Accounts = []AccountSpec{account.AccountSpec}
	return nil
}

// dayClose is the command of [Book.CloseDay]. It is decided in a batch of its
// own, so that the accounts touched are all in the snapshot.
type dayClose struct{ DayClose }

func newDayClose(c DayClose) (*dayClose, error) {
	if c.Date.IsZero() {
		return nil, &InvalidError{Field: "date", Problem: "is missing"}
	}
	if !c.Next.IsZero() && !c.Date.Before(c.Next) {
		return nil, &InvalidError{Field: "next", Problem: fmt.Sprintf("%s is not after %s", c.Next, c.Date)}
	}
	return &dayClose{DayClose: c}, checkText("by", c.By, byBytesMax)
}

func (c *dayClose) id() uuid.UUID { return KeyID("ledger", "close", c.Date.String()) }
func (c *dayClose) need(n *needs) { n.touched = true }

func (c *dayClose) same(r *Record) string {
	switch {
	case r.Kind != KindDayClose:
		return "kind"
	case !c.Next.IsZero() && r.Next != c.Next:
		return "next"
	}
	return ""
}

func (c *dayClose) decide(d *draft) error {
	if err := d.checkDate(c.Date); err != nil {
		return err
	}
	next := c.Next
	if next.IsZero() {
		next = c.Date.AddDays(1)
	}
	d.record.Kind, d.record.By, d.record.Next = KindDayClose, c.By, next
	for i := range d.state.touched {
		account := &d.state.touched[i]
		d.closings = append(d.closings, NewClosing{
			Account: account.Number, Date: c.Date, Debits: account.Debits, Credits: account.Credits,
		})
	}
	d.settle = func(head *Head) { head.OpenDate, head.ClosedSeq = next, head.Seq }
	return nil
}
