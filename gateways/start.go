package gateways

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/gatewaysdb"
)

// Request asks for a payment. None of its texts may name a person, and none may
// contain control characters.
type Request struct {
	// Key is the caller's idempotency key, unique in the school: 1 to 128
	// bytes. A retry with the same key continues the same order.
	Key string
	// Purpose says what kind of payment this is, such as "topup" or "fee"; it
	// tells [Settle] how to book it. 1 to 32 bytes.
	Purpose string
	// Subject is whom or what the money is for: a holder, a bill. 1 to 128
	// bytes.
	Subject string
	// Payer is who asked, as an opaque reference; may be empty. At most 128
	// bytes.
	Payer string
	// Description is what the payer reads at the gateway. 1 to 127 bytes.
	Description string
	// Amount is what to pay, more than zero.
	Amount money.Amount
}

// Start stores an order and announces it to the gateway. The order is stored
// first: after a crash or a timeout, calling Start again with the same request
// continues it, and an order that has moved on is returned as it stands,
// without asking the gateway.
//
// It fails with [ErrInvalidRequest]; with a [*KeyReusedError]; with
// [ErrUnavailable], after which the outcome is unknown and the same call may be
// repeated; and with a [*RefusedError], after which the order has failed and
// stays so. A notification may be received and settled before Start returns.
func (d *Desk) Start(ctx context.Context, request Request) (Order, error) {
	if err := request.validate(); err != nil {
		return Order{}, err
	}
	order, err := d.storeOrder(ctx, request)
	if err != nil {
		return Order{}, err
	}
	if order.State == OrderFailed && order.Reason != "" {
		return order, fmt.Errorf("start order %s: %w", order.ID, &RefusedError{Gateway: order.Gateway, Code: order.Reason})
	}
	if order.State != OrderCreated {
		return order, nil
	}
	return d.send(ctx, order)
}

// OrderByKey returns the order that an earlier Start stored under the request
// key, as it stands: what a caller looks for before it judges a request anew,
// since a retry must not be refused for what the first try brought about. It
// fails with [ErrUnknownOrder].
func (d *Desk) OrderByKey(ctx context.Context, key string) (Order, error) {
	row, err := d.queries.GetOrderByRequestKey(ctx, gatewaysdb.GetOrderByRequestKeyParams{School: d.school, RequestKey: key})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknownOrder
	}
	if err != nil {
		return Order{}, fmt.Errorf("order by key: %w", err)
	}
	return orderFromRow(row)
}

// storeOrder inserts the order, or finds the one with the same key.
func (d *Desk) storeOrder(ctx context.Context, request Request) (Order, error) {
	now := d.instant()
	_, err := d.queries.InsertOrder(ctx, gatewaysdb.InsertOrderParams{
		ID: d.newID(), School: d.school, RequestKey: request.Key,
		Gateway: d.gateway.Name(), Merchant: d.gateway.Merchant(),
		Purpose: request.Purpose, Subject: request.Subject, Payer: request.Payer, Description: request.Description,
		AmountMinor: request.Amount.Minor(), Currency: request.Amount.Currency().Code(),
		CreatedAt: now, ExpiresAt: now.Add(d.expiresAfter).Truncate(time.Second),
	})
	if err != nil {
		return Order{}, fmt.Errorf("store order: %w", err)
	}
	row, err := d.queries.GetOrderByRequestKey(ctx, gatewaysdb.GetOrderByRequestKeyParams{School: d.school, RequestKey: request.Key})
	if err != nil {
		return Order{}, fmt.Errorf("read stored order: %w", err)
	}
	order, err := orderFromRow(row)
	if err != nil {
		return Order{}, err
	}
	if field := d.firstDifference(order, request); field != "" {
		return Order{}, &KeyReusedError{OrderID: order.ID, Field: field}
	}
	return order, nil
}

func (d *Desk) firstDifference(order Order, request Request) string {
	switch {
	case order.Gateway != d.gateway.Name():
		return "gateway"
	case order.Merchant != d.gateway.Merchant():
		return "merchant"
	case order.Purpose != request.Purpose:
		return "purpose"
	case order.Subject != request.Subject:
		return "subject"
	case order.Payer != request.Payer:
		return "payer"
	case order.Description != request.Description:
		return "description"
	case order.Amount != request.Amount:
		return "amount"
	}
	return ""
}

// send announces a stored order to the gateway and keeps how to pay it.
func (d *Desk) send(ctx context.Context, order Order) (Order, error) {
	checkout, err := d.gateway.Create(ctx, order)
	var refused *RefusedError
	switch {
	case errors.Is(err, ErrOrderPaid):
		return d.Confirm(ctx, order.ID)
	case errors.As(err, &refused):
		return d.refuse(ctx, order.ID, refused)
	case err != nil:
		return order, fmt.Errorf("start order %s: %w", order.ID, err)
	}
	_, err = d.queries.MarkOrderSent(ctx, gatewaysdb.MarkOrderSentParams{
		ID: order.ID, CheckoutUrl: checkout.URL, CheckoutCode: checkout.Code, UpdatedAt: d.instant(),
	})
	if err != nil {
		return order, fmt.Errorf("mark order %s sent: %w", order.ID, err)
	}
	return d.Order(ctx, order.ID)
}

func (d *Desk) refuse(ctx context.Context, id uuid.UUID, refused *RefusedError) (Order, error) {
	if err := d.end(ctx, id, OrderFailed, refused.Code); err != nil {
		return Order{}, err
	}
	order, err := d.Order(ctx, id)
	if err != nil {
		return Order{}, err
	}
	return order, fmt.Errorf("start order %s: %w", id, refused)
}

// end fails or closes an order that is still open and unpaid.
func (d *Desk) end(ctx context.Context, id uuid.UUID, state OrderState, reason string) error {
	_, err := d.queries.EndOrder(ctx, gatewaysdb.EndOrderParams{
		ID: id, State: string(state), Reason: reason, UpdatedAt: d.instant(),
	})
	if err != nil {
		return fmt.Errorf("mark order %s %s: %w", id, state, err)
	}
	return nil
}

func (r Request) validate() error {
	for _, text := range []struct {
		name, value string
		least, most int
	}{
		{"key", r.Key, 1, 128},
		{"purpose", r.Purpose, 1, 32},
		{"subject", r.Subject, 1, 128},
		{"payer", r.Payer, 0, 128},
		{"description", r.Description, 1, 127},
	} {
		if n := len(text.value); n < text.least || n > text.most {
			return fmt.Errorf("%s has %d bytes, want %d to %d: %w", text.name, n, text.least, text.most, ErrInvalidRequest)
		}
		if !utf8.ValidString(text.value) || strings.ContainsFunc(text.value, unicode.IsControl) {
			return fmt.Errorf("%s is not printable UTF-8: %w", text.name, ErrInvalidRequest)
		}
	}
	if !r.Amount.IsValid() || r.Amount.Sign() <= 0 {
		return fmt.Errorf("amount %s is not more than zero: %w", r.Amount, ErrInvalidRequest)
	}
	return nil
}
