package gateways

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/sql/gatewaysdb"
)

// pageSize is how many rows Sweep and Replay hold in memory.
const pageSize = 200

// Confirm asks the gateway what became of an order and acts on the answer in
// the same way as on a notification: the first step of reconciliation, to call
// when the payer comes back. A settled order is returned without asking.
//
// It fails with [ErrUnknownOrder], [ErrUnavailable], a [*MismatchError], or
// what [Settle] said; calling it again is always safe.
func (d *Desk) Confirm(ctx context.Context, id uuid.UUID) (Order, error) {
	order, err := d.Order(ctx, id)
	if err != nil {
		return Order{}, err
	}
	order, _, err = d.confirm(ctx, order)
	return order, err
}

func (d *Desk) confirm(ctx context.Context, order Order) (Order, PaymentState, error) {
	if order.State == OrderPaid {
		return order, PaymentPaid, nil
	}
	payment, err := d.gateway.Query(ctx, order.Number())
	if err != nil {
		return order, "", fmt.Errorf("confirm order %s: %w", order.ID, err)
	}
	if _, err := d.apply(ctx, order, payment); err != nil {
		return order, payment.State, fmt.Errorf("confirm: %w", err)
	}
	order, err = d.Order(ctx, order.ID)
	return order, payment.State, err
}

// Close ends an order that shall not be paid any more, at the gateway first. If
// the payer was faster it settles the payment and fails with [ErrOrderPaid].
// Closing an order that has ended otherwise does nothing. It fails with
// [ErrUnknownOrder] and [ErrUnavailable].
func (d *Desk) Close(ctx context.Context, id uuid.UUID) (Order, error) {
	order, err := d.Order(ctx, id)
	if err != nil {
		return Order{}, err
	}
	switch order.State {
	case OrderPaid:
		return order, fmt.Errorf("close order %s: %w", id, ErrOrderPaid)
	case OrderFailed, OrderClosed:
		return order, nil
	case OrderCreated, OrderSent:
	}
	return d.close(ctx, order, "")
}

func (d *Desk) close(ctx context.Context, order Order, reason string) (Order, error) {
	err := d.gateway.Close(ctx, order.Number())
	if errors.Is(err, ErrOrderPaid) {
		order, confirmErr := d.Confirm(ctx, order.ID)
		return order, errors.Join(fmt.Errorf("close order %s: %w", order.ID, err), confirmErr)
	}
	if err != nil {
		return order, fmt.Errorf("close order %s: %w", order.ID, err)
	}
	if err := d.end(ctx, order.ID, OrderClosed, reason); err != nil {
		return order, err
	}
	return d.Order(ctx, order.ID)
}

// Swept counts what [Desk.Sweep] found, by the state that the orders have
// after it.
type Swept struct {
	Paid    int // settled now
	Open    int // still waiting for the payer
	Failed  int
	Closed  int // by the payer or gateway, or by the sweep because they expired
	Trouble int // could not be asked, did not match or could not be settled
}

// Sweep asks the gateway about every order that is open and was started at
// least olderThan ago: the cure for notifications that never came. Orders that
// nobody paid until they expired are closed. Run it every few minutes, with an
// age that gives notifications time to come.
//
// It goes on past an order in trouble; all such errors are joined in the one
// returned.
func (d *Desk) Sweep(ctx context.Context, olderThan time.Duration) (Swept, error) {
	var (
		swept    Swept
		troubles []error
		after    uuid.UUID
		before   = d.instant().Add(-olderThan)
	)
	for {
		rows, err := d.queries.ListOpenOrders(ctx, gatewaysdb.ListOpenOrdersParams{
			School: d.school, Gateway: d.gateway.Name(), CreatedAt: before, ID: after, Limit: pageSize,
		})
		if err != nil {
			return swept, errors.Join(append(troubles, fmt.Errorf("sweep: %w", err))...)
		}
		for _, row := range rows {
			if err := d.sweepOne(ctx, row, &swept); err != nil {
				swept.Trouble++
				troubles = append(troubles, err)
			}
			after = row.ID
		}
		if len(rows) < pageSize || ctx.Err() != nil {
			return swept, errors.Join(append(troubles, ctx.Err())...)
		}
	}
}

func (d *Desk) sweepOne(ctx context.Context, row gatewaysdb.PaymentOrder, swept *Swept) error {
	order, err := orderFromRow(row)
	if err != nil {
		return err
	}
	order, state, err := d.confirm(ctx, order)
	if err != nil {
		return err
	}
	waiting := state == PaymentPending || state == PaymentUnknown
	if waiting && order.State != OrderPaid && !d.now().Before(order.ExpiresAt) {
		order, err = d.close(ctx, order, "expired")
		if err != nil && !(errors.Is(err, ErrOrderPaid) && order.State == OrderPaid) {
			return err
		}
	}
	swept.count(order.State)
	return nil
}

func (s *Swept) count(state OrderState) {
	switch state {
	case OrderPaid:
		s.Paid++
	case OrderFailed:
		s.Failed++
	case OrderClosed:
		s.Closed++
	case OrderCreated, OrderSent:
		s.Open++
	}
}
