package gateways_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestStart(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		t.Run("an order is stored, announced and reads back as it was", func(t *testing.T) {
			now := time.Date(2026, 9, 1, 4, 0, 0, 123456789, time.UTC)
			gateway := &stub{}
			desk := newDesk(t, db, gateway, newLedger(), &gateways.Options{School: 1, Now: func() time.Time { return now }})
			order := start(t, desk, "k")
			want := gateways.Order{
				ID: order.ID, School: 1, Key: "k", Gateway: "stub", Merchant: merchant, Purpose: "topup",
				Subject: "h102938", Payer: "g1", Description: "Meal card top-up", Amount: money.Of(10000, money.CNY),
				State: gateways.OrderSent, Checkout: gateways.Checkout{URL: "https://pay.example/" + order.Number()},
				CreatedAt: now.Truncate(time.Microsecond), UpdatedAt: now.Truncate(time.Microsecond),
				ExpiresAt: time.Date(2026, 9, 1, 4, 30, 0, 0, time.UTC),
			}
			require.Equal(t, want, order)
			require.Regexp(t, "^[0-9a-f]{32}$", order.Number())
			parsed, err := gateways.ParseNumber(order.Number())
			require.NoError(t, err)
			require.Equal(t, order.ID, parsed)
		})

		t.Run("the same key and content is the same order and asks the gateway once", func(t *testing.T) {
			gateway := &stub{}
			desk := newDesk(t, db, gateway, newLedger(), &gateways.Options{School: 2})
			first := start(t, desk, "k")
			require.Equal(t, first, start(t, desk, "k"))
			require.Len(t, gateway.created, 1)
		})

		t.Run("the same key with other content names the field that differs", func(t *testing.T) {
			desk := newDesk(t, db, &stub{}, newLedger(), &gateways.Options{School: 3})
			order := start(t, desk, "k")
			for field, change := range map[string]func(*gateways.Request){
				"purpose":     func(r *gateways.Request) { r.Purpose = "fee" },
				"subject":     func(r *gateways.Request) { r.Subject = "h2" },
				"payer":       func(r *gateways.Request) { r.Payer = "g2" },
				"description": func(r *gateways.Request) { r.Description = "else" },
				"amount":      func(r *gateways.Request) { r.Amount = money.Of(10000, money.HKD) },
			} {
				request := topUp("k")
				change(&request)
				_, err := desk.Start(t.Context(), request)
				var reused *gateways.KeyReusedError
				require.ErrorAs(t, err, &reused)
				require.Equal(t, gateways.KeyReusedError{OrderID: order.ID, Field: field}, *reused)
				require.ErrorIs(t, err, gateways.ErrKeyReused)
			}
			other := newDesk(t, db, &stub{name: "other"}, newLedger(), &gateways.Options{School: 3})
			_, err := other.Start(t.Context(), topUp("k"))
			require.ErrorIs(t, err, gateways.ErrKeyReused)
		})

		t.Run("a timeout leaves the order to be continued under the same number", func(t *testing.T) {
			gateway := &stub{create: func(gateways.Order) (gateways.Checkout, error) {
				return gateways.Checkout{}, fmt.Errorf("timeout: %w", gateways.ErrUnavailable)
			}}
			desk := newDesk(t, db, gateway, newLedger(), &gateways.Options{School: 4})
			failed, err := desk.Start(t.Context(), topUp("k"))
			require.ErrorIs(t, err, gateways.ErrUnavailable)
			requireState(t, desk, failed.ID, gateways.OrderCreated)
			gateway.create = nil
			order := start(t, desk, "k")
			require.Equal(t, gateways.OrderSent, order.State)
			require.Equal(t, failed.ID, order.ID)
			require.Equal(t, gateway.created[0], gateway.created[1], "the gateway must see the very same order")
		})

		t.Run("a refusal fails the order, and a retry is refused without asking", func(t *testing.T) {
			gateway := &stub{create: func(gateways.Order) (gateways.Checkout, error) {
				return gateways.Checkout{}, &gateways.RefusedError{Gateway: "stub", Code: "RULE_LIMIT"}
			}}
			desk := newDesk(t, db, gateway, newLedger(), &gateways.Options{School: 5})
			for range 2 {
				order, err := desk.Start(t.Context(), topUp("k"))
				var refused *gateways.RefusedError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, "RULE_LIMIT", refused.Code)
				require.Equal(t, gateways.OrderFailed, order.State)
			}
			require.Len(t, gateway.created, 1)
		})

		t.Run("a retry after the payer paid settles the payment", func(t *testing.T) {
			books := newLedger()
			gateway := &stub{create: func(gateways.Order) (gateways.Checkout, error) {
				return gateways.Checkout{}, gateways.ErrOrderPaid
			}}
			gateway.query = func(string) (gateways.Payment, error) { return paidIn(gateway.created[0]), nil }
			desk := newDesk(t, db, gateway, books, &gateways.Options{School: 6})
			require.Equal(t, gateways.OrderPaid, start(t, desk, "k").State)
			require.Len(t, books.booked, 1)
		})

		t.Run("a notification that comes before Start returns is settled and not undone", func(t *testing.T) {
			books, gateway := newLedger(), &stub{}
			desk := newDesk(t, db, gateway, books, &gateways.Options{School: 7})
			gateway.create = func(order gateways.Order) (gateways.Checkout, error) {
				verdict, err := desk.Receive(t.Context(), good(), paidNotification(t, order))
				require.NoError(t, err)
				require.Equal(t, gateways.VerdictAccepted, verdict)
				return gateways.Checkout{Code: "stub://pay"}, nil
			}
			order := start(t, desk, "k")
			require.Equal(t, gateways.OrderPaid, order.State)
			require.Equal(t, gateways.Checkout{Code: "stub://pay"}, order.Checkout)
			require.Len(t, books.booked, 1)
		})
	})
}

func TestStartRefusesAnInvalidRequest(t *testing.T) {
	t.Parallel()
	desk := newDesk(t, domaintest.SQLite(t), &stub{}, newLedger(), nil)
	for name, change := range map[string]func(*gateways.Request){
		"no key":               func(r *gateways.Request) { r.Key = "" },
		"a long key":           func(r *gateways.Request) { r.Key = strings.Repeat("k", 129) },
		"no purpose":           func(r *gateways.Request) { r.Purpose = "" },
		"no subject":           func(r *gateways.Request) { r.Subject = "" },
		"no description":       func(r *gateways.Request) { r.Description = "" },
		"text not UTF-8":       func(r *gateways.Request) { r.Subject = "\xff" },
		"text with a NUL byte": func(r *gateways.Request) { r.Subject = "h\x00" },
		"no currency":          func(r *gateways.Request) { r.Amount = money.Amount{} },
		"nothing to pay":       func(r *gateways.Request) { r.Amount = money.Zero(money.CNY) },
		"a negative amount":    func(r *gateways.Request) { r.Amount = money.Of(-1, money.CNY) },
	} {
		t.Run(name, func(t *testing.T) {
			request := topUp("k")
			change(&request)
			_, err := desk.Start(t.Context(), request)
			require.ErrorIs(t, err, gateways.ErrInvalidRequest)
		})
	}
}

func TestParseNumberTakesOnlyWhatNumberWrites(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"", "0", strings.Repeat("g", 32), strings.Repeat("A", 32), strings.Repeat("a", 33)} {
		_, err := gateways.ParseNumber(number)
		require.ErrorIs(t, err, gateways.ErrUnknownOrder, number)
	}
}

func TestNewDeskRequiresItsParts(t *testing.T) {
	t.Parallel()
	db := domaintest.SQLite(t)
	_, err := gateways.NewDesk(nil, &stub{}, newLedger().settle, nil)
	require.Error(t, err)
	_, err = gateways.NewDesk(db, nil, newLedger().settle, nil)
	require.Error(t, err)
	_, err = gateways.NewDesk(db, &stub{}, nil, nil)
	require.Error(t, err)
	_, err = gateways.NewDesk(db, &stub{}, newLedger().settle, &gateways.Options{ClockSkew: -1})
	require.Error(t, err)
}
