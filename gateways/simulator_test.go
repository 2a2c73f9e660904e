package gateways_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/gateways/simulator"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

// counter is a school's desk, its books and a simulated gateway, joined by HTTP
// in both directions.
type counter struct {
	books  *ledger
	server *simulator.Server
	client *simulator.Client
	desk   *gateways.Desk
}

func newCounter(t *testing.T, db *sql.DB, school int64, options *simulator.Options) *counter {
	t.Helper()
	account := simulator.Merchant{ID: merchant, Key: []byte("a key of the merchant")}
	server, err := simulator.New([]simulator.Merchant{account}, options)
	require.NoError(t, err)
	address, err := server.Listen("127.0.0.1:0")
	require.NoError(t, err)

	c := &counter{books: newLedger(), server: server}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gateways.NotificationHandler(c.desk).ServeHTTP(w, r)
	}))
	c.client, err = simulator.NewClient(address, account, &simulator.ClientOptions{NotifyURL: endpoint.URL})
	require.NoError(t, err)
	c.desk = newDesk(t, db, c.client, c.books, &gateways.Options{School: school})
	t.Cleanup(func() {
		c.client.CloseIdleConnections()
		require.NoError(t, server.Close(context.Background()))
		endpoint.Close()
	})
	return c
}

// pay starts and pays an order with these faults and waits for the gateway to
// finish notifying.
func (c *counter) pay(t *testing.T, key string, faults ...simulator.Fault) gateways.Order {
	t.Helper()
	order := start(t, c.desk, key)
	require.NoError(t, c.server.Plan(order.Number(), faults...))
	require.NoError(t, c.client.Pay(t.Context(), order.Checkout))
	require.NoError(t, c.server.Drain(t.Context()))
	return order
}

func quick() *simulator.Options {
	return &simulator.Options{Retries: []time.Duration{time.Millisecond, time.Millisecond}, DelayMax: time.Millisecond}
}

func TestEveryFaultOfAGateway(t *testing.T) {
	t.Parallel()
	const mismatch = gateways.VerdictAmountMismatch
	cases := []struct {
		faults   []simulator.Fault
		verdicts []gateways.Verdict
		swept    gateways.Swept
	}{
		{nil, []gateways.Verdict{gateways.VerdictAccepted}, gateways.Swept{}},
		{[]simulator.Fault{simulator.FaultDelay}, []gateways.Verdict{gateways.VerdictAccepted}, gateways.Swept{}},
		{
			[]simulator.Fault{simulator.FaultDuplicate},
			[]gateways.Verdict{gateways.VerdictAccepted, gateways.VerdictDuplicate}, gateways.Swept{},
		},
		{
			[]simulator.Fault{simulator.FaultReorder},
			[]gateways.Verdict{gateways.VerdictAccepted, gateways.VerdictSuperseded}, gateways.Swept{},
		},
		{[]simulator.Fault{simulator.FaultLose}, []gateways.Verdict{}, gateways.Swept{Paid: 1}},
		{
			[]simulator.Fault{simulator.FaultWrongAmount},
			[]gateways.Verdict{mismatch, mismatch, mismatch}, gateways.Swept{Paid: 1},
		},
		{
			[]simulator.Fault{simulator.FaultBadSignature},
			[]gateways.Verdict{gateways.VerdictBadSignature, gateways.VerdictAccepted}, gateways.Swept{},
		},
		{
			[]simulator.Fault{simulator.FaultBadSignature, simulator.FaultDuplicate, simulator.FaultReorder, simulator.FaultDelay},
			[]gateways.Verdict{
				gateways.VerdictBadSignature, gateways.VerdictAccepted, gateways.VerdictDuplicate, gateways.VerdictSuperseded,
			}, gateways.Swept{},
		},
	}
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		for i, c := range cases {
			t.Run(fmt.Sprint("faults ", c.faults), func(t *testing.T) {
				school := int64(i)
				counter := newCounter(t, db, school, quick())
				order := counter.pay(t, "k", c.faults...)
				require.Equal(t, c.verdicts, verdicts(t, db, school))

				swept, err := counter.desk.Sweep(t.Context(), 0)
				require.NoError(t, err)
				require.Equal(t, c.swept, swept)
				paid := requireState(t, counter.desk, order.ID, gateways.OrderPaid)
				require.NotEmpty(t, paid.TransactionID)
				require.Len(t, counter.books.booked, 1)
				require.Equal(t, 1, counter.books.calls, "money must come once")
				require.Equal(t, order.Amount, counter.books.booked[order.ID].Amount)
			})
		}
	})
}

func TestAGatewayTriesAgainUntilTheBooksTakeIt(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		counter := newCounter(t, db, 0, quick())
		counter.books.fail(errBooks)
		order := counter.pay(t, "k")
		require.Equal(t, []gateways.Verdict{"", "", ""}, verdicts(t, db, 0))
		counter.books.fail(nil)
		replayed, err := counter.desk.Replay(t.Context())
		require.NoError(t, err)
		require.Equal(t, gateways.Replayed{Decided: 3}, replayed)
		requireState(t, counter.desk, order.ID, gateways.OrderPaid)
		require.Len(t, counter.books.booked, 1)
	})
}

func TestAPayerMayFailAndThenPay(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		counter := newCounter(t, db, 0, quick())
		order := start(t, counter.desk, "k")
		require.NoError(t, counter.server.Fail(order.Number()))
		require.NoError(t, counter.server.Drain(t.Context()))
		requireState(t, counter.desk, order.ID, gateways.OrderFailed)
		require.NoError(t, counter.server.Pay(order.Number()))
		require.NoError(t, counter.server.Drain(t.Context()))
		require.True(t, requireState(t, counter.desk, order.ID, gateways.OrderPaid).Late)
	})
}

func TestCloseAtTheSimulator(t *testing.T) {
	t.Parallel()
	counter := newCounter(t, domaintest.SQLite(t), 0, quick())
	order := start(t, counter.desk, "closed")
	closed, err := counter.desk.Close(t.Context(), order.ID)
	require.NoError(t, err)
	require.Equal(t, gateways.OrderClosed, closed.State)
	require.ErrorIs(t, counter.server.Pay(order.Number()), simulator.ErrNotPayable)

	paid := counter.pay(t, "paid", simulator.FaultLose)
	_, err = counter.desk.Close(t.Context(), paid.ID)
	require.ErrorIs(t, err, gateways.ErrOrderPaid)
	requireState(t, counter.desk, paid.ID, gateways.OrderPaid)
}

// Many payers at once, every fault likely: in the end each has paid once.
func TestManyPayersAndEveryFault(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		const payers, each = 8, 10
		options := quick()
		options.Seed, options.Odds = 42, simulator.Odds{
			simulator.FaultDelay: 20, simulator.FaultDuplicate: 30, simulator.FaultReorder: 20, simulator.FaultLose: 10,
			simulator.FaultWrongAmount: 10, simulator.FaultBadSignature: 20,
		}
		counter := newCounter(t, db, 0, options)
		var group sync.WaitGroup
		for payer := range payers {
			group.Go(func() {
				for i := range each {
					order, err := counter.desk.Start(t.Context(), topUp(fmt.Sprintf("%d/%d", payer, i)))
					if err == nil {
						err = counter.client.Pay(t.Context(), order.Checkout)
					}
					if err == nil && i%3 == 0 { // some payers come back at once
						_, err = counter.desk.Confirm(t.Context(), order.ID)
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		require.NoError(t, counter.server.Drain(t.Context()))
		swept, err := counter.desk.Sweep(t.Context(), 0)
		require.NoError(t, err)
		require.Positive(t, swept.Paid, "some notifications were lost")
		_, err = counter.desk.Replay(t.Context()) // of those that a busy database cut short
		require.NoError(t, err)
		require.Len(t, counter.books.booked, payers*each)
		require.False(t, counter.books.differs)
		require.NotContains(t, verdicts(t, db, 0), gateways.Undecided)

		gross := money.Zero(money.CNY)
		for _, paid := range counter.books.booked {
			gross, err = gross.Add(paid.Amount)
			require.NoError(t, err)
		}
		owed := money.Zero(money.CNY)
		for _, date := range []string{date(-1), date(0), date(1)} { // midnight may pass
			settlement, err := counter.client.Settlement(t.Context(), date)
			require.NoError(t, err)
			owed, err = owed.Add(settlement.Gross)
			require.NoError(t, err)
		}
		require.Equal(t, gross, owed)
	})
}

func date(days int) string {
	return time.Now().In(time.FixedZone("", 8*60*60)).AddDate(0, 0, days).Format(time.DateOnly)
}

func TestNotificationHandler(t *testing.T) {
	t.Parallel()
	books := newLedger()
	desk := newDesk(t, domaintest.SQLite(t), &stub{}, books, nil)
	order := start(t, desk, "k")
	handler := gateways.NotificationHandler(desk)
	send := func(method, signature, body string) (int, string) {
		request := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
		request.Header.Set("Stub-Signature", signature)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Code, answer.Body.String()
	}
	paid := string(paidNotification(t, order))
	wrong := paidIn(order)
	wrong.Merchant = "1900000002"

	books.fail(errBooks)
	for _, c := range []struct {
		name, method, signature, body string
		status                        int
	}{
		{"a GET", http.MethodGet, "good", "", http.StatusMethodNotAllowed},
		{"a forgery", http.MethodPost, "bad", paid, http.StatusUnauthorized},
		{"not JSON", http.MethodPost, "good", "{", http.StatusBadRequest},
		{"an unknown order", http.MethodPost, "good", "{}", http.StatusNotFound},
		{
			"another merchant", http.MethodPost, "good",
			string(encode(t, gateways.Notification{Number: order.Number(), Payment: wrong})), http.StatusConflict,
		},
		{"too much", http.MethodPost, "good", strings.Repeat(" ", gateways.MaxNotification+1), http.StatusRequestEntityTooLarge},
		{"books that are closed", http.MethodPost, "good", paid, http.StatusServiceUnavailable},
	} {
		status, body := send(c.method, c.signature, c.body)
		require.Equal(t, c.status, status, c.name)
		require.Contains(t, body, `"code":"FAIL"`, c.name)
	}
	books.fail(nil)
	t.Run("a gateway that hung up is served to the end", func(t *testing.T) {
		gone, hangUp := context.WithCancel(t.Context())
		hangUp()
		request := httptest.NewRequestWithContext(gone, http.MethodPost, "/", strings.NewReader(paid))
		request.Header.Set("Stub-Signature", "good")
		handler.ServeHTTP(httptest.NewRecorder(), request)
		requireState(t, desk, order.ID, gateways.OrderPaid)
	})
	for range 2 {
		status, body := send(http.MethodPost, "good", paid)
		require.Equal(t, http.StatusNoContent, status)
		require.Empty(t, body)
	}
}
