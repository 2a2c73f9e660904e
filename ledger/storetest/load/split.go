package load

import (
	"cmp"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// standing are the totals of accounts as records go by.
type standing map[int64]*ledger.Account

func newStanding(accounts []ledger.Account) standing {
	s := make(standing, len(accounts))
	for _, a := range accounts {
		s[a.Number] = &a
	}
	return s
}

// move adds an entry and returns the account as it then stands.
func (s standing) move(e *ledger.EntryRow) *ledger.Account {
	a := s[e.Account]
	a.Debits += max(e.Amount, 0)
	a.Credits += max(-e.Amount, 0)
	a.LastSeq = e.Seq
	return a
}

// split cuts rows into batches of so many records. Each updates the accounts
// that it moves, once; a hold is written once, as it ends, with the record that
// authorized it.
func split(all *ledger.Changes, size int, accounts standing) []*ledger.Changes {
	rest := *all
	var batches []*ledger.Changes
	for records := range slices.Chunk(all.Records, size) {
		last := records[len(records)-1].Seq
		batch := &ledger.Changes{Head: all.Head, Records: records}
		batch.Head.Seq, batch.Head.At = last, records[len(records)-1].At
		batch.Opened, rest.Opened = cut(rest.Opened, func(a *ledger.Account) bool { return a.ChangedSeq <= last })
		batch.Entries, rest.Entries = cut(rest.Entries, func(e *ledger.EntryRow) bool { return e.Seq <= last })
		batch.Holds, rest.Holds = cut(rest.Holds, func(h *ledger.StoredHold) bool { return h.Seq <= last })
		batch.Nodes, rest.Nodes = cut(rest.Nodes, func(n *ledger.Node) bool { return completed(*n) <= last })
		moved := make(map[int64]ledger.Account)
		for i := range batch.Entries {
			moved[batch.Entries[i].Account] = *accounts.move(&batch.Entries[i])
		}
		batch.Updated = slices.SortedFunc(maps.Values(moved), func(x, y ledger.Account) int { return cmp.Compare(x.Number, y.Number) })
		batches = append(batches, batch)
	}
	if n := len(batches); n > 0 {
		batches[n-1].Head = all.Head
	}
	return batches
}

// cut returns the rows at the beginning that belong, and the others.
func cut[T any](rows []T, belongs func(row *T) bool) (first, rest []T) {
	n := 0
	for n < len(rows) && belongs(&rows[n]) {
		n++
	}
	return rows[:n:n], rows[n:]
}

// added turns the states of accounts into what the rows of one record add to
// them, later accounts first: in that order all writers lock them, the busiest,
// which are the oldest, last.
func added(one *ledger.Changes) {
	one.Updated = nil
	for _, e := range one.Entries {
		one.Updated = append(one.Updated, ledger.Account{
			Number: e.Account, Debits: max(e.Amount, 0), Credits: max(-e.Amount, 0), LastSeq: e.Seq,
		})
	}
	slices.SortFunc(one.Updated, func(x, y ledger.Account) int { return cmp.Compare(y.Number, x.Number) })
}
