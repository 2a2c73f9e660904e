package ledger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// Family says what the accounts at and below a path are.
type Family struct {
	// Path is the first segments of their paths: "wallet" is the family of
	// "wallet/h1", and of an account "wallet" itself. Of two families that
	// fit, the longer one is an account's.
	Path string
	// Control is their control account.
	Control string
	// Side is their normal side.
	Side Side
	// Currency is their currency; the zero Currency leaves it to each
	// account, and then there are no bounds and no limits.
	Currency money.Currency
	// Floor and Ceiling are the bounds of an account that is opened without
	// them; the zero Amount is no bound.
	Floor, Ceiling money.Amount
	// Limits are the limits of an account that is opened without any.
	Limits Limits
}

// Chart is a book's chart of accounts: from its record on, an account is only
// opened under one of the families, with its control account, side and
// currency. Accounts that are open already stay as they are. A later chart
// takes the place of the earlier.
type Chart struct {
	ID       uuid.UUID
	By, Why  string   // who set it and for what reason; both are required
	Families []Family // 1 to 1,000, each path once
}

const familiesMax = 1000

// setChart is the command of [Book.SetChart].
type setChart struct{ Chart }

func newChart(c Chart) (*setChart, error) {
	if err := checkID(c.ID); err != nil {
		return nil, err
	}
	if err := checkActor(c.By, c.Why); err != nil {
		return nil, err
	}
	if len(c.Families) == 0 || len(c.Families) > familiesMax {
		return nil, &InvalidError{Field: "families", Problem: fmt.Sprintf("%d of them, 1 to %d are allowed", len(c.Families), familiesMax)}
	}
	c.Families = slices.Clone(c.Families)
	seen := make(map[string]struct{}, len(c.Families))
	for i := range c.Families {
		c.Families[i].Limits = c.Families[i].Limits.clone()
		field := fmt.Sprintf("families[%d]", i)
		if err := checkFamily(field, &c.Families[i]); err != nil {
			return nil, err
		}
		if _, twice := seen[c.Families[i].Path]; twice {
			return nil, &InvalidError{Field: field + ".path", Problem: fmt.Sprintf("%q is given twice", c.Families[i].Path)}
		}
		seen[c.Families[i].Path] = struct{}{}
	}
	return &setChart{Chart: c}, nil
}

func checkFamily(field string, f *Family) error {
	if f.Currency.IsValid() {
		spec := f.spec(f.Path)
		return checkSpec(field, &spec)
	}
	if f.Floor.IsValid() || f.Ceiling.IsValid() || len(f.Limits) > 0 {
		return &InvalidError{Field: field, Problem: "has bounds or limits but no currency"}
	}
	spec := f.spec(f.Path)
	spec.Currency = money.CNY // whichever: the rest is looked at
	return checkSpec(field, &spec)
}

// spec is an account of the family as it is opened without particulars.
func (f *Family) spec(path string) AccountSpec {
	return AccountSpec{
		Path: path, Control: f.Control, Side: f.Side, Currency: f.Currency,
		Floor: f.Floor, Ceiling: f.Ceiling, Limits: f.Limits, State: StateOpen,
	}
}

func (f *Family) has(path string) bool {
	rest, ok := strings.CutPrefix(path, f.Path)
	return ok && (rest == "" || rest[0] == '/')
}

func (f *Family) equal(other *Family) bool { return f.spec(f.Path).Equal(other.spec(other.Path)) }

func (c *setChart) id() uuid.UUID { return c.ID }
func (c *setChart) need(n *needs) { n.chart = true }

func (c *setChart) same(r *Record) string {
	if field := r.differs(KindChart, c.By, c.Why); field != "" {
		return field
	}
	if len(r.Families) != len(c.Families) {
		return "families"
	}
	for i := range c.Families {
		if !r.Families[i].equal(&c.Families[i]) {
			return fmt.Sprintf("families[%d]", i)
		}
	}
	return ""
}

func (c *setChart) decide(d *draft) error {
	r := &d.record
	r.Kind, r.By, r.Why, r.Families, r.Prev = KindChart, c.By, c.Why, c.Families, d.state.head.ChartSeq
	d.settle = func(s *state) { s.head.ChartSeq, s.families = s.head.Seq, c.Families }
	return nil
}

// familyOf returns the family of a path, nil if the chart has none for it.
func familyOf(families []Family, path string) *Family {
	var family *Family
	for i := range families {
		if f := &families[i]; f.has(path) && (family == nil || len(f.Path) > len(family.Path)) {
			family = f
		}
	}
	return family
}

// complete fills in what an account's opening left to its family, and refuses
// what the chart does not know. Without a chart everything is allowed and
// nothing may be left out.
func complete(families []Family, spec AccountSpec) (AccountSpec, error) {
	if len(families) == 0 {
		return spec, nil
	}
	family := familyOf(families, spec.Path)
	if family == nil {
		return spec, &AccountError{Account: spec.Path, Err: ErrFamilyUnknown}
	}
	full := family.spec(spec.Path)
	full.State, full.Metadata = spec.State, spec.Metadata
	if !full.Currency.IsValid() {
		full.Currency = spec.Currency
	}
	if !spec.fits(&full) {
		return spec, &AccountError{Account: spec.Path, Err: ErrFamilyMismatch}
	}
	if spec.Floor.IsValid() {
		full.Floor = spec.Floor
	}
	if spec.Ceiling.IsValid() {
		full.Ceiling = spec.Ceiling
	}
	if len(spec.Limits) > 0 {
		full.Limits = spec.Limits
	}
	return full, nil
}

// fits reports whether what is given is as the family has it.
func (s *AccountSpec) fits(full *AccountSpec) bool {
	return (s.Control == "" || s.Control == full.Control) && (s.Side == 0 || s.Side == full.Side) &&
		(!s.Currency.IsValid() || s.Currency == full.Currency)
}
