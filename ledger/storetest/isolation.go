package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func ids(list ...uuid.UUID) []uuid.UUID { return list }

func isolation() []clause {
	const nothing = "Books share nothing but the database."
	const unknown = "A book without a head is ErrBookUnknown for Head and has nothing for the others."
	return []clause{
		{"the same paths and ids in two books are different things", nothing, func(t *testing.T, s *school) {
			neighbour := newSchool(t, s.store, s.id+1)
			same := topUp(wallet1, 100)
			s.post(t, same)
			require.Zero(t, neighbour.balance(t, wallet1))
			_, err := neighbour.book.Record(t.Context(), same.ID)
			require.ErrorIs(t, err, ledger.ErrRecordUnknown)
			neighbour.post(t, same)
			neighbour.post(t, payment(wallet1, 40))
			require.Equal(t, int64(100), s.balance(t, wallet1))
			verify(t, s.store, neighbour.id)
		}},
		{"two books are posted to at once without mixing", nothing, func(t *testing.T, s *school) {
			schools := []*school{s, newSchool(t, s.store, s.id+1)}
			atOnce(32, func(i int) {
				_, err := schools[i%2].book.Post(t.Context(), topUp(wallet1, int64(1+i%2)))
				if err != nil {
					t.Error(err)
				}
			})
			require.Equal(t, int64(16), schools[0].balance(t, wallet1))
			require.Equal(t, int64(32), schools[1].balance(t, wallet1))
			verify(t, s.store, schools[1].id)
		}},
		{"a day close is one book's", nothing, func(t *testing.T, s *school) {
			neighbour := newSchool(t, s.store, s.id+1)
			_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
			require.NoError(t, err)
			require.Equal(t, firstDay, neighbour.head(t).OpenDate)
			require.Empty(t, all(t, s.store.Closings(t.Context(), neighbour.id, ledger.ClosingQuery{})))
			verify(t, s.store, neighbour.id)
		}},
		{"an unknown book reads as nothing", unknown, func(t *testing.T, s *school) {
			stranger := s.id + 1
			_, err := s.store.Head(t.Context(), stranger)
			require.ErrorIs(t, err, ledger.ErrBookUnknown)
			require.Empty(t, all(t, s.store.Accounts(t.Context(), stranger, ledger.AccountQuery{})))
			require.Empty(t, all(t, s.store.Records(t.Context(), stranger, ledger.RecordQuery{})))
			require.Empty(t, all(t, s.store.Moves(t.Context(), stranger, ledger.MoveQuery{Account: wallet1})))
			require.Empty(t, all(t, s.store.Closings(t.Context(), stranger, ledger.ClosingQuery{})))
			require.Empty(t, all(t, s.store.Holds(t.Context(), stranger, ledger.HoldQuery{})))
			require.Empty(t, all(t, s.store.Refunds(t.Context(), stranger)))
			_, err = ledger.Open(t.Context(), s.store, stranger, nil)
			require.ErrorIs(t, err, ledger.ErrBookUnknown)
		}},
		{"an unknown book cannot be locked, and nothing is held", "A book without a head is ErrBookUnknown.", func(t *testing.T, s *school) {
			_, err := s.store.Lock(t.Context(), s.id+1, ledger.Need{})
			require.ErrorIs(t, err, ledger.ErrBookUnknown)
			s.post(t, topUp(wallet1, 1))
		}},
		{"creating a head again changes nothing", "Create makes sure that the book has a head, empty if it is new.", func(t *testing.T, s *school) {
			before := s.head(t)
			require.NoError(t, s.store.Create(t.Context(), s.id))
			require.Equal(t, before, s.head(t))
			require.NoError(t, s.store.Create(t.Context(), s.id+1))
			head, err := s.store.Head(t.Context(), s.id+1)
			require.NoError(t, err)
			require.Zero(t, head.Seq)
			require.True(t, head.OpenDate.IsZero())
			require.Empty(t, head.Tree)
			_, err = ledger.Open(t.Context(), s.store, s.id+1, nil)
			require.ErrorIs(t, err, ledger.ErrBookUnknown)
		}},
	}
}
