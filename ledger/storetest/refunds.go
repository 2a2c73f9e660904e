package storetest

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func refunds() []clause {
	const capped = "Of each line at most what was posted can be refunded, however many refunds there are and however they race."
	const further = "one that was refunded in part is refunded further, not reversed."
	return []clause{
		{"forty refunds at once return what was paid and no more", capped, refundAtOnce},
		{"each line has a cap of its own", capped, refundLines},
		{
			"a refund returns in the reverse order of the sale",
			"UpTo also stops at what is left of the line; Exact and Rest are refused beyond it.",
			refundWaterfall,
		},
		{"after a refund a record is refunded further, not reversed", further, refundFurther},
		{
			"after a reversal nothing is refunded",
			"Beyond what was posted to a line it is [ErrRefundExceeded], after a reversal [ErrReversed].",
			refundReversed,
		},
		{"a refund and a reversal at once return the money once", further, refundOrReverse},
		{
			"a capture is refunded, and its hold stays captured",
			"Of is the id of the record to refund: a transaction or a capture that was not reversed.",
			refundCapture,
		},
		{
			"a capture is reversed, and its hold stays captured", "A capture is reversed like a transaction; its hold stays as it is.",
			func(t *testing.T, s *school) {
				hold := s.preorder(t, 80)
				captured := s.capture(t, ledger.Capture{Hold: hold})
				_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: captured.ID})
				require.NoError(t, err)
				require.Equal(t, []int64{100, 0, 100}, s.wallet(t))
				require.Equal(t, ledger.HoldCaptured, s.holdState(t, hold))
			},
		},
		{
			"the same refund again is replayed, other content is refused",
			"the same content again answers the first record, other content is refused.",
			refundReplayed,
		},
		{
			"what moved nothing is not refunded, nor a correction",
			"ErrNotReversible means that the record has no postings or is itself a reversal or a refund.",
			notRefundable,
		},
		{
			"money spent since cannot be refunded", "Bounds and states are those of now.",
			func(t *testing.T, s *school) {
				filled := s.post(t, topUp(wallet1, 100)).ID
				s.post(t, payment(wallet1, 60))
				request := refundOf(filled, 50)
				_, err := s.book.Refund(t.Context(), request)
				require.ErrorIs(t, err, ledger.ErrInsufficient)
				s.refund(t, refundOf(filled, 40))
				require.Zero(t, s.balance(t, wallet1))
			},
		},
		{
			"what was refunded is read per line",
			"Refunds yields what was refunded of each line, in the order of the records refunded and their lines.",
			readRefunds,
		},
	}
}

// sale fills the first wallet and pays all of it to the canteen.
func (s *school) sale(t testing.TB, fen int64) uuid.UUID {
	t.Helper()
	s.post(t, topUp(wallet1, fen))
	return s.post(t, payment(wallet1, fen)).ID
}

// refundOf returns an amount of a record of two lines.
func refundOf(of uuid.UUID, fen int64) ledger.Refund {
	return ledger.Refund{ID: ledger.NewID(), Of: of, Lines: []ledger.RefundLine{
		{Line: 1, Amount: yuan(fen)}, {Line: 0, Amount: yuan(fen)},
	}}
}

func (s *school) refund(t testing.TB, r ledger.Refund) ledger.Record {
	t.Helper()
	receipt, err := s.book.Refund(t.Context(), r)
	require.NoError(t, err)
	return receipt.Record
}

func refundAtOnce(t *testing.T, s *school) {
	sale := s.sale(t, 105)
	s.post(t, topUp(wallet2, 500))
	s.post(t, payment(wallet2, 500)) // the canteen has more to give than that
	books := []*ledger.Book{s.book, s.openBook(t)}
	var refunded atomic.Int64
	atOnce(40, func(i int) {
		_, err := books[i%2].Refund(t.Context(), refundOf(sale, 10))
		switch {
		case err == nil:
			refunded.Add(1)
		case !errors.Is(err, ledger.ErrRefundExceeded):
			t.Error(err)
		}
	})
	require.Equal(t, int64(10), refunded.Load())
	require.Equal(t, int64(100), s.balance(t, wallet1))
	s.refund(t, refundOf(sale, 5))
	require.Equal(t, int64(105), s.balance(t, wallet1))
}

func refundLines(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 100))
	meal := s.post(t, transaction("sale",
		ledger.Debit(wallet1, yuan(70)), ledger.Debit(wallet1, yuan(30)), ledger.Credit(canteen, yuan(100))))
	second := func(fen int64) ledger.Refund {
		return ledger.Refund{ID: ledger.NewID(), Of: meal.ID, Lines: []ledger.RefundLine{
			{Line: 1, Amount: yuan(fen)}, {Line: 2, Amount: yuan(fen)},
		}}
	}
	first := s.refund(t, second(20))
	require.Equal(t, ledger.KindRefund, first.Kind)
	require.Equal(t, meal.ID, first.Of)
	require.Equal(t, []int{1, 2}, first.Refunds)
	require.Equal(t, []int64{-20, 20}, amounts(first))
	_, err := s.book.Refund(t.Context(), second(11))
	var exceeded *ledger.RefundError
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, ledger.RefundError{
		Of: meal.ID, Line: 1, Account: wallet1, Posted: yuan(30), Refunded: yuan(20), Wanted: yuan(11),
	}, *exceeded)
	require.Equal(t, yuan(10), exceeded.Available())
	s.refund(t, second(10))
	require.Equal(t, int64(30), s.balance(t, wallet1))
}

// refundWaterfall returns to the arrears first, then to the wallet, then to the
// subsidy.
func refundWaterfall(t *testing.T, s *school) {
	s.post(t, topUp(subsidy, 300))
	s.post(t, topUp(wallet1, 500))
	sale := s.post(t, meal(1000))
	back := func(fen int64) ledger.Refund {
		return ledger.Refund{ID: ledger.NewID(), Of: sale.ID, Lines: []ledger.RefundLine{
			{Line: 0, Amount: yuan(fen)},
			{Line: 3, Amount: yuan(fen), Take: ledger.UpTo},
			{Line: 2, Amount: yuan(fen), Take: ledger.UpTo},
			{Line: 1, Take: ledger.Rest},
		}}
	}
	require.Equal(t, []int64{150, -150, 0, 0}, amounts(s.refund(t, back(150))))
	require.Equal(t, []int64{400, -50, -350, 0}, amounts(s.refund(t, back(400))))
	require.Equal(t, []int64{250, 0, -150, -100}, amounts(s.refund(t, back(250))))
	_, err := s.book.Refund(t.Context(), back(201))
	require.ErrorIs(t, err, ledger.ErrRefundExceeded)
	require.Equal(t, []int64{200, 0, 0, -200}, amounts(s.refund(t, back(200))))
	_, err = s.book.Refund(t.Context(), back(1))
	require.ErrorIs(t, err, ledger.ErrRefundExceeded)
	require.Equal(t, []int64{300, 500, 0, 0},
		[]int64{s.balance(t, subsidy), s.balance(t, wallet1), s.balance(t, arrears), s.balance(t, canteen)})
}

func refundOrReverse(t *testing.T, s *school) {
	sale := s.sale(t, 100)
	s.post(t, topUp(wallet2, 500))
	s.post(t, payment(wallet2, 500))
	books := []*ledger.Book{s.book, s.openBook(t)}
	var refunded, reversed atomic.Int64
	atOnce(20, func(i int) {
		if i%2 == 0 {
			if _, err := books[i/10].Refund(t.Context(), refundOf(sale, 10)); err == nil {
				refunded.Add(10)
			}
			return
		}
		if receipt, err := books[i/10].Reverse(t.Context(), ledger.Reversal{Of: sale}); err == nil && !receipt.Replayed {
			reversed.Add(100)
		}
	})
	require.Equal(t, int64(100), refunded.Load()+reversed.Load(), "all refunds or one reversal")
	require.Equal(t, int64(100), s.balance(t, wallet1))
}

func refundCapture(t *testing.T, s *school) {
	hold := s.preorder(t, 80)
	captured := s.capture(t, partOf(hold, 30, 30))
	s.refund(t, refundOf(captured.ID, 20))
	require.Equal(t, []int64{90, 50, 40}, s.wallet(t))
	_, err := s.book.Refund(t.Context(), refundOf(captured.ID, 11))
	require.ErrorIs(t, err, ledger.ErrRefundExceeded)
	s.capture(t, ledger.Capture{Hold: hold})
	s.refund(t, refundOf(captured.ID, 10))
	require.Equal(t, []int64{50, 0, 50}, s.wallet(t))
	require.Equal(t, ledger.HoldCaptured, s.holdState(t, hold))
}

func refundReplayed(t *testing.T, s *school) {
	sale := s.sale(t, 100)
	request := refundOf(sale, 60)
	first := s.refund(t, request)
	again, err := s.openBook(t).Refund(t.Context(), request)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, first, again.Record)
	for field, alter := range map[string]func(other *ledger.Refund){
		"of":            func(other *ledger.Refund) { other.Of = s.post(t, topUp(wallet2, 60)).ID },
		"by":            func(other *ledger.Refund) { other.By = "cashier:2" },
		"lines[0].line": func(other *ledger.Refund) { other.Lines[0].Line, other.Lines[1].Line = 0, 1 },
	} {
		other := request
		other.Lines = append([]ledger.RefundLine(nil), request.Lines...)
		alter(&other)
		_, err := s.book.Refund(t.Context(), other)
		var reused *ledger.IDReusedError
		require.ErrorAs(t, err, &reused, field)
		require.Equal(t, ledger.IDReusedError{ID: request.ID, Seq: first.Seq, Field: field}, *reused)
	}
	other := request
	other.Lines = []ledger.RefundLine{{Line: 1, Amount: yuan(61)}, {Line: 0, Amount: yuan(61)}}
	_, err = s.book.Refund(t.Context(), other)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	_, err = s.book.Post(t.Context(), ledger.Transaction{ID: request.ID, Kind: "sale", Postings: payment(wallet1, 60).Postings})
	require.ErrorIs(t, err, ledger.ErrIDReused)
	require.Equal(t, int64(60), s.balance(t, wallet1))
}

func notRefundable(t *testing.T, s *school) {
	sale := s.sale(t, 100)
	refunded := s.refund(t, refundOf(sale, 10)).ID
	reversed, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: s.post(t, topUp(wallet2, 5)).ID})
	require.NoError(t, err)
	s.post(t, topUp(wallet1, 10))
	hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 10)}).ID
	for name, of := range map[string]uuid.UUID{
		"a refund": refunded, "a reversal": reversed.Record.ID, "a hold": hold, "the genesis": ledger.KeyID("ledger", "genesis"),
	} {
		_, err := s.book.Refund(t.Context(), refundOf(of, 1))
		require.ErrorIs(t, err, ledger.ErrNotReversible, name)
		_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: of})
		require.ErrorIs(t, err, ledger.ErrNotReversible, name)
	}
	_, err = s.book.Refund(t.Context(), refundOf(numbered(0), 1))
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
}

func refundFurther(t *testing.T, s *school) {
	sale := s.sale(t, 100)
	s.refund(t, refundOf(sale, 30))
	_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: sale})
	require.ErrorIs(t, err, ledger.ErrRefunded)
	s.refund(t, refundOf(sale, 70))
	require.Equal(t, int64(100), s.balance(t, wallet1))
	_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: sale})
	require.ErrorIs(t, err, ledger.ErrRefunded)
}

func refundReversed(t *testing.T, s *school) {
	sale := s.sale(t, 100)
	refunded := refundOf(sale, 30)
	_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: sale})
	require.NoError(t, err)
	_, err = s.book.Refund(t.Context(), refunded)
	require.ErrorIs(t, err, ledger.ErrReversed)
	require.Equal(t, int64(100), s.balance(t, wallet1))
}

func readRefunds(t *testing.T, s *school) {
	first, second := s.post(t, topUp(wallet1, 100)), s.post(t, payment(wallet1, 50))
	s.refund(t, refundOf(second.ID, 20))
	s.refund(t, refundOf(first.ID, 10))
	s.refund(t, refundOf(second.ID, 5))
	require.Equal(t, []ledger.Refunded{
		{Seq: first.Seq, Line: 0, Minor: 10}, {Seq: first.Seq, Line: 1, Minor: 10},
		{Seq: second.Seq, Line: 0, Minor: 25}, {Seq: second.Seq, Line: 1, Minor: 25},
	}, all(t, s.store.Refunds(t.Context(), s.id)))
}
