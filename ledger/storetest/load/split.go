package load

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// standing are accounts, by path, as they stand while records go by.
type standing map[string]*ledger.Account

func newStanding(accounts []ledger.Account) standing {
	s := make(standing, len(accounts))
	for _, a := range accounts {
		s[a.Path] = &a
	}
	return s
}

// move moves the accounts of a record and adds them, as they then stand, to
// those that a batch moved, by number.
func (s standing) move(record *ledger.Record, moved map[int64]ledger.Account) {
	for i := range record.Lines {
		line := &record.Lines[i]
		if line.Amount.IsZero() {
			continue
		}
		a, minor := s[line.Account], line.Amount.Minor()
		a.Debits, a.Credits = a.Debits+max(minor, 0), a.Credits+max(-minor, 0)
		if a.MovedSeq != record.Seq {
			a.Moves++
		}
		a.LastSeq, a.MovedSeq = record.Seq, record.Seq
		moved[a.Number] = *a
	}
}

// split cuts rows into batches of so many records. Each updates the accounts
// that it moves, once; a hold is written once, as it ends, with the record that
// authorized it.
func split(all *ledger.Changes, size int, accounts standing) ([]*ledger.Changes, error) {
	rest := *all
	var batches []*ledger.Changes
	for records := range slices.Chunk(all.Records, size) {
		last := records[len(records)-1].Seq
		batch := &ledger.Changes{Head: all.Head, Records: records}
		batch.Opened, rest.Opened = cut(rest.Opened, func(a *ledger.Account) bool { return a.ChangedSeq <= last })
		batch.Milestones, rest.Milestones = cut(rest.Milestones, func(m *ledger.Milestone) bool { return m.Seq <= last })
		batch.Holds, rest.Holds = cut(rest.Holds, func(h *ledger.StoredHold) bool { return h.Seq <= last })
		batch.Nodes, rest.Nodes = cut(rest.Nodes, func(n *ledger.Node) bool { return completed(*n) <= last })
		moved := make(map[int64]ledger.Account)
		for i := range records {
			record, err := ledger.ParseRecord(records[i].Body)
			if err != nil {
				return nil, fmt.Errorf("record %d: %w", records[i].Seq, err)
			}
			accounts.move(&record, moved)
			batch.Head.Seq, batch.Head.At = record.Seq, record.At
		}
		batch.Updated = slices.SortedFunc(maps.Values(moved), func(x, y ledger.Account) int { return cmp.Compare(x.Number, y.Number) })
		batches = append(batches, batch)
	}
	if n := len(batches); n > 0 {
		batches[n-1].Head = all.Head
	}
	return batches, nil
}

// cut returns the rows at the beginning that belong, and the others.
func cut[T any](rows []T, belongs func(row *T) bool) (first, rest []T) {
	n := 0
	for n < len(rows) && belongs(&rows[n]) {
		n++
	}
	return rows[:n:n], rows[n:]
}

// add turns the states of accounts after each batch, which stood so before the
// first, into what the batch adds to them, later accounts first: in that order
// all writers lock them, the busiest, which are the oldest, last.
func add(batches []*ledger.Changes, accounts standing) {
	for _, batch := range batches {
		for i := range batch.Updated {
			after := &batch.Updated[i]
			before := *accounts[after.Path]
			*accounts[after.Path] = *after
			after.Debits, after.Credits, after.Moves = after.Debits-before.Debits, after.Credits-before.Credits, after.Moves-before.Moves
		}
		slices.SortFunc(batch.Updated, func(x, y ledger.Account) int { return cmp.Compare(y.Number, x.Number) })
	}
}
