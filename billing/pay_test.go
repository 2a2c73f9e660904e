package billing_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestPay(t *testing.T) {
	t.Parallel()
	t.Run("in parts, from any source, until nothing is outstanding", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.tuition(t)
			bill := billing.BillIDOf(item.ID, "h1")
			require.NoError(t, campus.Ensure(t.Context(), s.book, "office", s.chart.Holder("h1")...))
			_, err := s.book.Post(t.Context(), s.chart.TopUp(campus.TopUp{
				Event: campus.Event{ID: ledger.NewID()}, Gateway: "wechatpay", Holder: "h1", Amount: yuan("300.00"),
			}))
			require.NoError(t, err)

			payment := cash(bill, "100.00")
			for from, amount := range map[campus.Source]string{
				campus.FromCash("desk1"): "100.00", campus.FromWallet("h1"): "300.00", campus.FromGateway("wechatpay"): "600.00",
			} {
				payment.ID, payment.From, payment.Amount = ledger.NewID(), from, yuan(amount)
				receipt, err := s.Pay(t.Context(), payment)
				require.NoError(t, err)
				require.False(t, receipt.Replayed)
				require.Equal(t, "cashier:12", receipt.Record.By)
				require.JSONEq(t, `{"item":"`+string(item.ID)+`","holder":"h1"}`, string(receipt.Record.Document))
			}
			got := s.bill(t, bill)
			require.True(t, got.Paid())
			require.False(t, got.Overdue(item.Due.AddDays(1)))
			require.Equal(t, "100.00 CNY", s.balance(t, "cash/desk1"))
			require.Equal(t, "0.00 CNY", s.balance(t, "wallet/h1"))
			require.Equal(t, "900.00 CNY", s.balance(t, "clearing/wechatpay"))
			require.Equal(t, "1000.00 CNY", s.balance(t, billing.BillIDOf(item.ID, "h2").Account()))
		})
	})
	t.Run("the same payment is replayed, also when the bill is paid", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			payment := cash(billing.BillIDOf(s.tuition(t).ID, "h1"), "1000.00")
			first, err := s.Pay(t.Context(), payment)
			require.NoError(t, err)
			again, err := s.Pay(t.Context(), payment)
			require.NoError(t, err)
			require.True(t, again.Replayed)
			require.Equal(t, first.Record, again.Record)
			require.Equal(t, "1000.00 CNY", s.balance(t, "cash/desk1"))

			payment.Amount = yuan("999.00")
			_, err = s.Pay(t.Context(), payment)
			require.ErrorIs(t, err, ledger.ErrIDReused)
		})
	})
	t.Run("two payments of the whole at once pay once", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			bill := billing.BillIDOf(s.tuition(t).ID, "h1")
			var wait sync.WaitGroup
			failures := make([]error, 8)
			for i := range failures {
				wait.Go(func() { _, failures[i] = s.Pay(t.Context(), cash(bill, "1000.00")) })
			}
			wait.Wait()
			paid := 0
			for _, err := range failures {
				if err == nil {
					paid++
				} else {
					require.ErrorIs(t, err, billing.ErrBillPaid)
				}
			}
			require.Equal(t, 1, paid)
			require.Equal(t, "1000.00 CNY", s.balance(t, "cash/desk1"))
		})
	})
	t.Run("refuses what the bill does not take, and says what it would", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			bill := billing.BillIDOf(s.tuition(t).ID, "h1")
			_, err := s.Pay(t.Context(), cash(bill, "400.00"))
			require.NoError(t, err)

			_, err = s.Pay(t.Context(), cash(bill, "600.01"))
			var refused *billing.PaymentError
			require.ErrorAs(t, err, &refused)
			require.ErrorIs(t, err, billing.ErrOverpaid)
			require.Equal(t, yuan("600.00"), refused.Outstanding)
			require.EqualError(t, err, "pay: bill "+string(bill)+
				": payment of 600.01 CNY: payment is more than what is outstanding: outstanding 600.00 CNY")

			payment := cash(bill, "1.00")
			payment.Amount = money.MustParse("1.00", money.USD)
			_, err = s.Pay(t.Context(), payment)
			require.ErrorAs(t, err, &refused)
			require.ErrorIs(t, err, ledger.ErrCurrencyMismatch)

			_, err = s.Pay(t.Context(), cash(bill, "600.00"))
			require.NoError(t, err)
			_, err = s.Pay(t.Context(), cash(bill, "0.01"))
			require.ErrorAs(t, err, &refused)
			require.ErrorIs(t, err, billing.ErrBillPaid)
			require.True(t, refused.Outstanding.IsZero())
			require.Equal(t, "1000.00 CNY", s.balance(t, "cash/desk1"))
		})
	})
	t.Run("refuses unknown bills and malformed payments", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			bill := billing.BillIDOf(s.tuition(t).ID, "h1")
			for _, unknown := range []billing.BillID{"", billing.BillIDOf("x", "h1"), "a\x00", "\xff", "x'--"} {
				_, err := s.Pay(t.Context(), cash(unknown, "1.00"))
				require.ErrorIs(t, err, billing.ErrBillUnknown)
				_, err = s.Bill(t.Context(), unknown)
				require.ErrorIs(t, err, billing.ErrBillUnknown)
			}
			for _, spoil := range []func(*billing.Payment){
				func(p *billing.Payment) { p.ID = uuid.Nil },
				func(p *billing.Payment) { p.From = campus.Source{} },
				func(p *billing.Payment) { p.Amount = money.Amount{} },
				func(p *billing.Payment) { p.Amount = yuan("0") },
				func(p *billing.Payment) { p.Amount = yuan("-1") },
			} {
				payment := cash(bill, "1.00")
				spoil(&payment)
				_, err := s.Pay(t.Context(), payment)
				require.ErrorIs(t, err, ledger.ErrInvalid)
			}
		})
	})
	t.Run("leaves it to the ledger what it says of the source", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			require.NoError(t, campus.Ensure(t.Context(), s.book, "office", s.chart.Holder("h1")...))
			payment := cash(billing.BillIDOf(s.tuition(t).ID, "h1"), "1.00")
			payment.From = campus.FromWallet("h1")
			_, err := s.Pay(t.Context(), payment)
			require.ErrorIs(t, err, ledger.ErrInsufficient)
			var refused *billing.PaymentError
			require.NotErrorAs(t, err, &refused)

			payment.From = campus.FromCash("nowhere")
			_, err = s.Pay(t.Context(), payment)
			require.ErrorIs(t, err, ledger.ErrAccountUnknown)
		})
	})
}

func TestBillsOf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *school) {
		items := s.put(t, "甲,代收费,高一,10.00,2026-09-20,否", "乙,代收费,高一,20.00,2026-09-10,否", "丙,代收费,高一,30.00,2026-09-30,否")
		for i, refs := range [][]billing.Ref{{"h1", "h2"}, {"h1"}, {"h2"}} {
			_, err := s.Assess(t.Context(), billing.Assessment{Item: items[i].ID, Holders: refs, By: "staff:7"})
			require.NoError(t, err)
		}
		_, err := s.Pay(t.Context(), cash(billing.BillIDOf(items[0].ID, "h1"), "4.00"))
		require.NoError(t, err)

		bills, err := s.BillsOf(t.Context(), "h1")
		require.NoError(t, err)
		created := time.Date(2026, time.September, 1, 8, 0, 0, 0, time.UTC)
		require.Equal(t, []billing.Bill{
			{
				ID: billing.BillIDOf(items[1].ID, "h1"), Item: items[1].ID, Holder: "h1", Amount: yuan("20.00"),
				Due: items[1].Due, Created: created, Assessed: true, Outstanding: yuan("20.00"),
			},
			{
				ID: billing.BillIDOf(items[0].ID, "h1"), Item: items[0].ID, Holder: "h1", Amount: yuan("10.00"),
				Due: items[0].Due, Created: created, Assessed: true, Outstanding: yuan("6.00"),
			},
		}, bills)

		none, err := s.BillsOf(t.Context(), "h3")
		require.NoError(t, err)
		require.Empty(t, none)
		_, err = s.BillsOf(t.Context(), "h\x00")
		require.ErrorIs(t, err, ledger.ErrInvalid)
	})
}
