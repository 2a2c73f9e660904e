package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
)

// SignatureHeaders names the headers that [Client.ParseNotification] reads.
func (c *Client) SignatureHeaders() []string {
	return []string{headerTimestamp, headerNonce, headerSignature}
}

// ParseNotification verifies and reads a notification, see [gateways.Gateway].
func (c *Client) ParseNotification(header http.Header, body []byte) (gateways.Notification, error) {
	timestamp, err := parseTimestamp(header.Get(headerTimestamp))
	if err != nil {
		return gateways.Notification{}, fmt.Errorf("notification: %w: %w", gateways.ErrBadSignature, err)
	}
	want := signNotification(c.merchant.Key, timestamp, header.Get(headerNonce), body)
	if !matches(want, header.Get(headerSignature)) {
		return gateways.Notification{}, fmt.Errorf("notification: %w", gateways.ErrBadSignature)
	}
	var wire notificationWire
	if err := json.Unmarshal(body, &wire); err != nil {
		return gateways.Notification{}, fmt.Errorf("notification: %w: not JSON of the expected shape", gateways.ErrMalformed)
	}
	payment, err := wire.Resource.payment()
	if err != nil {
		return gateways.Notification{}, fmt.Errorf("notification %.64q: %w: %w", wire.ID, gateways.ErrMalformed, err)
	}
	return gateways.Notification{
		ID: wire.ID, SignedAt: time.Unix(timestamp, 0).UTC(), Number: wire.Resource.Number, Payment: payment,
	}, nil
}

// payment reads the gateway's word for an order's state. Nothing is guessed: an
// unknown state is an error.
func (w transactionWire) payment() (gateways.Payment, error) {
	states := map[tradeState]gateways.PaymentState{
		tradeSuccess: gateways.PaymentPaid, tradeNotPay: gateways.PaymentPending,
		tradeFailed: gateways.PaymentFailed, tradeClosed: gateways.PaymentClosed,
	}
	state, ok := states[w.State]
	if !ok {
		return gateways.Payment{}, fmt.Errorf("trade_state %.20q is unknown", w.State)
	}
	currency, err := money.ParseCurrency(w.Amount.Currency)
	if err != nil {
		return gateways.Payment{}, fmt.Errorf("amount: %w", err)
	}
	payment := gateways.Payment{
		State: state, Amount: money.Of(w.Amount.Total, currency), Merchant: w.Merchant, TransactionID: w.TransactionID,
	}
	if state == gateways.PaymentPaid && (w.PaidAt == nil || w.TransactionID == "") {
		return gateways.Payment{}, fmt.Errorf("paid without transaction_id or success_time")
	}
	if w.PaidAt != nil {
		payment.PaidAt = w.PaidAt.UTC()
	}
	return payment, nil
}
