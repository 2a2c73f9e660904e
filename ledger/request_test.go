package ledger_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func TestPostAllAnswersEachInOrder(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	sales := []ledger.Request{
		spending("sale", "60"), spending("sale", "60"), ledger.Transaction{}, spending("sale", "40"),
		ledger.Release{Hold: uuid.New()},
	}
	answers := book.PostAll(t.Context(), sales...)
	codes := make([]string, len(answers))
	for i, answer := range answers {
		if answer.Err != nil {
			codes[i] = ledger.CodeOf(answer.Err)
			require.Equal(t, ledger.Receipt{}, answer.Receipt)
		}
	}
	require.Equal(t, []string{"", "insufficient", "invalid", "", "hold_unknown"}, codes)
	require.Equal(t, answers[0].Receipt.Record.Seq+1, answers[3].Receipt.Record.Seq)
	for i, answer := range book.PostAll(t.Context(), sales...) {
		require.Equal(t, codes[i] == "", answer.Receipt.Replayed)
	}
	require.Empty(t, book.PostAll(t.Context()))
}

func TestPostAllFindsWhatItHasJustWritten(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	held, sale := ledger.Authorization{Transaction: spending("sale", "10")}, spending("sale", "5")
	answers := book.PostAll(t.Context(),
		held, sale, ledger.Capture{ID: ledger.NewID(), Hold: held.ID}, ledger.Reversal{Of: sale.ID}, ledger.Release{Hold: held.ID})
	for i, answer := range answers[:4] {
		require.NoError(t, answer.Err, "request %d", i)
	}
	require.ErrorIs(t, answers[4].Err, ledger.ErrHoldCaptured)
	requireBalance(t, book.Book, "wallet/a", "90")
}

func TestPostAllTakesMoreThanABatch(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory()) // its queue holds 8
	requests := make([]ledger.Request, 50)
	for i := range requests {
		requests[i] = topUp("1")
	}
	for _, answer := range book.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
	}
	requireBalance(t, book, "wallet/a", "50")
}

func TestPostAllStopsWithItsContext(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, answer := range book.PostAll(ctx, topUp("1"), topUp("1")) {
		require.ErrorIs(t, answer.Err, context.Canceled)
	}
}

func TestLinkedRequestsAreAllOrNothing(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	hold := book.authorize(t, "10")
	before, err := book.Head(t.Context())
	require.NoError(t, err)
	requests := []ledger.Request{
		spending("sale", "30"),
		ledger.Capture{ID: ledger.NewID(), Hold: hold},
		ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{
			Path: "wallet/c", Control: "2307", Side: ledger.CreditSide, Currency: cny("0").Currency(),
		}}},
		spending("sale", "60.01"),
	}
	_, err = book.PostLinked(t.Context(), requests...)
	var linked *ledger.LinkedError
	require.ErrorAs(t, err, &linked)
	require.Equal(t, 3, linked.Index)
	require.ErrorIs(t, err, ledger.ErrInsufficient, "the second sale finds what the first left")
	after, err := book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)
	requireHeldIsWhatOpenHoldsHold(t, book, hold)

	requests[3] = spending("sale", "60")
	receipts, err := book.PostLinked(t.Context(), requests...)
	require.NoError(t, err)
	require.Len(t, receipts, 4)
	for i, receipt := range receipts {
		require.Equal(t, before.Seq+1+int64(i), receipt.Record.Seq)
	}
	requireBalance(t, book.Book, "wallet/a", "0")
	again, err := book.PostLinked(t.Context(), requests...)
	require.NoError(t, err)
	for i, receipt := range again {
		require.True(t, receipt.Replayed)
		require.Equal(t, receipts[i].Record.Seq, receipt.Record.Seq)
	}
}

func TestLinkedRequestsSeeEachOther(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	opened := ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{
		Path: "wallet/c", Control: "2307", Side: ledger.CreditSide, Currency: cny("0").Currency(), Floor: cny("0"),
	}}}
	move := transaction(ledger.Debit("wallet/a", cny("5")), ledger.Credit("wallet/c", cny("5")))
	_, err := book.PostLinked(t.Context(), opened, move, move)
	require.NoError(t, err, "the third is a replay of the second")
	requireBalance(t, book.Book, "wallet/c", "5")
	_, err = book.PostLinked(t.Context())
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = book.PostLinked(t.Context(), move, nil)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = book.Preview(t.Context(), nil)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = book.PostLinked(t.Context(), make([]ledger.Request, 1001)...)
	require.ErrorIs(t, err, ledger.ErrInvalid)
}

func TestLinkedRefundsShareACap(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	sale := meal(t, book)
	_, err := book.PostLinked(t.Context(), back(sale, "10"), back(sale, "9"))
	require.ErrorIs(t, err, ledger.ErrRefundExceeded)
	_, err = book.PostLinked(t.Context(), back(sale, "10"), back(sale, "8"))
	require.NoError(t, err)
	requireBalance(t, book, "wallet/b", "10")
}

func TestPreviewAnswersWhatPostWould(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	hold := book.authorize(t, "10")
	sale := spending("sale", "20")
	_, err := book.Post(t.Context(), sale)
	require.NoError(t, err)
	for name, request := range map[string]ledger.Request{
		"a post":         spending("sale", "30"),
		"one refused":    spending("sale", "70.01"),
		"a replay":       sale,
		"a reversal":     ledger.Reversal{Of: sale.ID},
		"a capture":      ledger.Capture{ID: ledger.NewID(), Hold: hold},
		"an unknown one": ledger.Reversal{Of: ledger.NewID()},
	} {
		before, err := book.Head(t.Context())
		require.NoError(t, err)
		preview, refused := book.Preview(t.Context(), request)
		after, err := book.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, before, after, "%s: nothing was written", name)
		answer := book.PostAll(t.Context(), request)[0]
		require.Equal(t, answer.Receipt, preview, name)
		require.Equal(t, ledger.Explain(answer.Err), ledger.Explain(refused), name)
		require.Equal(t, answer.Err == nil, refused == nil, name)
	}
}

func TestRememberedRefusalStaysRefused(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	sale := spending("sale", "150")
	sale.Remember, sale.By, sale.Document = true, "till:4", json.RawMessage(`{"offline":true}`)
	_, first := book.Post(t.Context(), sale)
	require.ErrorIs(t, first, ledger.ErrInsufficient)
	var remembered *ledger.RememberedError
	require.NotErrorAs(t, first, &remembered)
	_, err := book.Post(t.Context(), topUp("0.01"))
	require.ErrorIs(t, err, ledger.ErrAboveCeiling, "and an ordinary refusal leaves no record")
	record, err := book.Record(t.Context(), sale.ID)
	require.NoError(t, err)
	require.Equal(t, ledger.KindRefusal, record.Kind)
	require.Equal(t, "sale", record.For)
	require.Equal(t, sale.Postings, record.Asked)
	require.Equal(t, ledger.Explain(first), *record.Refused)

	book.limitless(t)
	_, err = book.Post(t.Context(), topUp("100"))
	require.NoError(t, err)
	for _, again := range []bool{true, false} {
		sale.Remember = again
		_, err = book.Post(t.Context(), sale)
		require.ErrorAs(t, err, &remembered)
		require.ErrorIs(t, err, ledger.ErrInsufficient)
		require.Equal(t, record.Seq, remembered.Seq)
		require.Equal(t, ledger.Explain(first), ledger.Explain(err))
	}
	sale.Postings[0].Amount, sale.Postings[1].Amount = cny("1"), cny("1")
	_, err = book.Post(t.Context(), sale)
	var reused *ledger.IDReusedError
	require.ErrorAs(t, err, &reused)
	require.Equal(t, "postings", reused.Field)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: sale.ID})
	require.ErrorIs(t, err, ledger.ErrNotReversible)
}

// limitless takes wallet/a's bounds away.
func (c *clocked) limitless(t *testing.T) {
	t.Helper()
	_, err := c.ChangeAccount(t.Context(), ledger.Change{By: "test", ID: ledger.NewID(), Why: "test", Account: "wallet/a", State: ledger.StateOpen})
	require.NoError(t, err)
}

func TestLinkedRefusalIsNotRemembered(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	sale := spending("sale", "150")
	sale.Remember = true
	_, err := book.PostLinked(t.Context(), spending("sale", "1"), sale)
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	_, err = book.Record(t.Context(), sale.ID)
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
	held := ledger.Authorization{Transaction: sale}
	_, err = book.Authorize(t.Context(), held)
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	record, err := book.Record(t.Context(), sale.ID)
	require.NoError(t, err, "a hold that is refused is remembered too")
	require.Equal(t, ledger.KindHoldRefusal, record.Kind)
	var remembered *ledger.RememberedError
	_, err = book.Authorize(t.Context(), held)
	require.ErrorAs(t, err, &remembered)
	_, err = book.Post(t.Context(), sale)
	require.ErrorIs(t, err, ledger.ErrIDReused, "a transaction is another request than a hold")
	held.Expires = noon.Add(time.Hour)
	_, err = book.Authorize(t.Context(), held)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	_, err = book.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: sale.ID})
	require.ErrorIs(t, err, ledger.ErrHoldUnknown, "nothing is committed after a rejection")
}
