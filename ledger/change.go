package ledger

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// change is the command of [Book.ChangeAccount].
type change struct{ Change }

func newChange(c Change) (*change, error) {
	if err := checkID(c.ID); err != nil {
		return nil, err
	}
	if err := checkActor(c.By, c.Why); err != nil {
		return nil, err
	}
	if !c.State.valid() {
		return nil, &InvalidError{Field: "state", Problem: fmt.Sprintf("%.20q is no account state", c.State)}
	}
	if err := checkPath("account", c.Account); err != nil {
		return nil, err
	}
	if c.Floor.IsValid() {
		// Of an account in another currency it is found where the account is.
		if err := checkBoundPair("bounds", &AccountSpec{Currency: c.Floor.Currency(), Floor: c.Floor, Ceiling: c.Ceiling}); err != nil {
			return nil, err
		}
	}
	c.Limits = c.Limits.clone()
	if err := checkLimits("limits", c.Limits, money.Currency{}); err != nil {
		return nil, err
	}
	if err := checkMetadata("metadata", &c.Metadata); err != nil {
		return nil, err
	}
	return &change{Change: c}, nil
}

func (c *change) id() uuid.UUID { return c.ID }
func (c *change) need(n *needs) { n.accounts[c.Account] = struct{}{} }

func (c *change) same(r *Record) string {
	if field := r.differs(KindChange, c.By, c.Why); field != "" {
		return field
	}
	switch {
	case r.Accounts[0].Path != c.Account:
		return "account"
	case r.Accounts[0].Floor != c.Floor:
		return "floor"
	case r.Accounts[0].Ceiling != c.Ceiling:
		return "ceiling"
	case !r.Accounts[0].Limits.equal(c.Limits):
		return "limits"
	case string(r.Accounts[0].Metadata) != string(c.Metadata):
		return "metadata"
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
	switch {
	case account.State == StateClosed:
		return &AccountError{Account: c.Account, Err: ErrAccountClosed}
	case c.State == StateClosed && (!account.Balance().IsZero() || account.HeldDebits != 0 || account.HeldCredits != 0):
		return &AccountError{Account: c.Account, Err: ErrNotEmpty}
	}
	earlier := *account
	account.Used = account.Used.kept(account.Limits, c.Limits)
	account.Floor, account.Ceiling, account.Limits = c.Floor, c.Ceiling, c.Limits
	account.Metadata, account.State = c.Metadata, c.State
	if err := checkBoundPair("bounds", &account.AccountSpec); err != nil {
		return err
	}
	if err := checkLimits("limits", c.Limits, account.Currency); err != nil {
		return err
	}
	if err := account.outside(); err != nil {
		return boundError(account, &earlier, err)
	}
	r := &d.record
	r.Kind, r.By, r.Why, r.Prev = KindChange, c.By, c.Why, account.ChangedSeq
	r.Accounts = []AccountSpec{account.clone()}
	account.ChangedSeq = r.Seq
	return nil
}
