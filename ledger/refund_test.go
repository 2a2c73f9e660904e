package ledger_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// meal posts a sale of 18 that took 10 of wallet/b, 5 of wallet/a and left 3 as
// arrears.
func meal(t *testing.T, book *ledger.Book) uuid.UUID {
	t.Helper()
	_, err := book.Post(t.Context(), transaction(
		ledger.Debit("clearing/g", cny("15")), ledger.Credit("wallet/a", cny("5")), ledger.Credit("wallet/b", cny("10"))))
	require.NoError(t, err)
	sale := transaction(
		ledger.DebitUpTo("wallet/b", cny("18")), ledger.DebitUpTo("wallet/a", cny("18")), ledger.DebitRest("arrears/a"),
		ledger.Credit("merchant/m", cny("18")))
	_, err = book.Post(t.Context(), sale)
	require.NoError(t, err)
	return sale.ID
}

// back refunds an amount of the meal in the reverse order of what it took.
func back(of uuid.UUID, amount string) ledger.Refund {
	return ledger.Refund{ID: ledger.NewID(), Of: of, Lines: []ledger.RefundLine{
		{Line: 3, Amount: cny(amount)},
		{Line: 2, Amount: cny(amount), Take: ledger.UpTo},
		{Line: 1, Amount: cny(amount), Take: ledger.UpTo},
		{Line: 0, Amount: cny(amount), Take: ledger.UpTo},
	}}
}

func TestRefundsReturnInReverseOrderUpToTheWhole(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	sale := meal(t, book)
	for _, step := range []struct{ amount, arrears, walletA, walletB string }{
		{"2", "1", "0", "0"},
		{"4", "0", "3", "0"},
		{"12", "0", "5", "10"},
	} {
		receipt, err := book.Refund(t.Context(), back(sale, step.amount))
		require.NoError(t, err)
		require.Equal(t, ledger.KindRefund, receipt.Record.Kind)
		require.Equal(t, []int{3, 2, 1, 0}, receipt.Record.Refunds)
		requireBalance(t, book, "arrears/a", step.arrears)
		requireBalance(t, book, "wallet/a", step.walletA)
		requireBalance(t, book, "wallet/b", step.walletB)
	}
	requireBalance(t, book, "merchant/m", "0")
	_, err := book.Refund(t.Context(), back(sale, "0.01"))
	var exceeded *ledger.RefundError
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, ledger.RefundError{
		Of: sale, Line: 3, Account: "merchant/m", Posted: cny("18"), Refunded: cny("18"), Wanted: cny("0.01"),
	}, *exceeded)
}

func TestRefundIsCappedLineByLine(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	sale := meal(t, book)
	refund := func(lines ...ledger.RefundLine) error {
		_, err := book.Refund(t.Context(), ledger.Refund{ID: ledger.NewID(), Of: sale, Lines: lines})
		return err
	}
	give := ledger.RefundLine{Line: 3, Amount: cny("6")}
	require.ErrorIs(t, refund(give, ledger.RefundLine{Line: 1, Amount: cny("6")}), ledger.ErrRefundExceeded, "line 1 took 5")
	require.ErrorIs(t, refund(give, ledger.RefundLine{Line: 1, Take: ledger.Rest}), ledger.ErrRefundExceeded)
	require.ErrorIs(t, refund(give, ledger.RefundLine{Line: 1, Amount: cny("6"), Take: ledger.UpTo}), ledger.ErrUnbalanced, "nobody takes the sixth")
	require.NoError(t, refund(give, ledger.RefundLine{Line: 1, Amount: cny("6"), Take: ledger.UpTo}, ledger.RefundLine{Line: 0, Take: ledger.Rest}))
	requireBalance(t, book, "wallet/a", "5")
	requireBalance(t, book, "wallet/b", "1")
}

func TestRefundsAndReversalsExcludeEachOther(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	sale := meal(t, book)
	refunded := back(sale, "1")
	_, err := book.Refund(t.Context(), refunded)
	require.NoError(t, err)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: sale})
	require.ErrorIs(t, err, ledger.ErrRefunded)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: refunded.ID})
	require.ErrorIs(t, err, ledger.ErrNotReversible)
	_, err = book.Refund(t.Context(), back(refunded.ID, "1"))
	require.ErrorIs(t, err, ledger.ErrNotReversible)

	other := topUp("7")
	_, err = book.Post(t.Context(), other)
	require.NoError(t, err)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: other.ID})
	require.NoError(t, err)
	_, err = book.Refund(t.Context(), ledger.Refund{ID: ledger.NewID(), Of: other.ID, Lines: []ledger.RefundLine{
		{Line: 0, Amount: cny("1")}, {Line: 1, Amount: cny("1")},
	}})
	require.ErrorIs(t, err, ledger.ErrReversed)
}

func TestRefundIsCheckedFromTheTop(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	sale := meal(t, book)
	used := topUp("1")
	_, err := book.Post(t.Context(), used)
	require.NoError(t, err)
	lines := func(lines ...ledger.RefundLine) []ledger.RefundLine { return lines }
	good := lines(ledger.RefundLine{Line: 3, Amount: cny("1")}, ledger.RefundLine{Line: 2, Amount: cny("1")})
	for _, c := range []struct {
		code   string
		refund ledger.Refund
	}{
		{"invalid", ledger.Refund{Of: sale, Lines: good}},
		{"invalid", ledger.Refund{ID: used.ID, Of: sale, Lines: good[:1]}},
		{"invalid", ledger.Refund{ID: used.ID, Of: sale, Lines: lines(good[0], good[0])}},
		{"invalid", ledger.Refund{ID: used.ID, Of: sale, Lines: lines(good[0], ledger.RefundLine{Line: -1, Amount: cny("1")})}},
		{"invalid", ledger.Refund{ID: used.ID, Of: sale, Lines: lines(good[0], ledger.RefundLine{Line: 4, Amount: cny("1")})}},
		{"invalid", ledger.Refund{ID: used.ID, Of: sale, Lines: lines(good[0], ledger.RefundLine{Line: 1})}},
		{"id_reused", ledger.Refund{ID: used.ID, Of: ledger.NewID(), Lines: good}},
		{"record_unknown", ledger.Refund{ID: ledger.NewID(), Of: ledger.NewID(), Lines: good}},
		{"not_reversible", ledger.Refund{ID: ledger.NewID(), Of: ledger.KeyID("ledger", "genesis"), Lines: good}},
		{"unbalanced", ledger.Refund{ID: ledger.NewID(), Of: sale, Lines: lines(good[0], ledger.RefundLine{Line: 2, Amount: cny("2")})}},
	} {
		_, err := book.Refund(t.Context(), c.refund)
		require.Equal(t, c.code, ledger.CodeOf(err), "%+v: %v", c.refund, err)
	}
	refund := ledger.Refund{ID: ledger.NewID(), Of: sale, By: "cashier:1", Lines: good}
	_, err = book.Refund(t.Context(), refund)
	require.NoError(t, err)
	again, err := book.Refund(t.Context(), refund)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	for field, change := range map[string]func(*ledger.Refund){
		"by": func(r *ledger.Refund) { r.By = "cashier:2" },
		"of": func(r *ledger.Refund) {
			r.Of = used.ID
			r.Lines = lines(good[0], good[1])
			r.Lines[0].Line, r.Lines[1].Line = 0, 1
		},
		"lines[1].line":   func(r *ledger.Refund) { r.Lines = lines(good[0], ledger.RefundLine{Line: 1, Amount: cny("1")}) },
		"lines[1].amount": func(r *ledger.Refund) { r.Lines = lines(good[0], ledger.RefundLine{Line: 2, Amount: cny("2")}) },
	} {
		other := refund
		change(&other)
		_, err := book.Refund(t.Context(), other)
		var reused *ledger.IDReusedError
		require.ErrorAs(t, err, &reused, field)
		require.Equal(t, field, reused.Field)
	}
}

func TestCaptureIsRefunded(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	_, capture := book.holdIn(t, "held")
	_, err := book.Refund(t.Context(), ledger.Refund{ID: ledger.NewID(), Of: capture.ID, Lines: []ledger.RefundLine{
		{Line: 0, Amount: cny("4")}, {Line: 1, Amount: cny("4")},
	}})
	require.NoError(t, err)
	requireBalance(t, book.Book, "wallet/a", "94")
	requireBalance(t, book.Book, "merchant/m", "6")
}
