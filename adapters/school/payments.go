package school

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// The purposes of payment orders.
const (
	purposeTopUp = "topup"
	purposeFee   = "fee"
)

// TopUp asks for a payment into a holder's wallet.
type TopUp struct {
	Key      string // idempotency key
	Holder   identity.Number
	Guardian string // login subject, for the order only
	Amount   money.Amount
}

// StartTopUp checks the limits (the single top-up, then the balance after it)
// and starts a payment order at the gateway. The wallet grows when the gateway
// says that the money is there, not before.
func (s *School) StartTopUp(ctx context.Context, t TopUp) (gateways.Order, error) {
	if s.desk == nil {
		return gateways.Order{}, ErrNoGateway
	}
	if err := s.checkLimits(ctx, &t); err != nil {
		return gateways.Order{}, fmt.Errorf("start top-up: %w", err)
	}
	return s.desk.Start(ctx, gateways.Request{
		Key: t.Key, Purpose: purposeTopUp, Subject: t.Holder.Ref(), Payer: t.Guardian,
		Description: "校园卡充值", Amount: t.Amount,
	})
}

// checkLimits checks a new request. One that was let through before is not
// judged again: the money it brought may be in the wallet by now.
func (s *School) checkLimits(ctx context.Context, t *TopUp) error {
	_, err := s.desk.OrderByKey(ctx, t.Key)
	if !errors.Is(err, gateways.ErrUnknownOrder) {
		return err
	}
	balance, err := s.Book.Balance(ctx, campus.Path(campus.FamilyWallet, t.Holder.Ref()))
	if err != nil {
		return err
	}
	return s.limits.Check(t.Amount, balance)
}

// settle books a payment that the gateway confirmed, once per order.
func (s *School) settle(ctx context.Context, paid gateways.Paid) error {
	document, err := json.Marshal(paymentDocument{
		Order: paid.ID.String(), Transaction: paid.TransactionID, PaidAt: paid.PaidAt.UTC(), Purpose: paid.Purpose, Subject: paid.Subject, Late: paid.Late,
	})
	if err != nil {
		return fmt.Errorf("settle order %s: %w", paid.ID, err)
	}
	event := campus.Event{
		ID: ledger.KeyID("payment", paid.Gateway, paid.ID.String()), By: "gateway:" + paid.Gateway, Document: document,
	}
	topUp := campus.TopUp{Event: event, Gateway: paid.Gateway, Holder: paid.Subject, Amount: paid.Amount}
	first := s.Chart.TopUp(topUp)
	if paid.Purpose == purposeFee {
		first = s.Chart.FeePaid(campus.Fee{Event: event, Bill: paid.Subject, From: campus.FromGateway(paid.Gateway), Amount: paid.Amount})
	}
	_, err = s.Book.Post(ctx, first)
	if isUnapplicable(err) {
		_, err = s.Book.Post(ctx, s.Chart.Unapplied(topUp))
	}
	if errors.Is(err, ledger.ErrIDReused) {
		return nil // booked before, as unapplied or on another day's terms
	}
	if err != nil {
		return fmt.Errorf("settle order %s: %w", paid.ID, err)
	}
	return nil
}

// paymentDocument is what proves a payment in the journal. It names no person.
type paymentDocument struct {
	Order       string    `json:"order"`
	Transaction string    `json:"transaction"`
	PaidAt      time.Time `json:"paid_at"`
	Purpose     string    `json:"purpose"`
	Subject     string    `json:"subject"`
	Late        bool      `json:"late,omitempty"`
}

// isUnapplicable reports whether the money has arrived but cannot go where it
// was meant to: the bill was paid otherwise, the wallet is frozen or closed.
func isUnapplicable(err error) bool {
	return errors.Is(err, ledger.ErrInsufficient) || errors.Is(err, ledger.ErrAccountFrozen) ||
		errors.Is(err, ledger.ErrAccountClosed) || errors.Is(err, ledger.ErrAccountUnknown)
}
