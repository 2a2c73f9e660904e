package ledger

import "github.com/google/uuid"

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
	d.settle = func(s *state) { s.head.Name, s.head.OpenDate = g.Name, g.OpenDate }
	return nil
}
