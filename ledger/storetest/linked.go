package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func linked() []clause {
	const none = "PostLinked writes all requests in one commit, in their order, or none of them: then the error is a [LinkedError] that says which was refused and why."
	const replays = "Sent again, all are replayed."
	const independent = "PostAll writes independent requests, each as if it had been sent alone: one may be refused and the next accepted."
	return []clause{
		{"linked requests follow one another in the journal", none, linkedInOrder},
		{"none of several linked requests is written if one is refused", none, linkedNone},
		{"one request alone is linked to nothing and answered alike", none, func(t *testing.T, s *school) {
			_, err := s.book.PostLinked(t.Context(), payment(wallet1, 1))
			requireLinked(t, err, 0, ledger.ErrInsufficient)
			_, err = s.book.PostLinked(t.Context())
			require.ErrorIs(t, err, ledger.ErrInvalid)
		}},
		{
			"a later request finds what an earlier one did",
			"A later request finds what an earlier one did to accounts, but not the record of an earlier one: a hold cannot be captured, nor a transaction refunded, together with it.",
			linkedBuildOn,
		},
		{"linked requests sent again are all replayed", replays, linkedReplayed},
		{"of many equal linked requests one is written", replays, func(t *testing.T, s *school) {
			requests := []ledger.Request{topUp(wallet1, 100), payment(wallet1, 40), topUp(wallet2, 1)}
			books := []*ledger.Book{s.book, s.openBook(t)}
			atOnce(16, func(i int) {
				if _, err := books[i%2].PostLinked(t.Context(), requests...); err != nil {
					t.Error(err)
				}
			})
			require.Equal(t, []int64{60, 1}, []int64{s.balance(t, wallet1), s.balance(t, wallet2)})
		}},
		{"linked transfers at once never leave half", none, linkedAtOnce},
		{"each of all requests has its own answer, in order", independent, postAll},
		{
			"all requests are more than one commit holds", "They are journaled in their order, and share commits.",
			postAllInParts,
		},
		{
			"what was not sent is answered with the context's error", "If the context ends, what was not sent yet is answered with its error.",
			func(t *testing.T, s *school) {
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				before := s.head(t)
				for _, answer := range s.book.PostAll(ended, topUp(wallet1, 1), topUp(wallet1, 2)) {
					require.ErrorIs(t, answer.Err, context.Canceled)
				}
				require.Equal(t, before, s.head(t))
			},
		},
	}
}

// linkedNone refuses the last of requests of every kind.
func linkedNone(t *testing.T, s *school) {
	sale := s.sale(t, 100)
	hold, other := s.preorder(t, 50), s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 50)}).ID
	before := s.head(t)
	accounts := all(t, s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{}))
	remembered := payment(wallet2, 1)
	remembered.Remember = true
	requests := []ledger.Request{
		topUp(wallet1, 10), refundOf(sale, 10), ledger.Capture{ID: ledger.NewID(), Hold: hold}, ledger.Release{Hold: other},
		ledger.Authorization{Transaction: payment(wallet1, 5)},
		ledger.Change{By: "test", ID: ledger.NewID(), Why: "test", Account: subsidy, State: ledger.StateFrozen},
		ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{wallet("wallet/h3")}},
		ledger.Chart{By: "test", ID: ledger.NewID(), Why: "test", Families: []ledger.Family{{Path: "fee", Control: "1212", Side: ledger.DebitSide}}},
		remembered,
	}
	_, err := s.book.PostLinked(t.Context(), requests...)
	requireLinked(t, err, len(requests)-1, ledger.ErrInsufficient)
	require.Equal(t, before, s.head(t))
	require.Equal(t, accounts, all(t, s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{})))
	require.Equal(t, ledger.HoldHeld, s.holdState(t, hold))
	require.Empty(t, all(t, s.store.Refunds(t.Context(), s.id)))
	_, err = s.book.Record(t.Context(), remembered.ID)
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)

	_, err = s.book.PostLinked(t.Context(), requests[:len(requests)-1]...)
	require.NoError(t, err)
}

func linkedReplayed(t *testing.T, s *school) {
	requests := []ledger.Request{topUp(wallet1, 100), payment(wallet1, 100), topUp(wallet2, 1)}
	first, err := s.book.PostLinked(t.Context(), requests...)
	require.NoError(t, err)
	again, err := s.openBook(t).PostLinked(t.Context(), requests...)
	require.NoError(t, err)
	for i := range again {
		require.True(t, again[i].Replayed)
		require.Equal(t, first[i].Record, again[i].Record)
	}
	alone, err := s.book.Post(t.Context(), requests[1].(ledger.Transaction))
	require.NoError(t, err)
	require.True(t, alone.Replayed)
	mixed, err := s.book.PostLinked(t.Context(), requests[0], topUp(wallet2, 1))
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, []bool{mixed[0].Replayed, mixed[1].Replayed})
	require.Equal(t, []int64{0, 2}, []int64{s.balance(t, wallet1), s.balance(t, wallet2)})
}

// linkedAtOnce links a payment to one that only twelve can have.
func linkedAtOnce(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, walletMax))
	s.post(t, topUp(wallet2, 125))
	books := []*ledger.Book{s.book, s.openBook(t)}
	atOnce(40, func(i int) {
		_, err := books[i%2].PostLinked(t.Context(), payment(wallet1, 10), payment(wallet2, 10))
		if err != nil && ledger.CodeOf(err) != "insufficient" {
			t.Error(err)
		}
	})
	require.Equal(t, []int64{walletMax - 120, 5, 240},
		[]int64{s.balance(t, wallet1), s.balance(t, wallet2), s.balance(t, canteen)})
}

func postAll(t *testing.T, s *school) {
	replayed := topUp(wallet2, 7)
	s.post(t, replayed)
	remembered := payment(wallet1, 1000)
	remembered.Remember = true
	first := s.head(t).Seq + 1
	answers := s.book.PostAll(t.Context(),
		topUp(wallet1, 100), payment(wallet1, 101), ledger.Transaction{ID: ledger.NewID(), Kind: "sale"}, payment(wallet1, 60),
		remembered, ledger.Release{Hold: numbered(0)}, replayed, payment(wallet1, 40), refundOf(numbered(0), 1))
	require.Len(t, answers, 9)
	for i, want := range []error{
		nil, ledger.ErrInsufficient, ledger.ErrInvalid, nil,
		ledger.ErrInsufficient, ledger.ErrHoldUnknown, nil, nil, ledger.ErrRecordUnknown,
	} {
		require.ErrorIs(t, answers[i].Err, want)
	}
	require.Equal(t, []int64{first, first + 1, first + 3}, []int64{
		answers[0].Receipt.Record.Seq, answers[3].Receipt.Record.Seq, answers[7].Receipt.Record.Seq,
	})
	require.True(t, answers[6].Receipt.Replayed)
	require.Zero(t, s.balance(t, wallet1))
}

func linkedInOrder(t *testing.T, s *school) {
	requests := []ledger.Request{
		topUp(wallet1, 100), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{wallet("wallet/h3")}},
		transaction("transfer", ledger.Debit(wallet1, yuan(100)), ledger.Credit("wallet/h3", yuan(100))),
	}
	before := s.head(t).Seq
	receipts, err := s.book.PostLinked(t.Context(), requests...)
	require.NoError(t, err)
	require.Len(t, receipts, 3)
	for i, receipt := range receipts {
		require.Equal(t, before+int64(i)+1, receipt.Record.Seq)
		require.False(t, receipt.Replayed)
	}
	require.Equal(t, int64(100), s.balance(t, "wallet/h3"))
}

func linkedBuildOn(t *testing.T, s *school) {
	in := topUp(wallet1, 100)
	hold := ledger.Authorization{Transaction: payment(wallet1, 100)}
	_, err := s.book.PostLinked(t.Context(), in, hold, payment(wallet1, 1))
	requireLinked(t, err, 2, ledger.ErrInsufficient)
	_, err = s.book.PostLinked(t.Context(), in, hold, ledger.Capture{ID: ledger.NewID(), Hold: hold.ID})
	requireLinked(t, err, 2, ledger.ErrHoldUnknown)
	_, err = s.book.PostLinked(t.Context(), in, refundOf(in.ID, 1))
	requireLinked(t, err, 1, ledger.ErrRecordUnknown)
	_, err = s.book.PostLinked(t.Context(), in, hold)
	require.NoError(t, err)
	require.Equal(t, []int64{100, 100, 0}, s.wallet(t))
}

func postAllInParts(t *testing.T, s *school) {
	book, err := ledger.Open(t.Context(), s.store, s.id, &ledger.Options{BatchMax: 4})
	require.NoError(t, err)
	var requests []ledger.Request
	for range 11 {
		requests = append(requests, topUp(wallet1, 1))
	}
	first := s.head(t).Seq + 1
	for i, answer := range book.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
		require.Equal(t, first+int64(i), answer.Receipt.Record.Seq)
	}
}
