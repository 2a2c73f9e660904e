package gateways

import (
	"context"
	"net/http"
	"time"

	"github.com/campusledger/campusledger/ledger/money"
)

// Gateway is one merchant account at one payment provider. Implementations
// speak the provider's protocol and keep no state of orders. All methods may be
// called concurrently.
//
// An implementation reports that the provider could not be reached, timed out
// or answered with something unverifiable as an error that is [ErrUnavailable];
// a definite refusal as a [*RefusedError].
type Gateway interface {
	// Name is the gateway's name in tables and account paths, such as
	// "wechatpay". It never changes for one merchant account.
	Name() string

	// Merchant is the merchant number that every payment must name.
	Merchant() string

	// Create announces the order. Called again with the same order it answers
	// the same, or fails with [ErrOrderPaid] if the payer was faster; the same
	// number with other content is refused.
	Create(ctx context.Context, order Order) (Checkout, error)

	// Query asks what became of an order number. That the provider does not
	// know it is an answer, not an error: [PaymentUnknown].
	Query(ctx context.Context, number string) (Payment, error)

	// Close makes sure the order can no longer be paid. Closing twice is
	// allowed, so is closing an order the provider never heard of. It fails
	// with [ErrOrderPaid] if the order is paid.
	Close(ctx context.Context, number string) error

	// SignatureHeaders names the HTTP headers that ParseNotification reads.
	// The inbox keeps these and no others.
	SignatureHeaders() []string

	// ParseNotification verifies and reads a notification. The signature is
	// checked over the exact bytes of body, before anything is decoded. It
	// fails with [ErrBadSignature] or [ErrMalformed] and does not look at the
	// clock: it returns when the message was signed, and the desk judges that
	// against the time of receipt, also when it reads the message again later.
	ParseNotification(header http.Header, body []byte) (Notification, error)
}

// Checkout is how the payer pays an order. At least one field is set.
type Checkout struct {
	URL  string // a page to send the payer to
	Code string // the text of a QR code to show to the payer
}

// PaymentState is what a gateway says became of an order.
type PaymentState string

// The payment states.
const (
	// PaymentPaid means that the gateway has the money.
	PaymentPaid PaymentState = "paid"
	// PaymentPending means that the payer has not paid yet, or is paying.
	PaymentPending PaymentState = "pending"
	// PaymentFailed means that an attempt to pay was refused.
	PaymentFailed PaymentState = "failed"
	// PaymentClosed means that the order can no longer be paid.
	PaymentClosed PaymentState = "closed"
	// PaymentUnknown means that the gateway does not know the order.
	PaymentUnknown PaymentState = "unknown"
)

// Payment is what a gateway says about one order, verified but not yet matched
// with it.
type Payment struct {
	State         PaymentState
	Amount        money.Amount // what the payer was charged, before fees
	Merchant      string       // who was paid
	TransactionID string       // the gateway's own number; set when paid
	PaidAt        time.Time    // by the gateway's clock; set when paid
}

// Notification is a verified message from a gateway.
type Notification struct {
	ID       string    // the gateway's number of the message, if it has one
	SignedAt time.Time // zero if the gateway signs no time
	Number   string    // the order number it is about
	Payment  Payment
}
