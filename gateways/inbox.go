package gateways

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/sql/gatewaysdb"
)

// MaxNotification is how many bytes a notification may have. The providers'
// are below 4 KiB.
const MaxNotification = 64 << 10

// maxHeaderValue bounds what is kept of one header: an attacker chooses it.
const maxHeaderValue = 4 << 10

// Received is a notification as kept in the inbox.
type Received struct {
	ID         uuid.UUID
	ReceivedAt time.Time
	Header     http.Header // only those that carry the signature
	Body       []byte      // the exact bytes
	Verdict    Verdict     // Undecided until it is dealt with
	Reason     string      // of a refusal
	OrderID    uuid.UUID   // uuid.Nil if it names none that we have
	DecidedAt  time.Time
}

// Notifications returns what was received for an order, oldest first. It reads
// one order's; callers need no paging, for a gateway gives up after a few
// dozen.
func (d *Desk) Notifications(ctx context.Context, orderID uuid.UUID) ([]Received, error) {
	rows, err := d.queries.ListOrderNotifications(ctx, gatewaysdb.ListOrderNotificationsParams{
		School: d.school, Gateway: d.gateway.Name(), OrderID: uuid.NullUUID{UUID: orderID, Valid: true},
	})
	if err != nil {
		return nil, fmt.Errorf("read notifications of order %s: %w", orderID, err)
	}
	all := make([]Received, 0, len(rows))
	for _, row := range rows {
		received, err := receivedFromRow(row)
		if err != nil {
			return nil, err
		}
		all = append(all, received)
	}
	return all, nil
}

// receive makes of a notification what is kept of it.
func (d *Desk) receive(header http.Header, body []byte) (Received, error) {
	if len(body) > MaxNotification {
		return Received{}, fmt.Errorf("%d bytes: %w", len(body), ErrTooLarge)
	}
	if body == nil {
		body = []byte{} // an empty body is a fact, not an absent one
	}
	received := Received{ID: d.newID(), ReceivedAt: d.instant(), Header: http.Header{}, Body: body}
	for _, name := range d.gateway.SignatureHeaders() {
		if value := header.Get(name); value != "" {
			received.Header.Set(name, value[:min(len(value), maxHeaderValue)])
		}
	}
	return received, nil
}

// keep stores a notification before anything is done about it.
func (d *Desk) keep(ctx context.Context, received Received) error {
	text, err := json.Marshal(received.Header)
	if err != nil {
		return fmt.Errorf("keep notification: %w", err)
	}
	err = d.queries.InsertNotification(ctx, gatewaysdb.InsertNotificationParams{
		ID: received.ID, School: d.school, Gateway: d.gateway.Name(),
		ReceivedAt: received.ReceivedAt, Header: string(text), Body: received.Body,
	})
	if err != nil {
		return fmt.Errorf("keep notification: %w", err)
	}
	return nil
}

// decide writes the verdict down. The first one stays.
func (d *Desk) decide(ctx context.Context, id, orderID uuid.UUID, verdict Verdict, refusal error) error {
	reason := ""
	if refusal != nil {
		reason = refusal.Error()
	}
	_, err := d.queries.DecideNotification(ctx, gatewaysdb.DecideNotificationParams{
		ID: id, Verdict: string(verdict), Reason: reason,
		OrderID:   uuid.NullUUID{UUID: orderID, Valid: orderID != uuid.Nil},
		DecidedAt: sql.NullTime{Time: d.instant(), Valid: true},
	})
	if err != nil {
		return fmt.Errorf("decide notification %s: %w", id, err)
	}
	return nil
}

func receivedFromRow(row gatewaysdb.GatewayNotification) (Received, error) {
	var header http.Header
	if err := json.Unmarshal([]byte(row.Header), &header); err != nil {
		return Received{}, fmt.Errorf("notification %s: header: %w", row.ID, err)
	}
	return Received{
		ID: row.ID, ReceivedAt: utc(row.ReceivedAt), Header: header, Body: row.Body,
		Verdict: Verdict(row.Verdict), Reason: row.Reason, OrderID: row.OrderID.UUID, DecidedAt: utc(row.DecidedAt.Time),
	}, nil
}
