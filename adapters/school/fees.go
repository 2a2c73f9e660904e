package school

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// ByGrades yields the active holders of the grades: it is the port through
// which billing knows who is in which grade.
func (s *School) ByGrades(ctx context.Context, grades []string) iter.Seq2[billing.Ref, error] {
	return func(yield func(billing.Ref, error) bool) {
		for _, grade := range grades {
			filter := identity.Filter{School: s.number, Status: identity.Active, Grade: grade}
			for holder, err := range s.Directory.Holders(ctx, filter) {
				if err != nil {
					yield("", err)
					return
				}
				if !yield(billing.Ref(holder.Ref()), nil) {
					return
				}
			}
		}
	}
}

// FeePayment asks for a payment of what is outstanding on a bill.
type FeePayment struct {
	Key      string // idempotency key
	Bill     billing.BillID
	Guardian string // login subject, for the order only
}

// StartFeePayment starts a payment order for what is outstanding on the bill.
// Should the bill be paid otherwise before the money comes, the money waits in
// suspense.
func (s *School) StartFeePayment(ctx context.Context, p FeePayment) (gateways.Order, error) {
	if s.desk == nil {
		return gateways.Order{}, ErrNoGateway
	}
	amount, err := s.feeAmount(ctx, &p)
	if err != nil {
		return gateways.Order{}, err
	}
	return s.desk.Start(ctx, gateways.Request{
		Key: p.Key, Purpose: purposeFee, Subject: string(p.Bill), Payer: p.Guardian, Description: "学校缴费", Amount: amount,
	})
}

// feeAmount is what is outstanding, or what an earlier request with the key
// asked for: that one may have paid the bill by now.
func (s *School) feeAmount(ctx context.Context, p *FeePayment) (money.Amount, error) {
	earlier, err := s.desk.OrderByKey(ctx, p.Key)
	if !errors.Is(err, gateways.ErrUnknownOrder) {
		return earlier.Amount, err
	}
	bill, err := s.Billing.Bill(ctx, p.Bill)
	if err != nil {
		return money.Amount{}, err
	}
	if bill.Outstanding.Sign() <= 0 {
		return money.Amount{}, fmt.Errorf("bill %s: %w", p.Bill, billing.ErrBillPaid)
	}
	return bill.Outstanding, nil
}
