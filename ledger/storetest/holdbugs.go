package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// holdBugs are the classes of fault that ledgers with holds are known for, by
// their public names: first step by step, then by many callers at once.
func holdBugs() []clause {
	return []clause{
		{"void twice", "Release frees what is left of a hold and ends it. The same release again is replayed.", voidTwice},
		{
			"void twice, by many at once", "Release frees what is left of a hold and ends it. The same release again is replayed.",
			voidTwiceAtOnce,
		},
		{
			"commit after rejection", "Every other fault of the request is one of the conditions in errors.go and leaves no trace.",
			commitAfterRejection,
		},
		{
			"commit after rejection, by many at once",
			withinBounds,
			commitAfterRejectionAtOnce,
		},
		{"capture above the hold", "ErrHoldExceeded means that a capture is above what is left of a line of the hold.", captureAbove},
		{"capture above the hold, by many at once", "A hold takes any number of partial captures, up to what it holds, and one final.", captureAboveAtOnce},
		{"late payment after void", "The states of a hold. All but the first are final.", latePayment},
		{"late payment after void, by many at once", "The states of a hold. All but the first are final.", latePaymentAtOnce},
		{
			"overdraft through a hold's cancellation", "A bound is kept as if all holds that push towards it were captured and no other.",
			overdraft,
		},
		{
			"overdraft through a hold's cancellation, by many at once",
			"A bound is kept as if all holds that push towards it were captured and no other.",
			overdraftAtOnce,
		},
	}
}

// voidTwice would free another hold's money with the second release.
func voidTwice(t *testing.T, s *school) {
	hold := s.preorder(t, 40)
	s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 40)})
	s.release(t, hold)
	again, err := s.book.Release(t.Context(), ledger.Release{Hold: hold})
	require.NoError(t, err)
	require.True(t, again.Replayed)
	_, err = s.book.Release(t.Context(), ledger.Release{Hold: hold, By: "another"})
	require.ErrorIs(t, err, ledger.ErrHoldReleased)
	require.Equal(t, []int64{100, 40, 60}, s.wallet(t))
}

func voidTwiceAtOnce(t *testing.T, s *school) {
	hold := s.preorder(t, 40)
	s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 40)})
	books := []*ledger.Book{s.book, s.openBook(t)}
	var written atomic.Int64
	atOnce(32, func(i int) {
		receipt, err := books[i%2].Release(t.Context(), ledger.Release{Hold: hold, By: fmt.Sprint(i / 4)})
		if err == nil && !receipt.Replayed {
			written.Add(1)
		}
		if err != nil && ledger.CodeOf(err) != "hold_released" {
			t.Error(err)
		}
	})
	require.Equal(t, int64(1), written.Load())
	require.Equal(t, []int64{100, 40, 60}, s.wallet(t))
}

// commitAfterRejection would post a hold that was never granted.
func commitAfterRejection(t *testing.T, s *school) {
	forgotten, remembered := payment(wallet1, 50), payment(wallet1, 50)
	remembered.Remember = true
	for _, asked := range []ledger.Transaction{forgotten, remembered} {
		_, err := s.book.Authorize(t.Context(), ledger.Authorization{Transaction: asked})
		require.ErrorIs(t, err, ledger.ErrInsufficient)
	}
	s.post(t, topUp(wallet1, 100))
	for _, asked := range []ledger.Transaction{forgotten, remembered} {
		_, err := s.book.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: asked.ID})
		require.ErrorIs(t, err, ledger.ErrHoldUnknown)
		_, err = s.book.Release(t.Context(), ledger.Release{Hold: asked.ID})
		require.ErrorIs(t, err, ledger.ErrHoldUnknown)
	}
	_, err := s.book.Authorize(t.Context(), ledger.Authorization{Transaction: remembered})
	var refused *ledger.RememberedError
	require.ErrorAs(t, err, &refused)
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	_, err = s.book.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: remembered.ID})
	require.ErrorIs(t, err, ledger.ErrHoldUnknown)
	require.Equal(t, []int64{100, 0, 100}, s.wallet(t))
}

// commitAfterRejectionAtOnce captures whatever the authorization was answered.
func commitAfterRejectionAtOnce(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 100))
	books := []*ledger.Book{s.book, s.openBook(t)}
	var granted, paid atomic.Int64
	atOnce(40, func(i int) {
		asked := ledger.Authorization{Transaction: payment(wallet1, 10)}
		if _, err := books[i%2].Authorize(t.Context(), asked); err == nil {
			granted.Add(1)
		}
		if _, err := books[i%2].Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: asked.ID}); err == nil {
			paid.Add(1)
		} else if ledger.CodeOf(err) != "hold_unknown" {
			t.Error(err)
		}
	})
	require.Equal(t, []int64{10, 10}, []int64{granted.Load(), paid.Load()})
	require.Equal(t, []int64{0, 0, 0}, s.wallet(t))
}

// captureAbove would post more than was reserved, once or in the sum.
func captureAbove(t *testing.T, s *school) {
	hold := s.preorder(t, 60)
	_, err := s.book.Capture(t.Context(), partOf(hold, 61, 61))
	require.ErrorIs(t, err, ledger.ErrHoldExceeded)
	s.capture(t, partOf(hold, 40, 40))
	_, err = s.book.Capture(t.Context(), partOf(hold, 21, 21))
	var exceeded *ledger.HoldError
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, ledger.HoldError{
		Hold: hold, Account: wallet1, Wanted: yuan(21), Available: yuan(20), Err: ledger.ErrHoldExceeded,
	}, *exceeded)
	require.Equal(t, []int64{60, 20, 40}, s.wallet(t))
	s.capture(t, partOf(hold, 20, 20))
	require.Equal(t, []int64{40, 0, 40}, s.wallet(t))
}

func captureAboveAtOnce(t *testing.T, s *school) {
	hold := s.preorder(t, 80)
	books := []*ledger.Book{s.book, s.openBook(t)}
	var captured atomic.Int64
	atOnce(40, func(i int) {
		if _, err := books[i%2].Capture(t.Context(), partOf(hold, 15, 15)); err == nil {
			captured.Add(1)
		} else if ledger.CodeOf(err) != "hold_exceeded" {
			t.Error(err)
		}
	})
	require.Equal(t, int64(5), captured.Load())
	require.Equal(t, []int64{25, 5, 20}, s.wallet(t))
	require.Equal(t, int64(75), s.balance(t, canteen))
}

// latePayment would post a hold that its owner had given up.
func latePayment(t *testing.T, s *school) {
	clock := s.stopClock(t)
	released := s.preorder(t, 40)
	expired := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 40), Expires: clock.now().Add(time.Second)}).ID
	s.release(t, released)
	clock.advance(time.Second)
	require.Equal(t, 1, s.expired(t))
	for hold, want := range map[uuid.UUID]error{released: ledger.ErrHoldReleased, expired: ledger.ErrHoldExpired} {
		for _, late := range []ledger.Capture{partOf(hold, 1, 1), {ID: ledger.NewID(), Hold: hold}, partOf(hold, 50, 50)} {
			_, err := s.book.Capture(t.Context(), late)
			require.ErrorIs(t, err, want)
		}
	}
	require.Equal(t, []int64{100, 0, 100}, s.wallet(t))
	require.Zero(t, s.balance(t, canteen))
}

func latePaymentAtOnce(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 200))
	group := s.authorizeGroup(t, 20)
	books := []*ledger.Book{s.book, s.openBook(t)}
	captured, released := make([]atomic.Bool, len(group)), make([]atomic.Bool, len(group))
	atOnce(2*len(group), func(i int) {
		n := i / 2
		if (i+n)%2 == 0 {
			_, err := books[i%2].Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: group[n]})
			captured[n].Store(err == nil)
			return
		}
		_, err := books[i%2].Release(t.Context(), ledger.Release{Hold: group[n]})
		released[n].Store(err == nil)
	})
	var paid int64
	for n := range group {
		require.NotEqual(t, captured[n].Load(), released[n].Load(), "one of the two")
		if captured[n].Load() {
			paid += 10
		}
	}
	require.Equal(t, paid, s.balance(t, canteen))
	require.Equal(t, []int64{200 - paid, 0, 200 - paid}, s.wallet(t))
}

// overdraft would let money that a hold only promises be spent, or free more
// than is left of one.
func overdraft(t *testing.T, s *school) {
	promised := s.authorize(t, ledger.Authorization{Transaction: topUp(wallet1, 100)}).ID
	_, err := s.book.Post(t.Context(), payment(wallet1, 1))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	_, err = s.book.Post(t.Context(), topUp(wallet1, walletMax-99)) // there must be room for what is promised
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	filled := s.post(t, transaction("topup",
		ledger.Debit(bank, yuan(walletMax)), ledger.CreditUpTo(wallet1, yuan(walletMax)), ledger.CreditRest(canteen)))
	require.Equal(t, []int64{walletMax, 100 - walletMax, -100}, amounts(filled))
	_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: filled.ID})
	require.NoError(t, err)
	s.release(t, promised)
	require.Equal(t, []int64{0, 0, 0}, s.wallet(t))

	hold := s.preorder(t, 100)
	s.capture(t, partOf(hold, 60, 60))
	s.release(t, hold)
	require.Equal(t, []int64{40, 0, 40}, s.wallet(t))
	_, err = s.book.Post(t.Context(), payment(wallet1, 41))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
}

func overdraftAtOnce(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 100))
	promised := s.authorize(t, ledger.Authorization{Transaction: topUp(wallet1, 100)}).ID
	held := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 50)}).ID
	books := []*ledger.Book{s.book, s.openBook(t)}
	var paid atomic.Int64
	atOnce(34, func(i int) {
		var err error
		switch i {
		case 10:
			_, err = s.book.Release(t.Context(), ledger.Release{Hold: promised})
		case 20:
			_, err = s.book.Release(t.Context(), ledger.Release{Hold: held})
		default:
			if _, failed := books[i%2].Post(t.Context(), payment(wallet1, 10)); failed == nil {
				paid.Add(10)
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
	require.GreaterOrEqual(t, paid.Load(), int64(50))
	require.Equal(t, []int64{100 - paid.Load(), 0, 100 - paid.Load()}, s.wallet(t))
	require.GreaterOrEqual(t, s.balance(t, wallet1), int64(0))
}
