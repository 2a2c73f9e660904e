package storetest

import (
	"context"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// Write keeps a part for Commit, if the store takes parts: see [ledger.Locked].
func (l *memoryLocked) Write(_ context.Context, part ledger.Changes) bool {
	if !l.store.Parts || l.ended {
		return false
	}
	l.parts = append(l.parts, part)
	return true
}

// together returns what parts come to that follow one another.
func together(parts []ledger.Changes) ledger.Changes {
	all := parts[0]
	all.Opened, all.Updated = slices.Clone(all.Opened), slices.Clone(all.Updated)
	all.Holds, all.Refunds = slices.Clone(all.Holds), slices.Clone(all.Refunds)
	for _, part := range parts[1:] {
		all.Head = part.Head
		all.Records = slices.Concat(all.Records, part.Records)
		all.Opened = append(all.Opened, part.Opened...)
		for _, account := range part.Updated {
			same := func(other ledger.Account) bool { return other.Number == account.Number }
			if at := slices.IndexFunc(all.Opened, same); at >= 0 {
				all.Opened[at] = account
			} else {
				all.Updated = replaced(all.Updated, account, same)
			}
		}
		all.Milestones = slices.Concat(all.Milestones, part.Milestones)
		all.Nodes = slices.Concat(all.Nodes, part.Nodes)
		for _, hold := range part.Holds {
			all.Holds = replaced(all.Holds, hold, func(other ledger.StoredHold) bool { return other.Seq == hold.Seq })
		}
		for _, refund := range part.Refunds {
			all.Refunds = replaced(all.Refunds, refund, func(other ledger.Refunded) bool {
				return other.Seq == refund.Seq && other.Line == refund.Line
			})
		}
	}
	return all
}

// replaced returns rows with one in place of the same, or added.
func replaced[T any](rows []T, row T, same func(T) bool) []T {
	if at := slices.IndexFunc(rows, same); at >= 0 {
		rows[at] = row
		return rows
	}
	return append(rows, row)
}
