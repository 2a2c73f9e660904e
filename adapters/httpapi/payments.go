package httpapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// StartTopUp implements the operation startTopUp.
func (a *api) StartTopUp(ctx context.Context, request wire.StartTopUpRequestObject) (wire.StartTopUpResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	amount, err := a.bookAmountIn(request.Body.Amount, "amount")
	if err != nil {
		return nil, err
	}
	order, err := a.topUp(ctx, "startTopUp", request.Params.IdempotencyKey, school.TopUp{Holder: number, Amount: amount})
	if err != nil {
		return nil, err
	}
	return wire.StartTopUp201JSONResponse(orderOut(&order)), nil
}

func (a *api) topUp(ctx context.Context, operation string, key uuid.UUID, t school.TopUp) (gateways.Order, error) {
	by := callerOf(ctx)
	t.Key, t.Guardian = transactionID(operation, by, key).String(), by.subject
	order, err := a.school.StartTopUp(ctx, t)
	return order, notOpenYet(err)
}

// GetOrder implements the operation getOrder.
func (a *api) GetOrder(ctx context.Context, request wire.GetOrderRequestObject) (wire.GetOrderResponseObject, error) {
	desk, err := a.school.Desk()
	if err != nil {
		return nil, err
	}
	order, err := desk.Order(ctx, request.Order)
	if err != nil {
		return nil, err
	}
	if by := callerOf(ctx); by.role == Guardian && order.Payer != by.subject {
		return nil, fmt.Errorf("order %s is another guardian's: %w", order.ID, gateways.ErrUnknownOrder)
	}
	if order.State == gateways.OrderCreated || order.State == gateways.OrderSent {
		if order, err = desk.Confirm(ctx, order.ID); err != nil {
			return nil, err
		}
	}
	return wire.GetOrder200JSONResponse(orderOut(&order)), nil
}

func orderOut(order *gateways.Order) wire.Order {
	out := wire.Order{
		Id: order.ID, Purpose: wire.OrderPurpose(order.Purpose), Amount: amountOut(order.Amount), ExpiresAt: order.ExpiresAt,
		Status: wire.OrderStatus(order.State),
	}
	if order.State == gateways.OrderCreated || order.State == gateways.OrderSent {
		out.Status, out.PayUrl = wire.OrderStatusPending, nextOut(order.Checkout.URL)
	}
	if !order.PaidAt.IsZero() {
		out.PaidAt = &order.PaidAt
	}
	return out
}

// ListBills implements the operation listBills.
func (a *api) ListBills(ctx context.Context, request wire.ListBillsRequestObject) (wire.ListBillsResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	bills, err := a.school.Billing.BillsOf(ctx, billing.Ref(number.Ref()))
	if err != nil {
		return nil, err
	}
	answer := wire.ListBills200JSONResponse{Bills: make([]wire.Bill, len(bills))}
	for i := range bills {
		item, err := a.school.Billing.Item(ctx, bills[i].Item)
		if err != nil {
			return nil, err
		}
		answer.Bills[i] = billOut(&bills[i], item.Name)
	}
	return answer, nil
}

func billOut(bill *billing.Bill, item string) wire.Bill {
	status := wire.BillStatusUnpaid
	switch {
	case !bill.Assessed:
		status = wire.BillStatusPreparing
	case bill.Paid():
		status = wire.BillStatusPaid
	case bill.Outstanding != bill.Amount:
		status = wire.BillStatusPartlyPaid
	}
	return wire.Bill{
		Id: string(bill.ID), Item: item, Billed: amountOut(bill.Amount), Outstanding: amountOut(bill.Outstanding),
		Status: status, Due: bill.Due.String(),
	}
}

// PayBill implements the operation payBill.
func (a *api) PayBill(ctx context.Context, request wire.PayBillRequestObject) (wire.PayBillResponseObject, error) {
	amount, err := a.bookAmountIn(request.Body.Amount, "amount")
	if err != nil {
		return nil, err
	}
	bill, err := a.reachBill(ctx, request.Bill)
	if err != nil {
		return nil, err
	}
	by := callerOf(ctx)
	id := transactionID("payBill", by, request.Params.IdempotencyKey)
	if request.Body.From == wire.PaymentRequestFromWallet {
		receipt, err := a.school.Billing.Pay(ctx, billing.Payment{
			ID: id, Bill: bill.ID, From: campus.FromWallet(string(bill.Holder)), Amount: amount, By: by.by(),
		})
		if err != nil {
			return nil, err
		}
		return wire.PayBill201JSONResponse{PaymentAnswerJSONResponse: paidOut(&receipt)}, nil
	}
	order, err := a.orderFee(ctx, id, bill, amount)
	if err != nil {
		return nil, err
	}
	return wire.PayBill201JSONResponse{PaymentAnswerJSONResponse: orderedOut(&order)}, nil
}

// orderFee orders what is outstanding, which must be what the guardian saw.
func (a *api) orderFee(ctx context.Context, id uuid.UUID, bill *billing.Bill, amount money.Amount) (gateways.Order, error) {
	if bill.Outstanding != amount && bill.Outstanding.Sign() > 0 {
		return gateways.Order{}, invalidField(fmt.Sprintf("through the gateway must be %s, all that is outstanding", bill.Outstanding), "amount")
	}
	return a.school.StartFeePayment(ctx, school.FeePayment{Key: id.String(), Bill: bill.ID, Guardian: callerOf(ctx).subject})
}

// reachBill returns a bill of a holder that the guardian is bound to. Another
// guardian's bill is as unknown as one that does not exist.
func (a *api) reachBill(ctx context.Context, id string) (*billing.Bill, error) {
	bill, err := a.school.Billing.Bill(ctx, billing.BillID(id))
	if err != nil {
		return nil, err
	}
	_, err = a.reach(ctx, string(bill.Holder))
	if errors.Is(err, identity.ErrNotBound) {
		return nil, fmt.Errorf("bill %s is of a holder not bound: %w", id, billing.ErrBillUnknown)
	}
	return &bill, err
}

// RepayArrears implements the operation repayArrears.
func (a *api) RepayArrears(ctx context.Context, request wire.RepayArrearsRequestObject) (wire.RepayArrearsResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	amount, err := a.bookAmountIn(request.Body.Amount, "amount")
	if err != nil {
		return nil, err
	}
	if request.Body.From == wire.PaymentRequestFromWallet {
		receipt, err := a.repayFromWallet(ctx, request.Params.IdempotencyKey, number, amount)
		if err != nil {
			return nil, err
		}
		return wire.RepayArrears201JSONResponse{PaymentAnswerJSONResponse: paidOut(&receipt)}, nil
	}
	order, err := a.topUp(ctx, "repayArrears", request.Params.IdempotencyKey, school.TopUp{Holder: number, Amount: amount})
	if err != nil {
		return nil, err
	}
	return wire.RepayArrears201JSONResponse{PaymentAnswerJSONResponse: orderedOut(&order)}, nil
}

func (a *api) repayFromWallet(ctx context.Context, key uuid.UUID, number identity.Number, amount money.Amount) (ledger.Receipt, error) {
	by := callerOf(ctx)
	return a.school.Book.Post(ctx, a.school.Chart.ArrearsRepaid(campus.Repayment{
		Event:  campus.Event{ID: transactionID("repayArrears", by, key), By: by.by()},
		Holder: number.Ref(), From: campus.FromWallet(number.Ref()), Amount: amount,
	}))
}

func paidOut(receipt *ledger.Receipt) wire.PaymentAnswerJSONResponse {
	record := receiptOut(&receipt.Record)
	return wire.PaymentAnswerJSONResponse{
		Body:    wire.Payment{Receipt: &record},
		Headers: wire.PaymentAnswerResponseHeaders{IdempotencyReplayed: replayedOut(receipt.Replayed)},
	}
}

func orderedOut(order *gateways.Order) wire.PaymentAnswerJSONResponse {
	out := orderOut(order)
	return wire.PaymentAnswerJSONResponse{Body: wire.Payment{Order: &out}}
}
