package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func statement() []clause {
	return []clause{
		{
			"pages do not shift while entries are posted", "Entries posted meanwhile do not shift the pages.",
			func(t *testing.T, s *school) {
				var want []int64
				for i := range int64(10) {
					s.post(t, topUp(wallet1, i+1))
					want = append(want, i+1)
				}
				slices.Reverse(want)
				require.Equal(t, want, s.turnPages(t, wallet1, 3))
			},
		},
		{
			"a page may end within a record", "Entries yields entries of an account, newest first.",
			func(t *testing.T, s *school) {
				s.post(t, transaction("topup",
					ledger.Credit(wallet1, yuan(1)), ledger.Credit(wallet1, yuan(2)), ledger.Credit(wallet1, yuan(3)),
					ledger.Credit(wallet1, yuan(4)), ledger.Debit(bank, yuan(10))))
				require.Equal(t, []int64{4, 3, 2, 1}, s.turnPages(t, wallet1, 1))
			},
		},
		{
			"an entry has its record's particulars", "The particulars of the record.",
			func(t *testing.T, s *school) {
				record := s.post(t, topUp(wallet1, 5))
				page, err := s.book.Statement(t.Context(), wallet1, ledger.StatementQuery{Limit: 10})
				require.NoError(t, err)
				require.Empty(t, page.Next)
				require.Equal(t, []ledger.Entry{{
					Account: wallet1, Seq: record.Seq, Line: 1, Amount: yuan(-5), Balance: yuan(-5),
					ID: record.ID, Kind: "topup", Date: firstDay, At: record.At,
				}}, page.Entries)
			},
		},
		{
			"a full last page has none after it", `"" after the last.`,
			func(t *testing.T, s *school) {
				s.post(t, topUp(wallet1, 5))
				s.post(t, topUp(wallet1, 6))
				page, err := s.book.Statement(t.Context(), wallet1, ledger.StatementQuery{Limit: 2})
				require.NoError(t, err)
				require.Len(t, page.Entries, 2)
				require.Empty(t, page.Next)
			},
		},
	}
}

// turnPages reads a wallet's statement and posts to it between the pages.
func (s *school) turnPages(t *testing.T, path string, limit int) []int64 {
	t.Helper()
	var minor []int64
	for cursor := ""; ; {
		page, err := s.book.Statement(t.Context(), path, ledger.StatementQuery{Limit: limit, Cursor: cursor})
		require.NoError(t, err)
		for _, entry := range page.Entries {
			minor = append(minor, -entry.Amount.Minor())
		}
		if page.Next == "" {
			return minor
		}
		require.Len(t, page.Entries, limit)
		cursor = page.Next
		s.post(t, topUp(path, 1000))
	}
}
