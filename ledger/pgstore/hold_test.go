package pgstore_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

func cny(fen int64) money.Amount { return money.Of(fen, money.CNY) }

// preorder holds money of a wallet.
func preorder(from string, fen int64, expires time.Time) ledger.Authorization {
	return ledger.Authorization{
		Transaction: ledger.Transaction{
			ID: ledger.NewID(), Kind: "preorder", Postings: []ledger.Posting{ledger.Debit(from, cny(fen)), ledger.Credit("bank", cny(fen))},
		},
		Expires: expires,
	}
}

// lookUp returns what a lock reads, and lets it go.
func lookUp(t *testing.T, store ledger.Store, need ledger.Need) ledger.Snapshot {
	t.Helper()
	locked, err := store.Lock(t.Context(), bookID, need)
	require.NoError(t, err)
	require.NoError(t, locked.Rollback(t.Context()))
	return locked.Snapshot()
}

func account(t *testing.T, book *ledger.Book, path string) ledger.Account {
	t.Helper()
	found, err := book.Account(t.Context(), path)
	require.NoError(t, err)
	return found
}

func TestHoldsAreReadBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	noon := time.Now().UTC().Truncate(time.Hour).Add(time.Hour + 123456*time.Microsecond)
	book := newBook(t, store, 2)
	_, err := book.Post(t.Context(), topUp("w/1", 1000))
	require.NoError(t, err)
	var ids []uuid.UUID
	var want []ledger.StoredHold
	for i, expires := range []time.Time{noon, {}, noon.Add(time.Microsecond).In(time.FixedZone("CST", 8*3600)), noon.Add(time.Hour)} {
		ask := preorder("w/1", int64(100+i), expires)
		receipt, err := book.Authorize(t.Context(), ask)
		require.NoError(t, err)
		ids = append(ids, ask.ID)
		want = append(want, ledger.StoredHold{
			Seq: receipt.Record.Seq, ID: ask.ID, State: ledger.HoldHeld, Expires: expires.UTC(), Captured: []int64{0, 0}, LastSeq: receipt.Record.Seq,
		})
	}
	all := func() []ledger.StoredHold { return list(t, store.Holds(t.Context(), bookID, ledger.HoldQuery{})) }
	require.Equal(t, want, all())
	require.EqualValues(t, 100+101+102+103, account(t, book, "w/1").HeldDebits)
	require.EqualValues(t, 100+101+102+103, account(t, book, "bank").HeldCredits)
	select1 := func(q ledger.HoldQuery) []ledger.StoredHold { return list(t, store.Holds(t.Context(), bookID, q)) }

	t.Run("by id, in the order of the journal", func(t *testing.T) {
		require.Equal(t, want[:2], select1(ledger.HoldQuery{IDs: []uuid.UUID{ids[1], ledger.NewID(), ids[0]}}))
	})
	t.Run("after a position and up to a limit", func(t *testing.T) {
		require.Equal(t, want[1:3], select1(ledger.HoldQuery{After: want[0].Seq, Limit: 2}))
	})
	t.Run("expired at a time, the time itself included", func(t *testing.T) {
		require.Empty(t, select1(ledger.HoldQuery{ExpiredAt: noon.Add(-time.Microsecond)}))
		require.Equal(t, want[:1], select1(ledger.HoldQuery{ExpiredAt: noon}))
		late := noon.AddDate(10, 0, 0)
		require.Equal(t, []ledger.StoredHold{want[0], want[2], want[3]}, select1(ledger.HoldQuery{ExpiredAt: late}))
		require.Equal(t, want[2:3], select1(ledger.HoldQuery{ExpiredAt: late, After: want[0].Seq, Limit: 1}))
	})
	t.Run("by a lock", func(t *testing.T) {
		need := ledger.Need{Holds: []uuid.UUID{ids[3], ledger.NewID()}}
		require.Equal(t, want[3:], lookUp(t, store, need).Holds)
		require.Empty(t, lookUp(t, store, ledger.Need{IDs: need.Holds}).Holds)
	})
	t.Run("after their steps", func(t *testing.T) {
		part, err := book.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: ids[0], Amounts: []money.Amount{cny(40), cny(40)}})
		require.NoError(t, err)
		want[0].Captured, want[0].LastSeq = []int64{40, 40}, part.Record.Seq
		gone, err := book.Release(t.Context(), ledger.Release{Hold: ids[1], By: "kitchen"})
		require.NoError(t, err)
		want[1].State, want[1].LastSeq = ledger.HoldReleased, gone.Record.Seq
		rest, err := book.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: ids[3]})
		require.NoError(t, err)
		want[3].State, want[3].Captured, want[3].LastSeq = ledger.HoldCaptured, []int64{103, 103}, rest.Record.Seq
		require.Equal(t, want, all())
		require.Equal(t, want[:1], select1(ledger.HoldQuery{ExpiredAt: noon}), "a partly captured one")
		require.EqualValues(t, 60+102, account(t, book, "w/1").HeldDebits)

		later, err := ledger.Open(t.Context(), store, bookID, &ledger.Options{Now: func() time.Time { return noon.AddDate(0, 0, 1) }})
		require.NoError(t, err)
		n, err := later.ExpireHolds(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, n)
		states := []ledger.HoldState{ledger.HoldExpired, ledger.HoldReleased, ledger.HoldExpired, ledger.HoldCaptured}
		for i, hold := range all() {
			require.Equal(t, states[i], hold.State)
			require.True(t, want[i].Expires.Equal(hold.Expires))
		}
		require.Empty(t, select1(ledger.HoldQuery{ExpiredAt: noon.AddDate(1, 0, 0)}))
		require.Zero(t, account(t, book, "w/1").HeldDebits)
	})
}

func TestWhatWasRefundedIsKeptForEachLine(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	book := newBook(t, store, 1)
	sale, err := book.Post(t.Context(), topUp("w/1", 500))
	require.NoError(t, err)
	other, err := book.Post(t.Context(), topUp("w/1", 900))
	require.NoError(t, err)
	refund := func(of ledger.Receipt, fen int64) {
		_, err := book.Refund(t.Context(), ledger.Refund{ID: ledger.NewID(), Of: of.Record.ID, Lines: []ledger.RefundLine{
			{Line: 0, Amount: cny(fen)}, {Line: 1, Amount: cny(fen)},
		}})
		require.NoError(t, err)
	}
	require.Empty(t, list(t, store.Refunds(t.Context(), bookID)))
	refund(other, 1)
	refund(sale, 100)
	refund(sale, 250)
	of := func(receipt ledger.Receipt, fen int64) []ledger.Refunded {
		seq := receipt.Record.Seq
		return []ledger.Refunded{{Seq: seq, Line: 0, Minor: fen}, {Seq: seq, Line: 1, Minor: fen}}
	}
	require.Equal(t, append(of(sale, 350), of(other, 1)...), list(t, store.Refunds(t.Context(), bookID)))
	require.ElementsMatch(t, of(sale, 350), lookUp(t, store, ledger.Need{Refunds: []int64{sale.Record.Seq, 1}}).Refunds)
	require.Empty(t, lookUp(t, store, ledger.Need{}).Refunds)
}
