package gateways

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/sql/gatewaysdb"
)

// apply brings an order to what its gateway says, whoever heard it. The
// verdict is [Undecided] if and only if it should be tried again.
func (d *Desk) apply(ctx context.Context, order Order, payment Payment) (Verdict, error) {
	if mismatch := match(order, payment); mismatch != nil {
		return d.recordMismatch(ctx, mismatch)
	}
	switch payment.State {
	case PaymentPaid:
		return d.applyPaid(ctx, order, payment)
	case PaymentFailed:
		return d.applyEnd(ctx, order, OrderFailed)
	case PaymentClosed:
		return d.applyEnd(ctx, order, OrderClosed)
	case PaymentPending, PaymentUnknown:
		return d.verdictOnPending(order), nil
	}
	return VerdictMalformed, fmt.Errorf("order %s: payment state %q: %w", order.ID, payment.State, ErrMalformed)
}

// match compares what was paid with what was ordered, in this order: merchant,
// currency, amount, transaction.
func match(order Order, payment Payment) *MismatchError {
	if payment.State == PaymentUnknown {
		return nil
	}
	differs := func(verdict Verdict, ordered, said string) *MismatchError {
		return &MismatchError{OrderID: order.ID, Verdict: verdict, Ordered: ordered, Said: said}
	}
	if payment.Merchant != order.Merchant {
		return differs(VerdictMerchantMismatch, order.Merchant, payment.Merchant)
	}
	if payment.State != PaymentPaid {
		return nil
	}
	switch {
	case payment.Amount.Currency() != order.Amount.Currency():
		return differs(VerdictCurrencyMismatch, order.Amount.Currency().Code(), payment.Amount.Currency().Code())
	case payment.Amount != order.Amount:
		return differs(VerdictAmountMismatch, order.Amount.String(), payment.Amount.String())
	case payment.TransactionID == "" || (order.TransactionID != "" && payment.TransactionID != order.TransactionID):
		return differs(VerdictTransactionMismatch, order.TransactionID, payment.TransactionID)
	}
	return nil
}

func (d *Desk) recordMismatch(ctx context.Context, mismatch *MismatchError) (Verdict, error) {
	err := d.queries.SetOrderProblem(ctx, gatewaysdb.SetOrderProblemParams{
		ID: mismatch.OrderID, Problem: string(mismatch.Verdict), UpdatedAt: d.instant(),
	})
	if err != nil {
		return Undecided, fmt.Errorf("record mismatch of order %s: %w", mismatch.OrderID, err)
	}
	return mismatch.Verdict, mismatch
}

// applyPaid is the one way in which money comes in: the payment is written
// down, booked, and only then marked. Each step may be repeated.
func (d *Desk) applyPaid(ctx context.Context, order Order, payment Payment) (Verdict, error) {
	if order.State == OrderPaid {
		return VerdictDuplicate, nil
	}
	claimed, err := d.claim(ctx, order, payment)
	if err != nil {
		return Undecided, err
	}
	if !claimed {
		return d.recordMismatch(ctx, &MismatchError{
			OrderID: order.ID, Verdict: VerdictTransactionMismatch, Said: payment.TransactionID,
		})
	}
	if order, err = d.Order(ctx, order.ID); err != nil { // with its late flag
		return Undecided, err
	}
	if order.State == OrderPaid {
		return VerdictDuplicate, nil
	}
	if err := d.settle(ctx, paidFrom(order)); err != nil {
		return Undecided, fmt.Errorf("settle order %s: %w", order.ID, err)
	}
	marked, err := d.queries.MarkOrderPaid(ctx, gatewaysdb.MarkOrderPaidParams{ID: order.ID, UpdatedAt: d.instant()})
	if err != nil {
		return Undecided, fmt.Errorf("mark order %s paid: %w", order.ID, err)
	}
	if marked == 0 {
		return VerdictDuplicate, nil
	}
	return VerdictAccepted, nil
}

// claim ties the gateway's payment to the order, one to one. False means that
// either is already tied to another.
func (d *Desk) claim(ctx context.Context, order Order, payment Payment) (bool, error) {
	paidAt := payment.PaidAt
	if paidAt.IsZero() {
		paidAt = d.now()
	}
	rows, err := d.queries.ClaimPayment(ctx, gatewaysdb.ClaimPaymentParams{
		ID: order.ID, GatewayTransactionID: payment.TransactionID,
		PaidAt:    sql.NullTime{Time: paidAt.UTC().Truncate(time.Microsecond), Valid: true},
		UpdatedAt: d.instant(),
	})
	if err != nil {
		return false, fmt.Errorf("write down payment of order %s: %w", order.ID, err)
	}
	return rows == 1, nil
}

func (d *Desk) applyEnd(ctx context.Context, order Order, state OrderState) (Verdict, error) {
	switch order.State {
	case state:
		return VerdictDuplicate, nil
	case OrderPaid, OrderFailed, OrderClosed:
		return VerdictSuperseded, nil
	case OrderCreated, OrderSent:
	}
	if err := d.end(ctx, order.ID, state, ""); err != nil {
		return Undecided, err
	}
	return VerdictAccepted, nil
}

func (d *Desk) verdictOnPending(order Order) Verdict {
	if order.State == OrderCreated || order.State == OrderSent {
		return VerdictAccepted
	}
	return VerdictSuperseded
}

func paidFrom(order Order) Paid {
	return Paid{
		ID: order.ID, School: order.School, Gateway: order.Gateway,
		Purpose: order.Purpose, Subject: order.Subject, Payer: order.Payer, Amount: order.Amount,
		TransactionID: order.TransactionID, PaidAt: order.PaidAt, Late: order.Late,
	}
}
