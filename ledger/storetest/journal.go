package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func journal() []clause {
	const gapless = "The journal is gapless and append-only, its bytes are the leaves of an RFC 6962 Merkle tree whose range is in the head."
	return []clause{
		{"refusals, replays and rollbacks leave no gap", gapless, func(t *testing.T, s *school) {
			once := topUp(wallet1, 50)
			for i := range 5 {
				s.post(t, topUp(wallet1, int64(i+1)))
				s.post(t, once)
				_, err := s.book.Post(t.Context(), payment(wallet2, 1))
				require.ErrorIs(t, err, ledger.ErrInsufficient)
				require.NoError(t, s.hold(t, ledger.Need{}).Rollback(t.Context()))
			}
			require.Equal(t, int64(8), s.head(t).Seq) // genesis, opening, one and five top-ups
		}},
		{"the head's tree is that of the bodies", gapless, func(t *testing.T, s *school) {
			for range 14 {
				s.post(t, topUp(wallet1, 1))
				tree := ledger.NewTree()
				for _, stored := range all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{})) {
					require.NoError(t, tree.Append(ledger.LeafHash(stored.Body), nil))
				}
				require.Equal(t, tree.Hashes(), s.head(t).Tree)
			}
		}},
		{"records are read in order from any position", "Records yields records in the order of the journal.", func(t *testing.T, s *school) {
			for range 7 {
				s.post(t, topUp(wallet1, 1))
			}
			require.Equal(t, []int64{3, 4, 5}, s.seqs(t, ledger.RecordQuery{After: 2, Limit: 3}))
			require.Equal(t, []int64{8, 9}, s.seqs(t, ledger.RecordQuery{After: 7}))
			require.Empty(t, s.seqs(t, ledger.RecordQuery{After: 9}))
		}},
		{"records are read by their ids, in the order of the journal", "those with the IDs if there are any, else those after the position After, at most Limit (0: all).", func(t *testing.T, s *school) {
			first, second := s.post(t, topUp(wallet1, 1)), s.post(t, topUp(wallet1, 2))
			query := ledger.RecordQuery{IDs: ids(second.ID, numbered(0), first.ID)}
			require.Equal(t, []int64{first.Seq, second.Seq}, s.seqs(t, query))
			require.Empty(t, s.seqs(t, ledger.RecordQuery{IDs: ids(numbered(0))}))
		}},
		{"what Commit returned from is there to read", "An acknowledged record is durable.", func(t *testing.T, s *school) {
			atOnce(16, func(int) {
				receipt, err := s.book.Post(t.Context(), topUp(wallet1, 1))
				if err != nil {
					t.Error(err)
					return
				}
				read, err := s.book.Record(t.Context(), receipt.Record.ID)
				if err != nil || read.Seq != receipt.Record.Seq {
					t.Errorf("record %d: read %d, %v", receipt.Record.Seq, read.Seq, err)
				}
			})
		}},
	}
}

func (s *school) seqs(t *testing.T, query ledger.RecordQuery) []int64 {
	t.Helper()
	var seqs []int64
	for _, stored := range all(t, s.store.Records(t.Context(), s.id, query)) {
		seqs = append(seqs, stored.Seq)
	}
	return seqs
}

// checkReopening ends a store and looks at its data through another.
func checkReopening(t *testing.T, store ledger.Store) {
	t.Helper()
	reopener, ok := store.(Reopener)
	if !ok {
		t.Skip("the store is no Reopener")
	}
	s := newSchool(t, store, 1)
	once := topUp(wallet1, 100)
	first := s.post(t, once)
	hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 60)}).ID
	s.capture(t, partOf(hold, 20, 20))
	s.refund(t, refundOf(first.ID, 10))
	s.setLimits(t, wallet1, spending("", ledger.PerDay, 25))
	s.post(t, payment(wallet1, 15))
	s.setChart(t, schoolFamilies()...)
	before := s.head(t)

	store = reopener.Reopen(t)
	book, err := ledger.Open(t.Context(), store, 1, nil)
	require.NoError(t, err)
	s = &school{id: 1, store: store, book: book}
	require.Equal(t, before, s.head(t))
	receipt, err := book.Post(t.Context(), once)
	require.NoError(t, err)
	require.True(t, receipt.Replayed, "an id stands for one transaction for ever")
	require.Equal(t, first, receipt.Record)
	require.Equal(t, []int64{55, 40, 15}, s.wallet(t))
	s.refuseLimit(t, payment(wallet1, 11))
	_, err = book.Refund(t.Context(), refundOf(first.ID, 91))
	require.ErrorIs(t, err, ledger.ErrRefundExceeded)
	_, err = book.Capture(t.Context(), partOf(hold, 41, 41))
	require.ErrorIs(t, err, ledger.ErrHoldExceeded)
	s.capture(t, ledger.Capture{Hold: hold})
	_, err = s.openAccount(t, ledger.AccountSpec{Path: "shop/kiosk"})
	require.ErrorIs(t, err, ledger.ErrFamilyUnknown)
	s.post(t, payment(wallet1, 10))
	verify(t, store, 1)
}
