package ledger

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

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
		field := fmt.Sprintf("accounts[%d]", i)
		spec.Limits = spec.Limits.clone()
		if spec.State == "" {
			spec.State = StateOpen
		}
		if err := checkPath(field+".path", spec.Path); err != nil {
			return nil, err
		}
		if err := checkGiven(field, &spec); err != nil {
			return nil, err
		}
		if err := checkMetadata(field+".metadata", &spec.Metadata); err != nil {
			return nil, err
		}
		specs[i] = spec
	}
	o.Accounts = specs
	return &opening{Opening: o}, nil
}

// checkGiven checks what is given of an account; what is not may be its
// family's to say.
func checkGiven(field string, spec *AccountSpec) error {
	given := *spec
	if given.Control == "" {
		given.Control = "any"
	}
	if given.Side == 0 {
		given.Side = DebitSide
	}
	if given.Currency.IsValid() {
		return checkSpec(field, &given)
	}
	given.Currency = money.CNY // whichever: what has a currency is looked at later
	given.Floor, given.Ceiling, given.Limits = money.Amount{}, money.Amount{}, nil
	if err := checkLimits(field+".limits", spec.Limits, money.Currency{}); err != nil {
		return err
	}
	return checkSpec(field, &given)
}

func (o *opening) id() uuid.UUID { return o.ID }

func (o *opening) need(n *needs) {
	n.chart = true
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
		if !o.Accounts[i].asked(&r.Accounts[i]) {
			return fmt.Sprintf("accounts[%d]", i)
		}
	}
	return ""
}

// asked reports whether the account as opened is what was asked for: what the
// request left out may have come from the account's family.
func (s AccountSpec) asked(opened *AccountSpec) bool {
	if s.Control == "" {
		s.Control = opened.Control
	}
	if s.Side == 0 {
		s.Side = opened.Side
	}
	if !s.Currency.IsValid() {
		s.Currency = opened.Currency
	}
	if !s.Floor.IsValid() {
		s.Floor = opened.Floor
	}
	if !s.Ceiling.IsValid() {
		s.Ceiling = opened.Ceiling
	}
	if len(s.Limits) == 0 {
		s.Limits = opened.Limits
	}
	return s.Equal(*opened)
}

func (o *opening) decide(d *draft) error {
	families, err := d.state.chart()
	if err != nil {
		return err
	}
	specs := make([]AccountSpec, len(o.Accounts))
	for i := range o.Accounts {
		spec, err := complete(families, o.Accounts[i])
		if err != nil {
			return err
		}
		if err := checkSpec(fmt.Sprintf("accounts[%d]", i), &spec); err != nil {
			return err
		}
		if err := d.open(spec); err != nil {
			return err
		}
		specs[i] = spec
	}
	d.record.Kind, d.record.By, d.record.Accounts = KindOpening, o.By, specs
	d.settle = func(s *state) { s.head.Accounts += int64(len(specs)) }
	return nil
}
