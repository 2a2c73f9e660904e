package gateways_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestMain(m *testing.M) {
	code := m.Run()
	// The test database server lives as long as this process.
	err := goleak.Find(goleak.IgnoreAnyFunction("github.com/campusledger/campusledger/sql/pgtest.(*server).wait.func1"))
	if code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// ledger books a payment once per id, as Settle asks, and notes how often it
// was called and whether two calls ever differed.
type ledger struct {
	mu      sync.Mutex
	booked  map[uuid.UUID]gateways.Paid
	calls   int
	differs bool
	failure error
}

func newLedger() *ledger { return &ledger{booked: map[uuid.UUID]gateways.Paid{}} }

func (l *ledger) settle(_ context.Context, paid gateways.Paid) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if l.failure != nil {
		return l.failure
	}
	if earlier, ok := l.booked[paid.ID]; ok && earlier != paid {
		l.differs = true
	}
	l.booked[paid.ID] = paid
	return nil
}

func (l *ledger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failure = err
}

// stub is a gateway under the test's control. It takes notifications that are
// the JSON of gateways.Notification and whose signature header is "good".
type stub struct {
	mu      sync.Mutex
	name    string
	create  func(gateways.Order) (gateways.Checkout, error)
	query   func(number string) (gateways.Payment, error)
	close   func(number string) error
	created []gateways.Order
	queried int
	closed  []string
}

const merchant = "1900000001"

func (s *stub) Name() string {
	if s.name == "" {
		return "stub"
	}
	return s.name
}
func (s *stub) Merchant() string           { return merchant }
func (s *stub) SignatureHeaders() []string { return []string{"Stub-Signature"} }

func (s *stub) Create(_ context.Context, order gateways.Order) (gateways.Checkout, error) {
	s.mu.Lock()
	s.created = append(s.created, order)
	s.mu.Unlock()
	if s.create != nil {
		return s.create(order)
	}
	return gateways.Checkout{URL: "https://pay.example/" + order.Number()}, nil
}

func (s *stub) Query(_ context.Context, number string) (gateways.Payment, error) {
	s.mu.Lock()
	s.queried++
	s.mu.Unlock()
	if s.query != nil {
		return s.query(number)
	}
	return gateways.Payment{State: gateways.PaymentPending, Merchant: merchant}, nil
}

func (s *stub) Close(_ context.Context, number string) error {
	s.mu.Lock()
	s.closed = append(s.closed, number)
	s.mu.Unlock()
	if s.close != nil {
		return s.close(number)
	}
	return nil
}

func (s *stub) ParseNotification(header http.Header, body []byte) (gateways.Notification, error) {
	if header.Get("Stub-Signature") != "good" {
		return gateways.Notification{}, gateways.ErrBadSignature
	}
	var notification gateways.Notification
	if err := json.Unmarshal(body, &notification); err != nil {
		return gateways.Notification{}, gateways.ErrMalformed
	}
	return notification, nil
}

func good() http.Header { return http.Header{"Stub-Signature": {"good"}} }

func encode(t *testing.T, notification gateways.Notification) []byte {
	t.Helper()
	body, err := json.Marshal(notification)
	require.NoError(t, err)
	return body
}

// paidIn is the payment that matches the order.
func paidIn(order gateways.Order) gateways.Payment {
	return gateways.Payment{
		State: gateways.PaymentPaid, Amount: order.Amount, Merchant: merchant,
		TransactionID: "T" + order.Number(), PaidAt: time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC),
	}
}

func paidNotification(t *testing.T, order gateways.Order) []byte {
	t.Helper()
	return encode(t, gateways.Notification{Number: order.Number(), Payment: paidIn(order)})
}

func topUp(key string) gateways.Request {
	return gateways.Request{
		Key: key, Purpose: "topup", Subject: "h102938", Payer: "g1",
		Description: "Meal card top-up", Amount: money.MustParse("100.00", money.CNY),
	}
}

func newDesk(t *testing.T, db *sql.DB, gateway gateways.Gateway, books *ledger, options *gateways.Options) *gateways.Desk {
	t.Helper()
	desk, err := gateways.NewDesk(db, gateway, books.settle, options)
	require.NoError(t, err)
	return desk
}

// start starts an order that must succeed.
func start(t *testing.T, desk *gateways.Desk, key string) gateways.Order {
	t.Helper()
	order, err := desk.Start(t.Context(), topUp(key))
	require.NoError(t, err)
	return order
}

func requireState(t *testing.T, desk *gateways.Desk, id uuid.UUID, want gateways.OrderState) gateways.Order {
	t.Helper()
	order, err := desk.Order(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, want, order.State)
	return order
}

// verdicts reads all verdicts in a school's inbox, oldest first.
func verdicts(t *testing.T, db *sql.DB, school int64) []gateways.Verdict {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "select verdict from gateway_notification where school = $1 order by id", school)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	all := []gateways.Verdict{}
	for rows.Next() {
		var verdict gateways.Verdict
		require.NoError(t, rows.Scan(&verdict))
		all = append(all, verdict)
	}
	require.NoError(t, rows.Err())
	return all
}

var errBooks = errors.New("the books are closed")
