package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func holds() []clause {
	const reserved = "what its postings would move is reserved until it is captured, released or expired."
	const parts = "A hold takes any number of partial captures, up to what it holds, and one final."
	const expiring = "ExpireHolds journals the expiry of every hold whose time is over, and returns how many there were."
	return []clause{
		{"a hold lowers what is available and not the balance", reserved, reserve},
		{"a hold is captured in parts, and a final one frees the rest", parts, captureInParts},
		{"a capture of all that is left ends the hold", "A capture of all that is left ends the hold in any case.", captureAll},
		{
			"a release frees what was not captured", "Release ends a hold: what was not captured is free again.",
			func(t *testing.T, s *school) {
				hold := s.preorder(t, 80)
				s.capture(t, partOf(hold, 30, 30))
				released := s.release(t, hold)
				require.Equal(t, ledger.KindRelease, released.Kind)
				require.Equal(t, hold, released.Of)
				require.Equal(t, []int64{70, 0, 70}, s.wallet(t))
				require.Equal(t, ledger.HoldReleased, s.holdState(t, hold))
			},
		},
		{
			"an expired hold is not captured though its expiry is not there yet",
			"Until then an expired hold still reserves its money, but can no longer be captured.",
			expire,
		},
		{"holds expire once, whoever asks", expiring, expireAtOnce},
		{"more holds expire than a queue takes", expiring, expireMany},
		{"a hold expires at its microsecond", expiring, func(t *testing.T, s *school) {
			clock := s.stopClock(t)
			s.post(t, topUp(wallet1, 100))
			request := ledger.Authorization{Transaction: payment(wallet1, 40), Expires: clock.now().Add(time.Second)}
			s.authorize(t, request)
			clock.advance(time.Second - time.Microsecond)
			require.Zero(t, s.expired(t))
			clock.advance(time.Microsecond)
			require.Equal(t, 1, s.expired(t))
		}},
		{
			"a hold takes what is there as a transaction does", "Bounds, limits and states are checked now, as for [Book.Post].",
			holdWaterfall,
		},
		{"the steps of a hold are replayed; other content is refused", "An id stands for one transaction for ever:", holdsReplayed},
		{
			"a hold reads as it stands", "Hold returns a hold as it stands.",
			readHold,
		},
		{
			"holds are read in the order of their authorization",
			"HoldQuery selects holds: with ExpiredAt those held whose Expires is not after it, else all; at most Limit (0: all), after the position After.",
			queryHolds,
		},
		{
			"an account with a hold is not closed", "needs a zero balance and no holds, and is final.",
			closeHeld,
		},
	}
}

// preorder fills the first wallet with 100 and holds a part of it.
func (s *school) preorder(t testing.TB, fen int64) uuid.UUID {
	t.Helper()
	s.post(t, topUp(wallet1, 100))
	return s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, fen)}).ID
}

func (s *school) authorize(t testing.TB, a ledger.Authorization) ledger.Record {
	t.Helper()
	receipt, err := s.book.Authorize(t.Context(), a)
	require.NoError(t, err)
	return receipt.Record
}

// capture captures, with a new id if there is none.
func (s *school) capture(t testing.TB, c ledger.Capture) ledger.Record {
	t.Helper()
	if c.ID == uuid.Nil {
		c.ID = ledger.NewID()
	}
	receipt, err := s.book.Capture(t.Context(), c)
	require.NoError(t, err)
	return receipt.Record
}

func (s *school) release(t testing.TB, hold uuid.UUID) ledger.Record {
	t.Helper()
	receipt, err := s.book.Release(t.Context(), ledger.Release{Hold: hold})
	require.NoError(t, err)
	return receipt.Record
}

func (s *school) expired(t testing.TB) int {
	t.Helper()
	n, err := s.book.ExpireHolds(t.Context())
	require.NoError(t, err)
	return n
}

func (s *school) holdState(t testing.TB, id uuid.UUID) ledger.HoldState {
	t.Helper()
	hold, err := s.book.Hold(t.Context(), id)
	require.NoError(t, err)
	return hold.State
}

// wallet returns the first wallet's balance, what is held of it, and what is
// available.
func (s *school) wallet(t testing.TB) []int64 {
	t.Helper()
	account, err := s.book.Account(t.Context(), wallet1)
	require.NoError(t, err)
	available, bounded := account.Available()
	require.True(t, bounded)
	return []int64{account.Balance().Minor(), account.Held().Minor(), available.Minor()}
}

// partOf is a capture with a new id.
func partOf(hold uuid.UUID, fen ...int64) ledger.Capture {
	c := ledger.Capture{ID: ledger.NewID(), Hold: hold}
	for _, minor := range fen {
		c.Amounts = append(c.Amounts, yuan(minor))
	}
	return c
}

func heldOf(record ledger.Record) []int64 { return amounts(ledger.Record{Lines: record.Held}) }

func reserve(t *testing.T, s *school) {
	hold := s.preorder(t, 80)
	require.Equal(t, []int64{100, 80, 20}, s.wallet(t))
	require.Zero(t, s.balance(t, canteen))
	_, err := s.book.Post(t.Context(), payment(wallet1, 21))
	var bound *ledger.BoundError
	require.ErrorAs(t, err, &bound)
	require.Equal(t, ledger.BoundError{
		Account: wallet1, Balance: yuan(100), Held: yuan(80), Bound: yuan(0), Wanted: yuan(21), Err: ledger.ErrInsufficient,
	}, *bound)
	require.Equal(t, yuan(20), bound.Available())
	require.Equal(t, []int64{-50, 0, 20, 30}, amounts(s.post(t, meal(50))))
	require.Equal(t, ledger.HoldHeld, s.holdState(t, hold))
	page, err := s.book.Statement(t.Context(), wallet1, ledger.StatementQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Entries, 2, "a hold is no entry")
}

func captureInParts(t *testing.T, s *school) {
	hold := s.preorder(t, 80)
	first := s.capture(t, partOf(hold, 30, 30))
	require.Equal(t, ledger.KindCapture, first.Kind)
	require.Equal(t, "sale", first.For)
	require.Equal(t, hold, first.Of)
	require.False(t, first.Final)
	require.Equal(t, []int64{70, 50, 20}, s.wallet(t))
	s.capture(t, partOf(hold, 20, 20))
	require.Equal(t, []int64{50, 30, 20}, s.wallet(t))
	final := partOf(hold, 10, 10)
	final.Final = true
	require.True(t, s.capture(t, final).Final)
	require.Equal(t, []int64{40, 0, 40}, s.wallet(t))
	require.Equal(t, int64(60), s.balance(t, canteen))
	require.Equal(t, ledger.HoldCaptured, s.holdState(t, hold))
	_, err := s.book.Capture(t.Context(), partOf(hold, 1, 1))
	require.ErrorIs(t, err, ledger.ErrHoldCaptured)
}

func captureAll(t *testing.T, s *school) {
	hold := s.preorder(t, 80)
	s.capture(t, partOf(hold, 30, 30))
	rest := s.capture(t, ledger.Capture{Hold: hold})
	require.Equal(t, []int64{50, -50}, amounts(rest))
	require.True(t, rest.Final)
	require.Equal(t, []int64{20, 0, 20}, s.wallet(t))

	second := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 20)}).ID
	require.False(t, s.capture(t, partOf(second, 20, 20)).Final, "it was not asked to be")
	require.Equal(t, ledger.HoldCaptured, s.holdState(t, second))
	require.Equal(t, []int64{0, 0, 0}, s.wallet(t))
}

func expire(t *testing.T, s *school) {
	clock := s.stopClock(t)
	s.post(t, topUp(wallet1, 100))
	hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 80), Expires: clock.now().Add(time.Minute)}).ID
	s.capture(t, partOf(hold, 30, 30))
	clock.advance(time.Minute)

	_, err := s.book.Capture(t.Context(), partOf(hold, 10, 10))
	require.ErrorIs(t, err, ledger.ErrHoldExpired)
	require.Equal(t, ledger.HoldHeld, s.holdState(t, hold))
	require.Equal(t, []int64{70, 50, 20}, s.wallet(t))
	require.Equal(t, 1, s.expired(t))
	require.Equal(t, ledger.HoldExpired, s.holdState(t, hold))
	require.Equal(t, []int64{70, 0, 70}, s.wallet(t))
	require.Zero(t, s.expired(t))

	var last ledger.Record
	for record, err := range s.book.Records(t.Context(), s.head(t).Seq-1) {
		require.NoError(t, err)
		last = record
	}
	require.Equal(t, ledger.KindExpiry, last.Kind)
	require.Equal(t, hold, last.Of)
	_, err = s.book.Release(t.Context(), ledger.Release{Hold: hold})
	require.ErrorIs(t, err, ledger.ErrHoldExpired)
}

func expireAtOnce(t *testing.T, s *school) {
	clock := s.stopClock(t)
	s.post(t, topUp(wallet1, 100))
	for i := range 20 {
		a := ledger.Authorization{Transaction: payment(wallet1, 5)}
		if i%2 == 0 {
			a.Expires = clock.now().Add(time.Duration(i+1) * time.Second)
		}
		s.authorize(t, a)
	}
	clock.advance(12 * time.Second) // six of the ten are over
	books := []*ledger.Book{s.book, s.openBookAt(t, clock)}
	var expired atomic.Int64
	atOnce(8, func(i int) {
		n, err := books[i%len(books)].ExpireHolds(t.Context())
		if err != nil {
			t.Error(err)
		}
		expired.Add(int64(n))
	})
	require.Equal(t, int64(6), expired.Load())
	require.Equal(t, []int64{100, 70, 30}, s.wallet(t))
}

func holdsReplayed(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 100))
	request := ledger.Authorization{Transaction: payment(wallet1, 80), Expires: time.Now().Add(time.Hour).Truncate(time.Microsecond)}
	first := s.authorize(t, request)
	part := partOf(first.ID, 30, 30)
	s.capture(t, part)
	other := request
	other.Expires = time.Time{}
	_, err := s.book.Authorize(t.Context(), other)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	_, err = s.book.Post(t.Context(), request.Transaction)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	larger := part
	larger.Amounts = []money.Amount{yuan(31), yuan(31)}
	_, err = s.book.Capture(t.Context(), larger)
	var reused *ledger.IDReusedError
	require.ErrorAs(t, err, &reused)
	require.Equal(t, "amounts[0]", reused.Field)
	s.release(t, first.ID)

	again, err := s.book.Authorize(t.Context(), request)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, first, again.Record)
	again, err = s.book.Capture(t.Context(), part)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	again, err = s.book.Release(t.Context(), ledger.Release{Hold: first.ID})
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, []int64{70, 0, 70}, s.wallet(t))
}

func readHold(t *testing.T, s *school) {
	clock := s.stopClock(t)
	s.post(t, topUp(wallet1, 100))
	request := ledger.Authorization{Transaction: payment(wallet1, 80), Expires: clock.now().Add(time.Minute + time.Microsecond)}
	authorized := s.authorize(t, request)
	captured := s.capture(t, partOf(authorized.ID, 30, 30))
	hold, err := s.book.Hold(t.Context(), authorized.ID)
	require.NoError(t, err)
	require.True(t, request.Expires.Equal(hold.Expires), "%s is not %s", hold.Expires, request.Expires)
	hold.Expires = time.Time{}
	require.Equal(t, ledger.Hold{
		ID: authorized.ID, Seq: authorized.Seq, LastSeq: captured.Seq, State: ledger.HoldHeld, Kind: "sale", Date: firstDay,
		Lines: []ledger.HoldLine{
			{Account: wallet1, Side: ledger.DebitSide, Held: yuan(80), Captured: yuan(30)},
			{Account: canteen, Side: ledger.CreditSide, Held: yuan(80), Captured: yuan(30)},
		},
	}, hold)
	_, err = s.book.Hold(t.Context(), captured.ID)
	require.ErrorIs(t, err, ledger.ErrHoldUnknown)
	_, err = s.book.Hold(t.Context(), numbered(0))
	require.ErrorIs(t, err, ledger.ErrHoldUnknown)
}

func queryHolds(t *testing.T, s *school) {
	clock := s.stopClock(t)
	s.post(t, topUp(wallet1, 100))
	after := func(n time.Duration) time.Time { return clock.now().Add(n * time.Microsecond) }
	var list []uuid.UUID
	for _, expires := range []time.Time{{}, after(3), after(2), after(1), {}, after(1e6)} {
		list = append(list, s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 5), Expires: expires}).ID)
	}
	s.release(t, list[3])
	read := func(query ledger.HoldQuery) []uuid.UUID {
		var found []uuid.UUID
		for _, stored := range all(t, s.store.Holds(t.Context(), s.id, query)) {
			require.Len(t, stored.Captured, 2)
			found = append(found, stored.ID)
		}
		return found
	}
	require.Equal(t, list, read(ledger.HoldQuery{}))
	seq := all(t, s.store.Holds(t.Context(), s.id, ledger.HoldQuery{Limit: 2}))[1].Seq
	require.Equal(t, list[2:4], read(ledger.HoldQuery{After: seq, Limit: 2}))
	require.Equal(t, ids(list[1], list[4]), read(ledger.HoldQuery{IDs: ids(list[4], numbered(0), list[1])}))
	require.Equal(t, ids(list[2]), read(ledger.HoldQuery{ExpiredAt: after(2)}), "what was released expires no more")
	require.Equal(t, list[1:3], read(ledger.HoldQuery{ExpiredAt: after(3)}))
	require.Equal(t, list[1:3], read(ledger.HoldQuery{ExpiredAt: after(1e6 - 1), Limit: 2}))
}

func expireMany(t *testing.T, s *school) {
	clock := s.stopClock(t)
	s.post(t, topUp(wallet1, 100))
	for range 7 {
		s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 5), Expires: clock.now().Add(time.Second)})
	}
	clock.advance(time.Second)
	small, err := ledger.Open(t.Context(), s.store, s.id, &ledger.Options{Now: clock.now, BatchMax: 2, QueueMax: 3})
	require.NoError(t, err)
	n, err := small.ExpireHolds(t.Context())
	require.NoError(t, err)
	require.Equal(t, 7, n)
}

func holdWaterfall(t *testing.T, s *school) {
	s.post(t, topUp(subsidy, 300))
	s.post(t, topUp(wallet1, 500))
	record := s.authorize(t, ledger.Authorization{Transaction: meal(1000)})
	require.Empty(t, record.Lines)
	require.Equal(t, []int64{-1000, 300, 500, 200}, heldOf(record))
	_, err := s.book.Post(t.Context(), payment(wallet1, 1))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	captured := s.capture(t, partOf(record.ID, 400, 300, 100, 0))
	require.Equal(t, []int64{-400, 300, 100, 0}, amounts(captured))
	require.Equal(t, []int64{-600, 0, 400, 200}, amounts(s.capture(t, ledger.Capture{Hold: record.ID})))
}

func closeHeld(t *testing.T, s *school) {
	hold := s.authorize(t, ledger.Authorization{Transaction: topUp(wallet1, 100)}).ID // nothing is in it yet
	shut := ledger.Change{By: "test", ID: ledger.NewID(), Why: "leaver", Account: wallet1, State: ledger.StateClosed}
	_, err := s.book.ChangeAccount(t.Context(), shut)
	require.ErrorIs(t, err, ledger.ErrNotEmpty)
	s.release(t, hold)
	_, err = s.book.ChangeAccount(t.Context(), shut)
	require.NoError(t, err)
}
