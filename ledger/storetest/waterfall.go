package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// meal pays from the subsidy first, then from the wallet; the rest is owed.
func meal(fen int64) ledger.Transaction {
	return transaction("sale",
		ledger.Credit(canteen, yuan(fen)),
		ledger.DebitUpTo(subsidy, yuan(fen)), ledger.DebitUpTo(wallet1, yuan(fen)), ledger.DebitRest(arrears))
}

func waterfall() []clause {
	const upTo = "UpTo takes as much of its amount as is lacking on its side and as the account's bounds and limits allow; Rest takes all that is still lacking."
	return []clause{
		{"a meal takes the subsidy, then the wallet, then credit", upTo, func(t *testing.T, s *school) {
			s.post(t, topUp(subsidy, 300))
			s.post(t, topUp(wallet1, 500))
			require.Equal(t, []int64{-1000, 300, 500, 200}, amounts(s.post(t, meal(1000))))
			require.Equal(t, []int64{-100, 0, 0, 100}, amounts(s.post(t, meal(100))))
			require.Equal(t, int64(300), s.balance(t, arrears))
		}},
		{"a top-up repays what is owed before it fills the wallet", upTo, func(t *testing.T, s *school) {
			s.post(t, meal(200))
			record := s.post(t, transaction("topup",
				ledger.Debit(bank, yuan(500)), ledger.CreditUpTo(arrears, yuan(500)), ledger.CreditRest(wallet1)))
			require.Equal(t, []int64{500, -200, -300}, amounts(record))
			require.Zero(t, s.balance(t, arrears))
		}},
		{"a top-up above the ceiling goes to the next account", upTo, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, walletMax-10))
			record := s.post(t, transaction("topup",
				ledger.Debit(bank, yuan(100)), ledger.CreditUpTo(wallet1, yuan(100)), ledger.CreditRest(canteen)))
			require.Equal(t, []int64{100, -10, -90}, amounts(record))
		}},
		{"lines that take nothing are in the record and in no statement", "zero if an UpTo or Rest line took nothing", func(t *testing.T, s *school) {
			s.post(t, topUp(subsidy, 300))
			sale := meal(300)
			record := s.post(t, sale)
			require.Equal(t, []int64{-300, 300, 0, 0}, amounts(record))
			page, err := s.book.Statement(t.Context(), arrears, ledger.StatementQuery{Limit: 10})
			require.NoError(t, err)
			require.Empty(t, page.Entries)
			again, err := s.book.Post(t.Context(), sale) // though it would resolve otherwise now
			require.NoError(t, err)
			require.True(t, again.Replayed)
			require.Equal(t, record, again.Record)
		}},
		{
			"many meals at once share what there is", withinBounds,
			func(t *testing.T, s *school) {
				s.post(t, topUp(subsidy, 100))
				s.post(t, topUp(wallet1, 150))
				books := []*ledger.Book{s.book, s.openBook(t)}
				atOnce(32, func(i int) {
					if _, err := books[i%len(books)].Post(t.Context(), meal(10)); err != nil {
						t.Error(err)
					}
				})
				require.Equal(t, []int64{0, 0, 70, 320},
					[]int64{s.balance(t, subsidy), s.balance(t, wallet1), s.balance(t, arrears), s.balance(t, canteen)})
			},
		},
	}
}

func amounts(record ledger.Record) []int64 {
	var minor []int64
	for _, line := range record.Lines {
		minor = append(minor, line.Amount.Minor())
	}
	return minor
}
