package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func reading() []clause {
	const order = "Accounts yields accounts in the byte order of their paths."
	const query = "AccountQuery selects accounts: those with the Paths if there are any, else those whose path begins with Prefix and lies after After, and that the other fields let through, at most Limit (0: all)."
	inOrder := []string{"x", "x-1", "x.1", "x/A", "x/Z", "x/_", "x/a", "x0", "xX", "x_", "xx"}
	setUp := func(t *testing.T, s *school) {
		t.Helper()
		for i := range inOrder {
			s.openAccounts(t, wallet(inOrder[(i*7+3)%len(inOrder)]))
		}
	}
	return []clause{
		{"accounts come in byte order whatever the locale", order, func(t *testing.T, s *school) {
			setUp(t, s)
			require.Equal(t, inOrder, s.paths(t, ledger.AccountQuery{Prefix: "x"}))
		}},
		{"a prefix is no pattern", query, func(t *testing.T, s *school) {
			setUp(t, s)
			require.Equal(t, []string{"x_"}, s.paths(t, ledger.AccountQuery{Prefix: "x_"}))
			require.Equal(t, []string{"x/A", "x/Z", "x/_", "x/a"}, s.paths(t, ledger.AccountQuery{Prefix: "x/"}))
			for _, none := range []string{"x%", "x*", "x?", "X", "%", "\U0010FFFF", "y"} {
				require.Empty(t, s.paths(t, ledger.AccountQuery{Prefix: none}), none)
			}
		}},
		{"accounts are read page by page", query, func(t *testing.T, s *school) {
			setUp(t, s)
			var read []string
			for after := ""; ; {
				page := s.paths(t, ledger.AccountQuery{Prefix: "x", After: after, Limit: 4})
				read = append(read, page...)
				if len(page) < 4 {
					break
				}
				after = page[3]
			}
			require.Equal(t, inOrder, read)
		}},
		{"named accounts come in byte order, unknown ones are absent", query, func(t *testing.T, s *school) {
			require.Equal(t, []string{bank, wallet1, wallet2},
				s.paths(t, ledger.AccountQuery{Paths: []string{wallet2, "nobody", bank, wallet1, "\xff'\""}}))
			require.Empty(t, s.paths(t, ledger.AccountQuery{Paths: []string{"nobody"}}))
		}},
		{"a stream that is left early holds nothing", "they hold a connection until they end.", leaveEarly},
		{"reading does not hold up writing", "All methods may be called concurrently.", func(t *testing.T, s *school) {
			for _, err := range s.store.Records(t.Context(), s.id, ledger.RecordQuery{}) {
				require.NoError(t, err)
				s.post(t, topUp(wallet1, 1))
			}
		}},
	}
}

func (s *school) paths(t *testing.T, query ledger.AccountQuery) []string {
	t.Helper()
	var paths []string
	for _, account := range all(t, s.store.Accounts(t.Context(), s.id, query)) {
		paths = append(paths, account.Path)
	}
	return paths
}

func leaveEarly(t *testing.T, s *school) {
	s.refund(t, refundOf(s.post(t, topUp(wallet1, 2)).ID, 1))
	s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 1)})
	for range 100 {
		for _, err := range s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{}) {
			require.NoError(t, err)
			break
		}
		for _, err := range s.store.Records(t.Context(), s.id, ledger.RecordQuery{}) {
			require.NoError(t, err)
			break
		}
		for _, err := range s.store.Moves(t.Context(), s.id, ledger.MoveQuery{Account: wallet1}) {
			require.NoError(t, err)
			break
		}
		for _, err := range s.store.Holds(t.Context(), s.id, ledger.HoldQuery{}) {
			require.NoError(t, err)
			break
		}
		for _, err := range s.store.Refunds(t.Context(), s.id) {
			require.NoError(t, err)
			break
		}
	}
	s.post(t, topUp(wallet1, 1))
}
