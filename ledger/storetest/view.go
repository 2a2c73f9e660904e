package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func views() []clause {
	const oneMoment = "View begins a read-only transaction: all its reads see one moment."
	return []clause{
		{"a view does not see what is posted after it began", oneMoment, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, 100))
			before := s.head(t)
			view, err := s.store.View(t.Context())
			require.NoError(t, err)
			defer func() { require.NoError(t, view.Close()) }()

			late := s.post(t, topUp(wallet1, 23))
			s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 5)})
			s.refund(t, refundOf(late.ID, 1))
			s.openAccounts(t, wallet("wallet/late"))
			s.closeDay(t, firstDay)

			head, err := view.Head(t.Context(), s.id)
			require.NoError(t, err)
			require.Equal(t, before, head)
			accounts := all(t, view.Accounts(t.Context(), s.id, ledger.AccountQuery{Prefix: "wallet/"}))
			require.Len(t, accounts, 2)
			require.Equal(t, yuan(100), accounts[0].Balance())
			require.Len(t, all(t, view.Records(t.Context(), s.id, ledger.RecordQuery{})), int(before.Seq))
			require.Empty(t, all(t, view.Records(t.Context(), s.id, ledger.RecordQuery{IDs: ids(late.ID)})))
			require.Len(t, all(t, view.Moves(t.Context(), s.id, ledger.MoveQuery{Account: wallet1})), 1)
			require.Empty(t, all(t, view.Closings(t.Context(), s.id, ledger.ClosingQuery{})))
			require.Empty(t, all(t, view.Holds(t.Context(), s.id, ledger.HoldQuery{})))
			require.Empty(t, all(t, view.Refunds(t.Context(), s.id)))
		}},
		{"a new view sees the last commit", oneMoment, func(t *testing.T, s *school) {
			for range 3 {
				record := s.post(t, topUp(wallet1, 1))
				view, err := s.store.View(t.Context())
				require.NoError(t, err)
				head, err := view.Head(t.Context(), s.id)
				require.NoError(t, err)
				require.Equal(t, record.Seq, head.Seq)
				require.NoError(t, view.Close())
			}
		}},
		{"views taken amid payments are each consistent", oneMoment, func(t *testing.T, s *school) {
			atOnce(12, func(i int) {
				if i%4 == 0 {
					s.checkSums(t)
					return
				}
				for range 4 {
					if _, err := s.book.Post(t.Context(), topUp(wallet1, 3)); err != nil {
						t.Error(err)
					}
				}
			})
		}},
	}
}

// checkSums reads accounts and entries one after the other; only one moment
// makes them agree.
func (s *school) checkSums(t *testing.T) {
	view, err := s.store.View(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = view.Close() }()
	var totals, entries int64
	for account, err := range view.Accounts(t.Context(), s.id, ledger.AccountQuery{Paths: []string{wallet1}}) {
		if err != nil {
			t.Error(err)
		}
		totals = account.Credits
	}
	for entry, err := range ledger.Entries(t.Context(), view, s.id, ledger.EntryQuery{Account: wallet1}) {
		if err != nil {
			t.Error(err)
		}
		entries -= entry.Amount.Minor()
	}
	if totals != entries {
		t.Errorf("the account says %d, its entries %d", totals, entries)
	}
}
