package gateways_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestConfirm(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		t.Run("asks the gateway once and settles once", func(t *testing.T) {
			books, gateway := newLedger(), &stub{}
			desk := newDesk(t, db, gateway, books, &gateways.Options{School: 1})
			order := start(t, desk, "k")
			gateway.query = func(string) (gateways.Payment, error) { return paidIn(order), nil }
			for range 2 {
				paid, err := desk.Confirm(t.Context(), order.ID)
				require.NoError(t, err)
				require.Equal(t, gateways.OrderPaid, paid.State)
			}
			require.Equal(t, 1, gateway.queried)
			require.Equal(t, 1, books.calls)
		})
		t.Run("a payment of another amount is noted and not settled", func(t *testing.T) {
			books, gateway := newLedger(), &stub{}
			desk := newDesk(t, db, gateway, books, &gateways.Options{School: 2})
			order := start(t, desk, "k")
			gateway.query = func(string) (gateways.Payment, error) {
				payment := paidIn(order)
				payment.Amount = money.Of(1, money.CNY)
				return payment, nil
			}
			_, err := desk.Confirm(t.Context(), order.ID)
			var mismatch *gateways.MismatchError
			require.ErrorAs(t, err, &mismatch)
			require.Equal(t, gateways.VerdictAmountMismatch, mismatch.Verdict)
			require.Equal(t, gateways.VerdictAmountMismatch, requireState(t, desk, order.ID, gateways.OrderSent).Problem)
			require.Zero(t, books.calls)
		})
		t.Run("an order the gateway does not know stays as it is", func(t *testing.T) {
			gateway := &stub{query: func(string) (gateways.Payment, error) {
				return gateways.Payment{State: gateways.PaymentUnknown}, nil
			}}
			desk := newDesk(t, db, gateway, newLedger(), &gateways.Options{School: 3})
			order := start(t, desk, "k")
			confirmed, err := desk.Confirm(t.Context(), order.ID)
			require.NoError(t, err)
			require.Equal(t, gateways.OrderSent, confirmed.State)
		})
		t.Run("another school's and another gateway's orders are unknown", func(t *testing.T) {
			order := start(t, newDesk(t, db, &stub{}, newLedger(), &gateways.Options{School: 4}), "k")
			for _, desk := range []*gateways.Desk{
				newDesk(t, db, &stub{}, newLedger(), &gateways.Options{School: 5}),
				newDesk(t, db, &stub{name: "other"}, newLedger(), &gateways.Options{School: 4}),
			} {
				_, err := desk.Confirm(t.Context(), order.ID)
				require.ErrorIs(t, err, gateways.ErrUnknownOrder)
				_, err = desk.Receive(t.Context(), good(), paidNotification(t, order))
				require.ErrorIs(t, err, gateways.ErrUnknownOrder)
			}
			_, err := newDesk(t, db, &stub{}, newLedger(), nil).Confirm(t.Context(), uuid.New())
			require.ErrorIs(t, err, gateways.ErrUnknownOrder)
		})
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		t.Run("closes at the gateway first, and once", func(t *testing.T) {
			gateway := &stub{}
			desk := newDesk(t, db, gateway, newLedger(), &gateways.Options{School: 1})
			order := start(t, desk, "k")
			for range 2 {
				closed, err := desk.Close(t.Context(), order.ID)
				require.NoError(t, err)
				require.Equal(t, gateways.OrderClosed, closed.State)
			}
			require.Equal(t, []string{order.Number()}, gateway.closed)
		})
		t.Run("a payer who was faster is settled", func(t *testing.T) {
			books, gateway := newLedger(), &stub{close: func(string) error { return gateways.ErrOrderPaid }}
			desk := newDesk(t, db, gateway, books, &gateways.Options{School: 2})
			order := start(t, desk, "k")
			gateway.query = func(string) (gateways.Payment, error) { return paidIn(order), nil }
			paid, err := desk.Close(t.Context(), order.ID)
			require.ErrorIs(t, err, gateways.ErrOrderPaid)
			require.Equal(t, gateways.OrderPaid, paid.State)
			require.Len(t, books.booked, 1)
			_, err = desk.Close(t.Context(), order.ID)
			require.ErrorIs(t, err, gateways.ErrOrderPaid)
		})
		t.Run("a gateway that is away closes nothing", func(t *testing.T) {
			gateway := &stub{close: func(string) error { return gateways.ErrUnavailable }}
			desk := newDesk(t, db, gateway, newLedger(), &gateways.Options{School: 3})
			order := start(t, desk, "k")
			_, err := desk.Close(t.Context(), order.ID)
			require.ErrorIs(t, err, gateways.ErrUnavailable)
			requireState(t, desk, order.ID, gateways.OrderSent)
		})
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		now := time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC)
		books, gateway := newLedger(), &stub{}
		desk := newDesk(t, db, gateway, books, &gateways.Options{Now: func() time.Time { return now }})
		orders := map[string]gateways.Order{}
		for _, name := range []string{"paid", "pending", "failed", "closed", "unreachable", "unknown"} {
			orders[name] = start(t, desk, name)
		}
		gateway.query = func(number string) (gateways.Payment, error) {
			switch number {
			case orders["paid"].Number():
				return paidIn(orders["paid"]), nil
			case orders["unreachable"].Number():
				return gateways.Payment{}, fmt.Errorf("down: %w", gateways.ErrUnavailable)
			case orders["failed"].Number():
				return gateways.Payment{State: gateways.PaymentFailed, Merchant: merchant}, nil
			case orders["closed"].Number():
				return gateways.Payment{State: gateways.PaymentClosed, Merchant: merchant}, nil
			case orders["unknown"].Number():
				return gateways.Payment{State: gateways.PaymentUnknown}, nil
			}
			return gateways.Payment{State: gateways.PaymentPending, Merchant: merchant}, nil
		}

		t.Run("leaves orders alone that are too young", func(t *testing.T) {
			swept, err := desk.Sweep(t.Context(), time.Second)
			require.NoError(t, err)
			require.Zero(t, swept)
			require.Zero(t, gateway.queried)
		})
		t.Run("asks about every open order and goes on past trouble", func(t *testing.T) {
			now = now.Add(time.Minute)
			swept, err := desk.Sweep(t.Context(), time.Minute)
			require.ErrorIs(t, err, gateways.ErrUnavailable)
			require.Equal(t, gateways.Swept{Paid: 1, Open: 2, Failed: 1, Closed: 1, Trouble: 1}, swept)
			require.Len(t, books.booked, 1)
			requireState(t, desk, orders["paid"].ID, gateways.OrderPaid)
		})
		t.Run("closes what nobody paid in time, at the gateway too", func(t *testing.T) {
			now = now.Add(time.Hour)
			swept, err := desk.Sweep(t.Context(), time.Minute)
			require.ErrorIs(t, err, gateways.ErrUnavailable)
			require.Equal(t, gateways.Swept{Closed: 2, Trouble: 1}, swept)
			require.ElementsMatch(t, []string{orders["pending"].Number(), orders["unknown"].Number()}, gateway.closed)
			require.Equal(t, "expired", requireState(t, desk, orders["pending"].ID, gateways.OrderClosed).Reason)
		})
		t.Run("settles what was written down but not booked, even if it had been closed", func(t *testing.T) {
			late := orders["closed"]
			books.fail(errBooks)
			_, err := desk.Receive(t.Context(), good(), paidNotification(t, late))
			require.ErrorIs(t, err, errBooks)
			requireState(t, desk, late.ID, gateways.OrderClosed)
			books.fail(nil)
			gateway.query = func(number string) (gateways.Payment, error) {
				if number == late.Number() {
					return paidIn(late), nil
				}
				return gateways.Payment{State: gateways.PaymentClosed, Merchant: merchant}, nil
			}
			swept, err := desk.Sweep(t.Context(), time.Minute)
			require.NoError(t, err)
			require.Equal(t, gateways.Swept{Paid: 1, Closed: 1}, swept)
			require.True(t, requireState(t, desk, late.ID, gateways.OrderPaid).Late)
		})
	})
}

func TestSweepReadsAllPages(t *testing.T) {
	t.Parallel()
	db := domaintest.SQLite(t)
	gateway := &stub{}
	desk := newDesk(t, db, gateway, newLedger(), nil)
	for i := range 201 {
		start(t, desk, fmt.Sprint(i))
	}
	swept, err := desk.Sweep(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, gateways.Swept{Open: 201}, swept)
	require.Equal(t, 201, gateway.queried)
}
