package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func memory() []clause {
	const own = "Its contents are the caller's to change."
	return []clause{
		{"changing a snapshot changes nothing else", own, func(t *testing.T, s *school) {
			record := s.post(t, topUp(wallet1, 100))
			hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 10)}).ID
			s.refund(t, refundOf(record.ID, 1))
			s.setLimits(t, wallet1, spending("", ledger.PerDay, 50))
			s.post(t, payment(wallet1, 5))
			s.setChart(t, schoolFamilies()...)
			need := ledger.Need{
				Accounts: []string{wallet1}, IDs: ids(record.ID), Holds: ids(hold), Refunds: []int64{record.Seq}, Chart: true, Closing: true,
			}
			read := func(change func(*ledger.Snapshot)) string {
				locked := s.hold(t, need)
				snapshot := locked.Snapshot()
				require.NoError(t, locked.Rollback(t.Context()))
				require.Len(t, snapshot.All, 6)
				require.NotEmpty(t, snapshot.Accounts[0].Used)
				change(&snapshot)
				slices.SortFunc(snapshot.Refunds, func(x, y ledger.Refunded) int { return x.Line - y.Line })
				slices.SortFunc(snapshot.All, func(x, y ledger.Account) int { return int(x.Number - y.Number) })
				return fmt.Sprintf("%+v", snapshot)
			}
			before := read(func(*ledger.Snapshot) {})
			read(spoilSnapshot)
			require.Equal(t, before, read(func(*ledger.Snapshot) {}))
		}},
		{"changing a record that was read changes nothing else", own, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, 100))
			for _, read := range []func() []ledger.StoredRecord{
				func() []ledger.StoredRecord { return all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{})) },
				func() []ledger.StoredRecord { return s.moves(t, ledger.MoveQuery{Account: wallet1}) },
			} {
				before, spoiled := read(), read()
				for _, stored := range spoiled {
					clear(stored.Body)
				}
				require.NotEqual(t, before, spoiled)
				require.Equal(t, before, read())
			}
		}},
		{"changing a node that was read changes nothing else", own, func(t *testing.T, s *school) {
			s.fill(t, 256)
			query := ledger.NodeQuery{Level: 8, Last: 300}
			before, spoiled := s.nodes(t, query), s.nodes(t, query)
			for _, node := range spoiled {
				clear(node.Hash)
			}
			require.NotEqual(t, before, spoiled)
			require.Equal(t, before, s.nodes(t, query))
		}},
		{"changing what was committed changes nothing written", "Commit writes the changes, all or nothing, and returns once they are durable.", func(t *testing.T, s *school) {
			s.fill(t, 255)
			var kept ledger.Changes
			book, err := ledger.Open(t.Context(), &spoiler{Store: s.store, spoil: func(c *ledger.Changes) { kept = *c }}, s.id, nil)
			require.NoError(t, err)
			_, err = book.Post(t.Context(), topUp(wallet1, 100))
			require.NoError(t, err)
			clear(kept.Head.Tree)
			clear(kept.Records[0].Body)
			clear(kept.Nodes[0].Hash)
			clear(kept.Nodes)
			clear(kept.Milestones)
			clear(kept.Updated)
		}},
	}
}

// spoilSnapshot overwrites all the memory that a snapshot refers to.
func spoilSnapshot(s *ledger.Snapshot) {
	clear(s.Head.Tree)
	for _, records := range [][]ledger.StoredRecord{s.Records, s.Chart, s.Ahead} {
		for i := range records {
			clear(records[i].Body)
		}
		clear(records)
	}
	for _, accounts := range [][]ledger.Account{s.Accounts, s.All} {
		for i := range accounts {
			clear(accounts[i].Limits)
			clear(accounts[i].Used)
			clear(accounts[i].Metadata)
		}
		clear(accounts)
	}
	for i := range s.Holds {
		clear(s.Holds[i].Captured)
	}
	clear(s.Holds)
	clear(s.Refunds)
}
