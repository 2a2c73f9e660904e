package school_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

func TestTendFreesWhatExpiredHoldsReserve(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.September, 1, 4, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s, err := school.Open(t.Context(), school.Location{Dir: t.TempDir()}, &school.Options{
		OpenDate: ledger.DateOf(2026, 9, 1), Ledger: &ledger.Options{Now: clock}, Now: clock,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	hold := ledger.Authorization{Expires: now.Add(time.Hour), Transaction: ledger.Transaction{
		ID: ledger.NewID(), Kind: "preorder", Postings: []ledger.Posting{
			ledger.Debit("cash/"+school.MainDesk, cny("5")), ledger.Credit("bank/"+school.MainBank, cny("5")),
		},
	}}
	_, err = s.Book.Authorize(t.Context(), hold)
	require.NoError(t, err)

	stateAfter := func(later time.Duration) ledger.HoldState {
		t.Helper()
		now = now.Add(later)
		require.NoError(t, s.Tend(t.Context(), time.Minute))
		stored, err := s.Book.Hold(t.Context(), hold.ID)
		require.NoError(t, err)
		return stored.State
	}
	require.Equal(t, ledger.HoldHeld, stateAfter(time.Hour-time.Microsecond))
	require.Equal(t, ledger.HoldExpired, stateAfter(time.Microsecond))
	head, err := s.Book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, ledger.HoldExpired, stateAfter(time.Hour))
	after, err := s.Book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, head, after, "once")
}
