package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func holdGroups() []clause {
	const group = "It is how a group of holds is captured or released at once."
	return []clause{
		{"a group is captured at once", group, func(t *testing.T, s *school) {
			group := s.group(t, 3)
			receipts, err := s.book.PostLinked(t.Context(), captures(group)...)
			require.NoError(t, err)
			require.Len(t, receipts, 3)
			require.Equal(t, []int64{70, 0, 70}, s.wallet(t))
		}},
		{"a group is released at once", group, func(t *testing.T, s *school) {
			group := s.group(t, 3)
			_, err := s.book.PostLinked(t.Context(), releases(group)...)
			require.NoError(t, err)
			require.Equal(t, []int64{100, 0, 100}, s.wallet(t))
		}},
		{"of a group none is captured if one cannot be", group, func(t *testing.T, s *school) {
			group := s.group(t, 3)
			s.release(t, group[2])
			before := s.head(t)
			_, err := s.book.PostLinked(t.Context(), captures(group)...)
			requireLinked(t, err, 2, ledger.ErrHoldReleased)
			_, err = s.book.PostLinked(t.Context(), append(releases(group[:1]), captures(ids(group[1], group[0]))...)...)
			requireLinked(t, err, 2, ledger.ErrHoldReleased)
			require.Equal(t, before, s.head(t))
			require.Equal(t, []int64{100, 20, 80}, s.wallet(t))
		}},
		{"a group is captured or released, never in parts", group, func(t *testing.T, s *school) {
			books := []*ledger.Book{s.book, s.openBook(t)}
			s.post(t, topUp(wallet1, 5*40))
			for range 5 {
				group := s.authorizeGroup(t, 4)
				atOnce(8, func(i int) {
					requests := captures(group)
					if i%2 == 1 {
						requests = releases(group)
					}
					_, _ = books[i/4].PostLinked(t.Context(), requests...)
				})
				states := make(map[ledger.HoldState]int)
				for _, hold := range group {
					states[s.holdState(t, hold)]++
				}
				require.Len(t, states, 1)
				require.NotContains(t, states, ledger.HoldHeld)
			}
			require.Zero(t, s.wallet(t)[1])
		}},
	}
}

// requireLinked checks which request was refused, and why.
func requireLinked(t *testing.T, err error, index int, why error) {
	t.Helper()
	var linked *ledger.LinkedError
	require.ErrorAs(t, err, &linked)
	require.Equal(t, index, linked.Index)
	require.ErrorIs(t, err, why)
}

// group fills the first wallet with 100 and authorizes holds of 10 on it.
func (s *school) group(t *testing.T, n int) []uuid.UUID {
	t.Helper()
	s.post(t, topUp(wallet1, 100))
	return s.authorizeGroup(t, n)
}

func (s *school) authorizeGroup(t *testing.T, n int) []uuid.UUID {
	t.Helper()
	var requests []ledger.Request
	var group []uuid.UUID
	for range n {
		a := ledger.Authorization{Transaction: payment(wallet1, 10)}
		requests, group = append(requests, a), append(group, a.ID)
	}
	_, err := s.book.PostLinked(t.Context(), requests...)
	require.NoError(t, err)
	return group
}

func captures(group []uuid.UUID) []ledger.Request {
	var requests []ledger.Request
	for _, hold := range group {
		requests = append(requests, ledger.Capture{ID: ledger.NewID(), Hold: hold})
	}
	return requests
}

func releases(group []uuid.UUID) []ledger.Request {
	var requests []ledger.Request
	for _, hold := range group {
		requests = append(requests, ledger.Release{Hold: hold})
	}
	return requests
}
