package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/campusledger/campusledger/ledger/money"
)

var (
	// ErrNoOrder means that the simulator has no such order.
	ErrNoOrder = errors.New("no such order at the simulator")
	// ErrNotPayable means that an order is paid, closed or expired.
	ErrNotPayable = errors.New("order cannot be paid")
	// ErrNoMerchant means that the simulator has no such merchant.
	ErrNoMerchant = errors.New("no such merchant at the simulator")
)

// order is what the gateway knows. The server's mutex guards all of it.
type order struct {
	merchant  Merchant
	content   createWire
	amount    money.Amount
	state     tradeState
	id        string // the gateway's number of the payment, once paid
	paidAt    time.Time
	messages  int // notifications written so far
	faults    []Fault
	planned   bool // faults were set by Plan
	attempted time.Time
}

func (o *order) wire() transactionWire {
	w := transactionWire{
		Merchant: o.merchant.ID, Number: o.content.Number, State: o.state,
		TransactionID: o.id, Amount: wireAmount(o.amount),
	}
	if o.state == tradeSuccess {
		w.PaidAt = &o.paidAt
	}
	return w
}

// expire closes an order whose time is over.
func (o *order) expire(now time.Time) {
	if (o.state == tradeNotPay || o.state == tradeFailed) && !now.Before(o.content.Expires) {
		o.state = tradeClosed
	}
}

// create stores the order or answers for the one that is there: the same
// content again is fine, unless it can no longer be paid.
func (s *Server) create(merchant Merchant, content createWire, amount money.Amount) (code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	existing, ok := s.orders[content.Number]
	if !ok && len(s.orders) >= s.ordersMax {
		return codeTooMany
	}
	if !ok {
		s.orders[content.Number] = &order{merchant: merchant, content: content, amount: amount, state: tradeNotPay}
		return ""
	}
	existing.expire(s.now())
	switch {
	case existing.merchant.ID != merchant.ID || !sameContent(existing.content, content):
		return codeNumberUsed
	case existing.state == tradeSuccess:
		return codeOrderPaid
	case existing.state == tradeClosed:
		return codeOrderClosed
	}
	return ""
}

func sameContent(a, b createWire) bool {
	sameTime := a.Expires.Equal(b.Expires)
	a.Expires, b.Expires = time.Time{}, time.Time{}
	return sameTime && a == b
}

func (s *Server) query(merchant, number string) (transactionWire, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[number]
	if !ok || o.merchant.ID != merchant {
		return transactionWire{}, false
	}
	o.expire(s.now())
	return o.wire(), true
}

func (s *Server) closeOrder(merchant, number string) (code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[number]
	switch {
	case !ok || o.merchant.ID != merchant:
		return codeNoOrder
	case o.state == tradeSuccess:
		return codeOrderPaid
	}
	o.state = tradeClosed
	return ""
}

// Pay plays a payer who pays an order now; the notification follows on its own.
// It fails with [ErrNoOrder] or [ErrNotPayable].
func (s *Server) Pay(number string) error { return s.attempt(number, tradeSuccess) }

// Fail plays a payer whose attempt to pay is refused, by the bank for example;
// the merchant is notified, and the payer may try again. It fails with
// [ErrNoOrder] or [ErrNotPayable].
func (s *Server) Fail(number string) error { return s.attempt(number, tradeFailed) }

func (s *Server) attempt(number string, outcome tradeState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[number]
	if !ok {
		return ErrNoOrder
	}
	now := s.now().UTC().Truncate(time.Second)
	o.expire(now)
	if o.state == tradeSuccess || o.state == tradeClosed {
		return ErrNotPayable
	}
	o.state, o.attempted = outcome, now
	if outcome == tradeSuccess {
		o.paidAt, o.id = now, s.transactionID(o)
	}
	s.announce(o)
	return nil
}

// transactionID is a function of seed and order, 28 characters like a real one.
func (s *Server) transactionID(o *order) string {
	sum := sha256.Sum256([]byte(strconv.FormatUint(s.seed, 10) + "\n" + o.merchant.ID + "\n" + o.content.Number))
	return "4200" + hex.EncodeToString(sum[:12])
}

func wireAmount(a money.Amount) amountWire {
	return amountWire{Total: a.Minor(), Currency: a.Currency().Code()}
}
