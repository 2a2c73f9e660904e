package billing

import (
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger/money"
)

// The conditions a caller branches on. Malformed requests are
// [github.com/campusledger/campusledger/ledger.ErrInvalid]; what the ledger
// refuses keeps the ledger's conditions.
var (
	// ErrImport means that a sheet was not imported, not even in part. See
	// [ImportError].
	ErrImport = errors.New("fee items were not imported")
	// ErrItemUnknown means that the school has no such fee item.
	ErrItemUnknown = errors.New("unknown fee item")
	// ErrBillUnknown means that the school has no such bill.
	ErrBillUnknown = errors.New("unknown bill")
	// ErrNotAssessed means that a bill is written but not booked yet:
	// [Office.Resume] books it. See [PaymentError], as for the next two.
	ErrNotAssessed = errors.New("bill is not assessed yet")
	// ErrBillPaid means that nothing is outstanding on the bill.
	ErrBillPaid = errors.New("nothing is outstanding on the bill")
	// ErrOverpaid means that a payment is more than what is outstanding.
	ErrOverpaid = errors.New("payment is more than what is outstanding")
)

// PaymentError says why a bill does not take a payment. It unwraps to
// [ErrNotAssessed], [ErrBillPaid], [ErrOverpaid] or the ledger's
// ErrCurrencyMismatch.
type PaymentError struct {
	Bill   BillID
	Amount money.Amount // of the payment
	// Outstanding is what the bill would take; the zero Amount where it was
	// not looked at.
	Outstanding money.Amount
	Err         error
}

func (e *PaymentError) Error() string {
	if !e.Outstanding.IsValid() {
		return fmt.Sprintf("bill %s: payment of %s: %v", e.Bill, e.Amount, e.Err)
	}
	return fmt.Sprintf("bill %s: payment of %s: %v: outstanding %s", e.Bill, e.Amount, e.Err, e.Outstanding)
}

// Unwrap returns the condition.
func (e *PaymentError) Unwrap() error { return e.Err }
