package canteen_test

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestMerchantsAreKeptWithTheirAccounts(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		s := newShop(t, db)
		kiosk := canteen.Merchant{ID: "a-kiosk", Name: "小卖部"}
		require.NoError(t, s.merchants.Put(t.Context(), kiosk, "office"))
		kiosk.Name, kiosk.Payee = "校园小卖部", "农业银行 尾号9876"
		require.NoError(t, s.merchants.Put(t.Context(), kiosk, "another"))
		got, err := s.merchants.Get(t.Context(), "a-kiosk")
		require.NoError(t, err)
		require.Equal(t, kiosk, got)
		list, err := s.merchants.List(t.Context())
		require.NoError(t, err)
		require.Equal(t, []canteen.Merchant{kiosk, {ID: merchant, Name: "第一食堂", Payee: "工商银行 尾号1234"}}, list)
		require.Equal(t, "0.00", s.balance(t, "merchant/a-kiosk"))
		require.Equal(t, "0.00", s.balance(t, "transit/payout/a-kiosk"))

		_, err = s.merchants.Get(t.Context(), "nobody")
		require.ErrorIs(t, err, canteen.ErrUnknownMerchant)
		for _, bad := range []canteen.Merchant{{ID: "", Name: "x"}, {ID: "A", Name: "x"}, {ID: "-a", Name: "x"}, {ID: "a/b", Name: "x"}, {ID: "a"}} {
			require.ErrorIs(t, s.merchants.Put(t.Context(), bad, "office"), canteen.ErrInvalid, bad.ID)
		}
	})
}

func TestADayIsSettledOnceAndPaidOutOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	ctx := t.Context()
	s.topUp(t, ann, "100.00")
	first, second := firstDay(), firstDay().AddDays(1)
	s.sell(t, pork, pork, rice) // 19.00
	s.sell(t, rice)
	ask := canteen.Settlement{Merchant: merchant, Date: first, Commission: "1.5", By: "finance"}
	_, err := s.merchants.Settle(ctx, ask)
	require.ErrorIs(t, err, canteen.ErrInvalid, "the day is still open")
	s.closeDay(t, first)
	s.sell(t, eggs) // on the second day: not part of it

	settled, err := s.merchants.Settle(ctx, ask)
	require.NoError(t, err)
	require.Equal(t, canteen.Settled{
		ID: settled.ID, Seq: settled.Seq, Date: first, Gross: cny("20.00"), Commission: cny("0.30"), Net: cny("19.70"),
	}, settled)
	require.NotZero(t, settled.Seq)
	require.Equal(t, "5.50", s.balance(t, "merchant/"+merchant))
	require.Equal(t, "19.70", s.balance(t, "transit/payout/"+merchant))
	require.Equal(t, "0.30", s.balance(t, "income/commission"))

	again := ask
	again.Commission = "2"
	replayed, err := s.merchants.Settle(ctx, again)
	require.NoError(t, err)
	settled.Replayed = true
	require.Equal(t, settled, replayed, "what was settled stays")

	pay := canteen.Payout{Merchant: merchant, Date: first, Bank: "icbc", By: "finance"}
	for range 2 {
		receipt, err := s.merchants.PayOut(ctx, pay)
		require.NoError(t, err)
		require.Equal(t, cny("19.70"), receipt.Record.Lines[0].Amount)
	}
	require.Equal(t, "0.00", s.balance(t, "transit/payout/"+merchant))
	require.Equal(t, "-19.70", s.balance(t, "bank/icbc"))
	pay.Date = second
	_, err = s.merchants.PayOut(ctx, pay)
	require.ErrorIs(t, err, canteen.ErrNotSettled)

	s.closeDay(t, second)
	replayed, err = s.merchants.Settle(ctx, ask)
	require.NoError(t, err)
	require.Equal(t, settled, replayed, "an old date is answered too")
	ask.Date = second
	settled, err = s.merchants.Settle(ctx, ask)
	require.NoError(t, err)
	require.Equal(t, cny("5.50"), settled.Gross, "the first day is not counted again")
}

func TestAReversedSaleIsNotPaidOut(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, ann, "100.00")
	sold := s.sell(t, pork)
	s.closeDay(t, firstDay())
	_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: sold.ID, By: "cashier:12"})
	require.NoError(t, err)
	ask := canteen.Settlement{Merchant: merchant, Date: firstDay()}
	settled, err := s.merchants.Settle(t.Context(), ask)
	require.NoError(t, err)
	require.Zero(t, settled.Seq)
	require.True(t, settled.Gross.IsZero())

	s.closeDay(t, firstDay().AddDays(1))
	s.sell(t, rice)
	ask.Date, ask.Commission = firstDay().AddDays(2), "0"
	_, err = s.merchants.Settle(t.Context(), ask)
	require.ErrorIs(t, err, canteen.ErrInvalid)
	s.closeDay(t, firstDay().AddDays(2))
	for _, bad := range []string{"-1", "101", "x"} {
		ask.Commission = bad
		_, err = s.merchants.Settle(t.Context(), ask)
		require.ErrorIs(t, err, canteen.ErrInvalid, bad)
	}
	ask.Commission = "100"
	settled, err = s.merchants.Settle(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, cny("1.00"), settled.Commission)
	_, err = s.merchants.PayOut(t.Context(), canteen.Payout{Merchant: merchant, Date: ask.Date, Bank: "icbc"})
	require.ErrorIs(t, err, canteen.ErrNotSettled, "nothing is left to transfer")
}

func TestConcurrentSettlementsOfADateAreOne(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, ann, "100.00")
	s.sell(t, pork)
	s.closeDay(t, firstDay())
	s.sell(t, pork) // money that a second settlement could take by mistake
	var first atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			ask := canteen.Settlement{Merchant: merchant, Date: firstDay(), Commission: []string{"1", "2"}[i%2]}
			settled, err := s.merchants.Settle(context.Background(), ask)
			if err != nil {
				t.Error(err)
			}
			if !settled.Replayed {
				first.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, first.Load())
	require.Equal(t, "9.00", s.balance(t, "merchant/"+merchant))
}

func TestTheReportCountsADay(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	ctx := t.Context()
	s.topUp(t, ann, "100.00")
	s.sell(t, pork)
	wrong := s.sell(t, rice)
	first, second := firstDay(), firstDay().AddDays(1)
	s.closeDay(t, first)
	s.sell(t, eggs)
	_, err := s.book.Reverse(ctx, ledger.Reversal{Of: wrong.ID, By: "cashier:12"})
	require.NoError(t, err)
	_, err = s.merchants.Settle(ctx, canteen.Settlement{Merchant: merchant, Date: first})
	require.NoError(t, err)
	s.closeDay(t, second)
	s.sell(t, rice)

	report, err := s.merchants.Report(ctx, merchant, first)
	require.NoError(t, err)
	require.Equal(t, canteen.DayReport{
		Merchant: merchant, Date: first, Sales: 2, Gross: cny("10.00"), Corrected: cny("0.00"), Settled: cny("0.00"),
	}, report)
	report, err = s.merchants.Report(ctx, merchant, second)
	require.NoError(t, err)
	require.Equal(t, canteen.DayReport{
		Merchant: merchant, Date: second, Sales: 1, Gross: cny("5.50"),
		Corrections: 1, Corrected: cny("-1.00"), Settled: cny("10.00"),
	}, report)
	_, err = s.merchants.Report(ctx, "nobody", first)
	require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	_, err = s.merchants.Report(ctx, merchant, ledger.Date{})
	require.ErrorIs(t, err, canteen.ErrInvalid)
	report, err = s.merchants.Report(ctx, merchant, first.AddDays(-1))
	require.NoError(t, err)
	require.Zero(t, report.Sales)
}

// What was sold on a date that was reopened lies behind later dates in the
// journal.
func TestTheReportCountsAReopenedDay(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, ann, "100.00")
	first, second := firstDay(), firstDay().AddDays(1)
	s.sell(t, pork)
	s.closeDay(t, first)
	s.sell(t, eggs)
	_, err := s.book.Reopen(t.Context(), ledger.Reopen{Date: first, By: "finance", Why: "a sale was forgotten"})
	require.NoError(t, err)
	s.sell(t, rice)
	s.closeDay(t, first)
	s.sell(t, rice)
	for date, gross := range map[ledger.Date]string{first: "10.00", second: "6.50"} {
		report, err := s.merchants.Report(t.Context(), merchant, date)
		require.NoError(t, err)
		require.Equal(t, 2, report.Sales)
		require.Equal(t, cny(gross), report.Gross)
	}
}

// sell sells to ann what she can pay.
func (s *shop) sell(t *testing.T, barcodes ...string) canteen.Sold {
	t.Helper()
	sold, err := s.counter.Sell(t.Context(), s.sale(t, ann, barcodes...))
	require.NoError(t, err)
	return sold
}
