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
		{
			"entries are read between two positions, newest first",
			"With an Account: its entries, newest first, that come before the given position and line (Before 0: from the newest), at most Limit (0: all), and after the position After.",
			readEntries,
		},
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

func readEntries(t *testing.T, s *school) {
	var seqs []int64
	for i := range int64(3) {
		fen := 10 * (i + 1)
		seqs = append(seqs, s.post(t, transaction("topup",
			ledger.Credit(wallet1, yuan(fen)), ledger.Debit(bank, yuan(fen+1)), ledger.Credit(wallet1, yuan(1)))).Seq)
	}
	for _, c := range []struct {
		query ledger.EntryQuery
		want  []int64
	}{
		{ledger.EntryQuery{}, []int64{1, 30, 1, 20, 1, 10}},
		{ledger.EntryQuery{Limit: 3}, []int64{1, 30, 1}},
		{ledger.EntryQuery{Before: seqs[2]}, []int64{1, 20, 1, 10}},
		{ledger.EntryQuery{Before: seqs[2], BeforeLine: 2}, []int64{30, 1, 20, 1, 10}},
		{ledger.EntryQuery{Before: seqs[1], BeforeLine: 2, Limit: 2}, []int64{20, 1}},
		{ledger.EntryQuery{After: seqs[0]}, []int64{1, 30, 1, 20}},
		{ledger.EntryQuery{After: seqs[0], Before: seqs[2]}, []int64{1, 20}},
		{ledger.EntryQuery{After: seqs[2]}, nil},
	} {
		c.query.Account = wallet1
		var read []int64
		for _, entry := range all(t, s.store.Entries(t.Context(), s.id, c.query)) {
			read = append(read, -entry.Amount.Minor())
		}
		require.Equal(t, c.want, read, "%+v", c.query)
	}
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
		for _, err := range s.store.Entries(t.Context(), s.id, ledger.EntryQuery{}) {
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
