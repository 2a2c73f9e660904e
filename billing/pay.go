package billing

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// Payment is money for a bill, the whole of it or a part.
type Payment struct {
	// ID makes the payment idempotent for ever: derive it from the payment
	// order, or draw it once where the payment is asked for.
	ID     uuid.UUID
	Bill   BillID
	From   campus.Source
	Amount money.Amount
	// By says who took the payment, such as "cashier:12". Optional, no
	// personal data.
	By string
}

// Pay books a payment. The same payment again returns the first receipt, marked
// as replayed, even if the bill has been paid up since; another payment with its
// id is ledger.ErrIDReused.
//
// It fails with [ErrBillUnknown], with a [PaymentError] if the bill does not
// take the payment, and else with what the ledger says: ledger.ErrInsufficient,
// say, for a wallet that lacks money. Nothing is booked then.
func (o *Office) Pay(ctx context.Context, p Payment) (ledger.Receipt, error) {
	receipt, err := o.pay(ctx, &p)
	if err != nil {
		return ledger.Receipt{}, fmt.Errorf("pay: %w", err)
	}
	return receipt, nil
}

func (o *Office) pay(ctx context.Context, p *Payment) (ledger.Receipt, error) {
	switch {
	case p.From == campus.Source{}:
		return ledger.Receipt{}, &ledger.InvalidError{Field: "from", Problem: "is missing"}
	case !p.Amount.IsValid() || p.Amount.Sign() <= 0:
		return ledger.Receipt{}, &ledger.InvalidError{Field: "amount", Problem: fmt.Sprintf("is %s, must be positive", p.Amount)}
	}
	bill, err := o.billRow(ctx, p.Bill)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if p.Amount.Currency().Code() != bill.Currency {
		return ledger.Receipt{}, p.refused(ledger.ErrCurrencyMismatch, money.Amount{})
	}
	receipt, err := o.book.Post(ctx, o.chart.FeePaid(campus.Fee{
		Event: campus.Event{ID: p.ID, By: p.By, Document: document(bill.Item, bill.Holder)},
		Bill:  bill.ID, From: p.From, Amount: p.Amount,
	}))
	if err != nil {
		return ledger.Receipt{}, o.explain(ctx, p, err)
	}
	return receipt, nil
}

// explain says in the words of bills what the ledger said of the bill's
// account. What it said of another account stays as it is.
func (o *Office) explain(ctx context.Context, p *Payment, err error) error {
	var account *ledger.AccountError
	if errors.As(err, &account) && account.Account == p.Bill.Account() && errors.Is(err, ledger.ErrAccountUnknown) {
		return p.refused(ErrNotAssessed, money.Amount{})
	}
	var bound *ledger.BoundError
	if !errors.As(err, &bound) || bound.Account != p.Bill.Account() {
		return err
	}
	outstanding := bound.Available()
	if !outstanding.IsZero() {
		return p.refused(ErrOverpaid, outstanding)
	}
	bill, billErr := o.Bill(ctx, p.Bill)
	switch {
	case billErr != nil:
		return billErr
	case !bill.Assessed:
		return p.refused(ErrNotAssessed, money.Amount{})
	}
	return p.refused(ErrBillPaid, outstanding)
}

func (p *Payment) refused(reason error, outstanding money.Amount) error {
	return &PaymentError{Bill: p.Bill, Amount: p.Amount, Outstanding: outstanding, Err: reason}
}
