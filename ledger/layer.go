package ledger

import (
	"maps"
	"time"

	"github.com/google/uuid"
)

// applyLinked applies all commands or, if one is refused, none of them. With dry
// it answers the same and leaves the state as it was.
func (s *state) applyLinked(commands []command, at time.Time, dry bool) ([]Receipt, error) {
	layer, err := s.layer()
	if err != nil {
		return nil, err
	}
	receipts := make([]Receipt, len(commands))
	for i, c := range commands {
		if receipts[i], err = layer.apply(c, at); err == nil {
			continue
		}
		if !dry {
			err = &LinkedError{Index: i, Err: err}
		}
		return nil, err
	}
	if !dry {
		s.adopt(layer)
	}
	return receipts, nil
}

// layer returns a state that begins where this one stands and can be thrown
// away.
func (s *state) layer() (*state, error) {
	tree, err := ParseTree(s.tree.Size(), s.tree.Hashes())
	if err != nil {
		return nil, err
	}
	return &state{
		under: s, head: s.head, begun: s.head.Seq, tree: tree, charted: s.charted, families: s.families,
		accounts: make(map[string]*Account),
		records:  make(map[uuid.UUID]*StoredRecord),
		holds:    make(map[uuid.UUID]StoredHold),
		refunds:  make(map[int64]map[int]int64),
		changed:  make(map[uuid.UUID]struct{}),
		returned: make(map[Refunded]struct{}),
	}, nil
}

// adopt takes over what happened in a layer over this state: no day close or
// reopening, which are decided alone.
func (s *state) adopt(layer *state) {
	s.head, s.tree, s.families = layer.head, layer.tree, layer.families
	for _, account := range layer.touched {
		s.keep(account)
	}
	maps.Copy(s.records, layer.records)
	maps.Copy(s.holds, layer.holds)
	for seq, lines := range layer.refunds {
		for line, minor := range lines {
			s.setRefunded(Refunded{Seq: seq, Line: line, Minor: minor})
		}
	}
	maps.Copy(s.changed, layer.changed)
	maps.Copy(s.returned, layer.returned)
	s.pending.Records = append(s.pending.Records, layer.pending.Records...)
	s.pending.Milestones = append(s.pending.Milestones, layer.pending.Milestones...)
	s.pending.Nodes = append(s.pending.Nodes, layer.pending.Nodes...)
}

// account returns an account as it stands, nil if there is none.
func (s *state) account(path string) *Account {
	if account, ok := s.accounts[path]; ok || s.under == nil {
		return account
	}
	return s.under.account(path)
}

// record returns the record with the id, nil if there is none.
func (s *state) record(id uuid.UUID) *StoredRecord {
	if record := s.records[id]; record != nil || s.under == nil {
		return record
	}
	return s.under.record(id)
}

func (s *state) hold(id uuid.UUID) (StoredHold, bool) {
	if hold, ok := s.holds[id]; ok || s.under == nil {
		return hold, ok
	}
	return s.under.hold(id)
}

// refunded returns how much of a record's line was refunded.
func (s *state) refunded(seq int64, line int) int64 {
	if minor, ok := s.refunds[seq][line]; ok || s.under == nil {
		return minor
	}
	return s.under.refunded(seq, line)
}

// isRefunded reports whether anything of a record was refunded.
func (s *state) isRefunded(seq int64) bool {
	return len(s.refunds[seq]) > 0 || s.under != nil && s.under.isRefunded(seq)
}
