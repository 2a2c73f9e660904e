package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func reversal() []clause {
	return []clause{
		{
			"of many different reversals one is written", "A record is reversed at most once, and of no line is more refunded than was posted.",
			func(t *testing.T, s *school) {
				original := s.post(t, topUp(wallet1, 100))
				books := []*ledger.Book{s.book, s.openBook(t)}
				errs := make([]error, 16)
				atOnce(len(errs), func(i int) {
					_, errs[i] = books[i%len(books)].Reverse(t.Context(), ledger.Reversal{Of: original.ID, By: fmt.Sprint(i)})
				})
				written := 0
				for _, err := range errs {
					if err == nil {
						written++
					} else {
						require.ErrorIs(t, err, ledger.ErrReversed)
					}
				}
				require.Equal(t, 1, written)
				require.Zero(t, s.balance(t, wallet1))
			},
		},
		{
			"of many equal reversals one is written and the others replayed", "The same reversal again is replayed;",
			func(t *testing.T, s *school) {
				original := s.post(t, topUp(wallet1, 100))
				receipts, errs := make([]ledger.Receipt, 16), make([]error, 16)
				atOnce(len(errs), func(i int) {
					receipts[i], errs[i] = s.book.Reverse(t.Context(), ledger.Reversal{Of: original.ID, By: "finance:1"})
				})
				written := 0
				for i, err := range errs {
					require.NoError(t, err)
					if !receipts[i].Replayed {
						written++
					}
				}
				require.Equal(t, 1, written)
				require.Zero(t, s.balance(t, wallet1))
			},
		},
		{
			"money spent since cannot be taken back", "money that was spent since cannot be taken back.",
			func(t *testing.T, s *school) {
				original := s.post(t, topUp(wallet1, 100))
				s.post(t, payment(wallet1, 1))
				_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: original.ID})
				require.ErrorIs(t, err, ledger.ErrInsufficient)
				s.post(t, topUp(wallet1, 1))
				_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: original.ID})
				require.NoError(t, err)
			},
		},
		{
			"what has no postings is not reversed, nor a reversal", "A record is reversed at most once, and a reversal or a refund never;",
			func(t *testing.T, s *school) {
				original := s.post(t, topUp(wallet1, 100))
				receipt, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: original.ID})
				require.NoError(t, err)
				require.Equal(t, original.ID, receipt.Record.Of)
				_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: receipt.Record.ID})
				require.ErrorIs(t, err, ledger.ErrNotReversible)
				_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: ledger.KeyID("ledger", "genesis")})
				require.ErrorIs(t, err, ledger.ErrNotReversible)
				_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: ledger.NewID()})
				require.ErrorIs(t, err, ledger.ErrRecordUnknown)
			},
		},
	}
}
