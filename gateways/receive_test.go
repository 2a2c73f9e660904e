package gateways_test

import (
	"bytes"
	"database/sql"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestReceiveSettlesOnce(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		books := newLedger()
		desk := newDesk(t, db, &stub{}, books, nil)
		order := start(t, desk, "k")
		body := paidNotification(t, order)
		for i, want := range []gateways.Verdict{gateways.VerdictAccepted, gateways.VerdictDuplicate, gateways.VerdictDuplicate} {
			verdict, err := desk.Receive(t.Context(), good(), body)
			require.NoError(t, err)
			require.Equal(t, want, verdict, "notification %d", i)
		}
		require.Equal(t, 1, books.calls)
		require.Equal(t, gateways.Paid{
			ID: order.ID, Gateway: "stub", Purpose: "topup", Subject: "h102938", Payer: "g1", Amount: order.Amount,
			TransactionID: "T" + order.Number(), PaidAt: paidIn(order).PaidAt,
		}, books.booked[order.ID])
		paid := requireState(t, desk, order.ID, gateways.OrderPaid)
		require.False(t, paid.Late)
	})
}

func TestReceiveKeepsTheBytesAndTheSignatureOnly(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		desk := newDesk(t, db, &stub{}, newLedger(), nil)
		order := start(t, desk, "k")
		body := append([]byte(" \n"), paidNotification(t, order)...)
		header := good()
		header.Set("Cookie", "secret")
		_, err := desk.Receive(t.Context(), header, body)
		require.NoError(t, err)
		kept, err := desk.Notifications(t.Context(), order.ID)
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.Equal(t, body, kept[0].Body)
		require.Equal(t, good(), kept[0].Header)
		require.Equal(t, gateways.VerdictAccepted, kept[0].Verdict)
		require.False(t, kept[0].DecidedAt.Before(kept[0].ReceivedAt))
	})
}

func TestReceiveRefusesAndRecords(t *testing.T) {
	t.Parallel()
	signed := func(change func(*gateways.Notification)) func(*testing.T, gateways.Order) (http.Header, []byte) {
		return func(t *testing.T, order gateways.Order) (http.Header, []byte) {
			notification := gateways.Notification{Number: order.Number(), Payment: paidIn(order)}
			change(&notification)
			return good(), encode(t, notification)
		}
	}
	cases := []struct {
		name    string
		make    func(*testing.T, gateways.Order) (http.Header, []byte)
		verdict gateways.Verdict
		err     error
		problem bool // noted on the order
	}{
		{"no signature", func(t *testing.T, o gateways.Order) (http.Header, []byte) {
			return http.Header{}, paidNotification(t, o)
		}, gateways.VerdictBadSignature, gateways.ErrBadSignature, false},
		{"an empty body", func(*testing.T, gateways.Order) (http.Header, []byte) {
			return good(), nil
		}, gateways.VerdictMalformed, gateways.ErrMalformed, false},
		{"a signature of long ago", signed(func(n *gateways.Notification) {
			n.SignedAt = time.Now().Add(-5 * time.Minute)
		}), gateways.VerdictStale, gateways.ErrStale, false},
		{"a signature of the future", signed(func(n *gateways.Notification) {
			n.SignedAt = time.Now().Add(6 * time.Minute)
		}), gateways.VerdictStale, gateways.ErrStale, false},
		{"an order nobody has", signed(func(n *gateways.Notification) {
			n.Number = gateways.Order{ID: uuid.New()}.Number()
		}), gateways.VerdictUnknownOrder, gateways.ErrUnknownOrder, false},
		{"a number we never write", signed(func(n *gateways.Notification) {
			n.Number = "S20210128170702357723"
		}), gateways.VerdictUnknownOrder, gateways.ErrUnknownOrder, false},
		{"a state we do not know", signed(func(n *gateways.Notification) {
			n.Payment.State = "half-paid"
		}), gateways.VerdictMalformed, gateways.ErrMalformed, false},
		{"another merchant", signed(func(n *gateways.Notification) {
			n.Payment.Merchant = "1900000002"
		}), gateways.VerdictMerchantMismatch, gateways.ErrMismatch, true},
		{"another currency", signed(func(n *gateways.Notification) {
			n.Payment.Amount = money.Of(n.Payment.Amount.Minor(), money.HKD)
		}), gateways.VerdictCurrencyMismatch, gateways.ErrMismatch, true},
		{"a fen too much", signed(func(n *gateways.Notification) {
			n.Payment.Amount = money.Of(n.Payment.Amount.Minor()+1, money.CNY)
		}), gateways.VerdictAmountMismatch, gateways.ErrMismatch, true},
		{"a fen too little", signed(func(n *gateways.Notification) {
			n.Payment.Amount = money.Of(n.Payment.Amount.Minor()-1, money.CNY)
		}), gateways.VerdictAmountMismatch, gateways.ErrMismatch, true},
		{"no transaction number", signed(func(n *gateways.Notification) {
			n.Payment.TransactionID = ""
		}), gateways.VerdictTransactionMismatch, gateways.ErrMismatch, true},
	}
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				books := newLedger()
				desk := newDesk(t, db, &stub{}, books, &gateways.Options{School: int64(i)})
				order := start(t, desk, "k")
				header, body := c.make(t, order)
				verdict, err := desk.Receive(t.Context(), header, body)
				require.ErrorIs(t, err, c.err)
				require.Equal(t, c.verdict, verdict)
				after := requireState(t, desk, order.ID, gateways.OrderSent)
				if c.problem {
					require.Equal(t, c.verdict, after.Problem)
				} else {
					require.Empty(t, after.Problem)
				}
				require.Zero(t, books.calls)

				var stored, reason string
				var kept []byte
				row := db.QueryRowContext(t.Context(), "select verdict, reason, body from gateway_notification where school = $1", i)
				require.NoError(t, row.Scan(&stored, &reason, &kept))
				require.Equal(t, string(c.verdict), stored)
				require.NotEmpty(t, reason)
				require.True(t, bytes.Equal(body, kept))
			})
		}
	})
}

func TestReceiveDoesNotStoreTooMuch(t *testing.T) {
	t.Parallel()
	db := domaintest.SQLite(t)
	desk := newDesk(t, db, &stub{}, newLedger(), nil)
	_, err := desk.Receive(t.Context(), good(), make([]byte, gateways.MaxNotification+1))
	require.ErrorIs(t, err, gateways.ErrTooLarge)
	require.Empty(t, verdicts(t, db, 0))
}

func TestStrangersFillNoInbox(t *testing.T) {
	t.Parallel()
	db := domaintest.SQLite(t)
	now := time.Date(2026, 9, 1, 15, 0, 0, 0, time.UTC)
	books := newLedger()
	desk := newDesk(t, db, &stub{}, books, &gateways.Options{RefusedMax: 2, Now: func() time.Time { return now }})
	strange := func() {
		verdict, err := desk.Receive(t.Context(), http.Header{}, []byte("no notification"))
		require.ErrorIs(t, err, gateways.ErrBadSignature)
		require.Equal(t, gateways.VerdictBadSignature, verdict)
	}
	for range 5 {
		strange()
	}
	require.Len(t, verdicts(t, db, 0), 2)

	order := start(t, desk, "k")
	verdict, err := desk.Receive(t.Context(), good(), paidNotification(t, order))
	require.NoError(t, err)
	require.Equal(t, gateways.VerdictAccepted, verdict, "the gateway is heard whatever strangers do")
	require.Len(t, verdicts(t, db, 0), 3)

	now = now.Add(9 * time.Hour)
	strange()
	require.Len(t, verdicts(t, db, 0), 4, "another day")
}

func TestOnePaymentPaysOneOrder(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		books := newLedger()
		desk := newDesk(t, db, &stub{}, books, nil)
		first, second := start(t, desk, "1"), start(t, desk, "2")
		_, err := desk.Receive(t.Context(), good(), paidNotification(t, first))
		require.NoError(t, err)

		t.Run("another transaction for a paid order is a mismatch", func(t *testing.T) {
			again := paidIn(first)
			again.TransactionID = "another"
			verdict, err := desk.Receive(t.Context(), good(), encode(t, gateways.Notification{Number: first.Number(), Payment: again}))
			require.ErrorIs(t, err, gateways.ErrMismatch)
			require.Equal(t, gateways.VerdictTransactionMismatch, verdict)
		})
		t.Run("the same transaction for another order is a mismatch", func(t *testing.T) {
			stolen := paidIn(first)
			verdict, err := desk.Receive(t.Context(), good(), encode(t, gateways.Notification{Number: second.Number(), Payment: stolen}))
			require.ErrorIs(t, err, gateways.ErrMismatch)
			require.Equal(t, gateways.VerdictTransactionMismatch, verdict)
			requireState(t, desk, second.ID, gateways.OrderSent)
		})
		require.Len(t, books.booked, 1)
	})
}

func TestNotificationsOutOfOrder(t *testing.T) {
	t.Parallel()
	tell := func(t *testing.T, desk *gateways.Desk, order gateways.Order, state gateways.PaymentState) gateways.Verdict {
		t.Helper()
		payment := paidIn(order)
		if payment.State = state; state != gateways.PaymentPaid {
			payment.TransactionID, payment.PaidAt = "", time.Time{}
		}
		verdict, err := desk.Receive(t.Context(), good(), encode(t, gateways.Notification{Number: order.Number(), Payment: payment}))
		require.NoError(t, err)
		return verdict
	}
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		t.Run("what comes after paid changes nothing", func(t *testing.T) {
			desk := newDesk(t, db, &stub{}, newLedger(), &gateways.Options{School: 1})
			order := start(t, desk, "k")
			require.Equal(t, gateways.VerdictAccepted, tell(t, desk, order, gateways.PaymentPending))
			requireState(t, desk, order.ID, gateways.OrderSent)
			tell(t, desk, order, gateways.PaymentPaid)
			for _, state := range []gateways.PaymentState{gateways.PaymentPending, gateways.PaymentFailed, gateways.PaymentClosed} {
				require.Equal(t, gateways.VerdictSuperseded, tell(t, desk, order, state))
				requireState(t, desk, order.ID, gateways.OrderPaid)
			}
		})
		for i, end := range []gateways.PaymentState{gateways.PaymentFailed, gateways.PaymentClosed} {
			t.Run("money that comes after "+string(end)+" is credited and flagged", func(t *testing.T) {
				books := newLedger()
				desk := newDesk(t, db, &stub{}, books, &gateways.Options{School: int64(2 + i)})
				order := start(t, desk, "k")
				require.Equal(t, gateways.VerdictAccepted, tell(t, desk, order, end))
				requireState(t, desk, order.ID, gateways.OrderState(end))
				require.Equal(t, gateways.VerdictDuplicate, tell(t, desk, order, end))
				require.Equal(t, gateways.VerdictAccepted, tell(t, desk, order, gateways.PaymentPaid))
				require.True(t, requireState(t, desk, order.ID, gateways.OrderPaid).Late)
				require.True(t, books.booked[order.ID].Late)
			})
		}
	})
}

func TestReplayFinishesWhatWasCutShort(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		books, now := newLedger(), time.Now()
		options := &gateways.Options{Now: func() time.Time { return now }}
		desk := newDesk(t, db, &stub{}, books, options)
		order := start(t, desk, "k")
		books.fail(errBooks)
		body := encode(t, gateways.Notification{Number: order.Number(), SignedAt: now, Payment: paidIn(order)})
		verdict, err := desk.Receive(t.Context(), good(), body)
		require.ErrorIs(t, err, errBooks)
		require.Equal(t, gateways.Undecided, verdict)
		requireState(t, desk, order.ID, gateways.OrderSent)

		replayed, err := desk.Replay(t.Context())
		require.ErrorIs(t, err, errBooks)
		require.Equal(t, gateways.Replayed{Failed: 1}, replayed)

		books.fail(nil)
		now = now.Add(time.Hour) // the signature is judged by the time of receipt
		replayed, err = desk.Replay(t.Context())
		require.NoError(t, err)
		require.Equal(t, gateways.Replayed{Decided: 1}, replayed)
		requireState(t, desk, order.ID, gateways.OrderPaid)
		require.Equal(t, []gateways.Verdict{gateways.VerdictAccepted}, verdicts(t, db, 0))

		replayed, err = desk.Replay(t.Context())
		require.NoError(t, err)
		require.Zero(t, replayed)
	})
}

// Between writing a payment down and booking it, nothing may change what will
// be booked: the ledger refuses other content under the same id.
func TestAPaymentWrittenDownStaysTheSame(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		books, gateway := newLedger(), &stub{}
		desk := newDesk(t, db, gateway, books, nil)
		order := start(t, desk, "k")
		books.fail(errBooks)
		_, err := desk.Receive(t.Context(), good(), paidNotification(t, order))
		require.ErrorIs(t, err, errBooks)

		failed := gateways.Payment{State: gateways.PaymentFailed, Merchant: merchant, Amount: order.Amount}
		_, err = desk.Receive(t.Context(), good(), encode(t, gateways.Notification{Number: order.Number(), Payment: failed}))
		require.NoError(t, err)
		requireState(t, desk, order.ID, gateways.OrderSent)

		books.fail(nil)
		gateway.query = func(string) (gateways.Payment, error) {
			payment := paidIn(order)
			payment.PaidAt = payment.PaidAt.Add(time.Second)
			return payment, nil
		}
		_, err = desk.Confirm(t.Context(), order.ID)
		require.NoError(t, err)
		require.Equal(t, paidIn(order).PaidAt, books.booked[order.ID].PaidAt)
		require.False(t, books.booked[order.ID].Late)
	})
}

func TestReplayReadsAllPages(t *testing.T) {
	t.Parallel()
	db, books := domaintest.SQLite(t), newLedger()
	desk := newDesk(t, db, &stub{}, books, nil)
	order := start(t, desk, "k")
	books.fail(errBooks)
	body := paidNotification(t, order)
	for range 201 {
		_, err := desk.Receive(t.Context(), good(), body)
		require.ErrorIs(t, err, errBooks)
	}
	books.fail(nil)
	replayed, err := desk.Replay(t.Context())
	require.NoError(t, err)
	require.Equal(t, gateways.Replayed{Decided: 201}, replayed)
	require.Len(t, books.booked, 1)
}

func TestReceiveAndConfirmAtOnce(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		books, gateway := newLedger(), &stub{}
		desk := newDesk(t, db, gateway, books, nil)
		order := start(t, desk, "k")
		gateway.query = func(string) (gateways.Payment, error) { return paidIn(order), nil }
		body := paidNotification(t, order)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, err := desk.Receive(t.Context(), good(), body)
				require.NoError(t, err)
			})
			group.Go(func() {
				_, err := desk.Confirm(t.Context(), order.ID)
				require.NoError(t, err)
			})
		}
		group.Wait()
		requireState(t, desk, order.ID, gateways.OrderPaid)
		require.Len(t, books.booked, 1)
		require.False(t, books.differs, "every call to settle must say the same")
	})
}
