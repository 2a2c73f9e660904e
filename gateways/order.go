package gateways

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/gatewaysdb"
)

// OrderState is how far a payment order has come.
type OrderState string

// The order states. An order moves from created or sent to paid, failed or
// closed; money that arrives late moves failed and closed to paid as well.
// Nothing leaves paid.
const (
	OrderCreated OrderState = "created" // stored; the gateway may or may not know it
	OrderSent    OrderState = "sent"    // the gateway waits for the payer
	OrderPaid    OrderState = "paid"    // settled
	OrderFailed  OrderState = "failed"  // refused by the gateway, or the payer's attempt failed
	OrderClosed  OrderState = "closed"  // can no longer be paid
)

// Order is a payment order as stored.
type Order struct {
	ID          uuid.UUID // also what the booked transaction's id is derived from
	School      int64
	Key         string // the caller's idempotency key
	Gateway     string
	Merchant    string
	Purpose     string
	Subject     string
	Payer       string
	Description string
	Amount      money.Amount
	State       OrderState
	Reason      string // why it failed or was closed, the gateway's code

	Checkout      Checkout  // set from OrderSent on
	TransactionID string    // the gateway's number of the payment
	PaidAt        time.Time // by the gateway's clock
	// Late is set when the money came after the order had failed or was
	// closed: somebody may have paid twice, or must be told.
	Late bool
	// Problem is the last mismatch between the order and what the gateway
	// said, empty if there was none. It stays when the order is paid later.
	Problem Verdict

	CreatedAt time.Time
	ExpiresAt time.Time // the gateway takes no payment from then on
	UpdatedAt time.Time
}

// Number is the order's number at the gateway: the 32 lower-case hexadecimal
// digits of the id, which every provider's rules allow.
func (o Order) Number() string { return hex.EncodeToString(o.ID[:]) }

// ParseNumber reads what [Order.Number] writes. Anything else is
// [ErrUnknownOrder]: we never gave out such a number.
func ParseNumber(number string) (uuid.UUID, error) {
	var id uuid.UUID
	if len(number) != hex.EncodedLen(len(id)) {
		return uuid.Nil, fmt.Errorf("order number of %d characters: %w", len(number), ErrUnknownOrder)
	}
	if _, err := hex.Decode(id[:], []byte(number)); err != nil || hex.EncodeToString(id[:]) != number {
		return uuid.Nil, fmt.Errorf("order number is not lower-case hexadecimal: %w", ErrUnknownOrder)
	}
	return id, nil
}

func orderFromRow(row gatewaysdb.PaymentOrder) (Order, error) {
	currency, err := money.ParseCurrency(row.Currency)
	if err != nil {
		return Order{}, fmt.Errorf("order %s: %w", row.ID, err)
	}
	return Order{
		ID: row.ID, School: row.School, Key: row.RequestKey, Gateway: row.Gateway, Merchant: row.Merchant,
		Purpose: row.Purpose, Subject: row.Subject, Payer: row.Payer, Description: row.Description,
		Amount: money.Of(row.AmountMinor, currency),
		State:  OrderState(row.State), Reason: row.Reason,
		Checkout:      Checkout{URL: row.CheckoutUrl, Code: row.CheckoutCode},
		TransactionID: row.GatewayTransactionID, PaidAt: utc(row.PaidAt.Time),
		Late: row.Late, Problem: Verdict(row.Problem),
		CreatedAt: utc(row.CreatedAt), ExpiresAt: utc(row.ExpiresAt), UpdatedAt: utc(row.UpdatedAt),
	}, nil
}

// utc leaves the zero time alone, which is not an instant anybody wrote.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
