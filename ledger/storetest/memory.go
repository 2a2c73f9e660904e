package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func memory() []clause {
	const own = "Its contents are the caller's to change."
	return []clause{
		{"changing a snapshot changes nothing else", own, func(t *testing.T, s *school) {
			record := s.post(t, topUp(wallet1, 100))
			need := ledger.Need{Accounts: []string{wallet1}, IDs: ids(record.ID), Touched: true}
			locked := s.hold(t, need)
			snapshot := locked.Snapshot()
			require.Len(t, snapshot.Touched, 6)
			clear(snapshot.Head.Tree)
			clear(snapshot.Records[0].Body)
			clear(snapshot.Records[0].Leaf)
			clear(snapshot.Accounts)
			clear(snapshot.Touched)
			require.NoError(t, locked.Rollback(t.Context()))

			locked = s.hold(t, need)
			defer func() { require.NoError(t, locked.Rollback(t.Context())) }()
			snapshot = locked.Snapshot()
			require.Equal(t, record.Canonical(), snapshot.Records[0].Body)
			require.Equal(t, wallet1, snapshot.Accounts[0].Path)
			require.Equal(t, s.head(t), snapshot.Head)
		}},
		{"changing a record that was read changes nothing else", own, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, 100))
			records := all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{}))
			for _, stored := range records {
				before := string(stored.Body)
				clear(stored.Body)
				clear(stored.Leaf)
				for _, other := range records {
					require.NotEqual(t, before, string(other.Body))
				}
			}
		}},
		{"changing what was committed changes nothing written", "Commit writes the changes, all or nothing, and returns once they are durable.", func(t *testing.T, s *school) {
			var kept ledger.Changes
			book, err := ledger.Open(t.Context(), &spoiler{Store: s.store, spoil: func(c *ledger.Changes) { kept = *c }}, s.id, nil)
			require.NoError(t, err)
			_, err = book.Post(t.Context(), topUp(wallet1, 100))
			require.NoError(t, err)
			clear(kept.Head.Tree)
			clear(kept.Records[0].Body)
			clear(kept.Records[0].Leaf)
			clear(kept.Entries)
			clear(kept.Updated)
		}},
	}
}
