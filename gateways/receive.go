package gateways

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/sql/gatewaysdb"
)

// Receive takes a notification: it stores the bytes as they came, verifies
// them, matches them with their order and settles the payment. Of what fails
// verification it stores [Options].RefusedMax a day, so that a stranger fills no disk. Copies and
// notifications out of order are harmless and no error.
//
// A refusal is stored with its reason and returned as [ErrBadSignature],
// [ErrStale], [ErrMalformed], [ErrUnknownOrder] or a [*MismatchError]; then the
// verdict says the same. With any other error the verdict is [Undecided]: the
// notification is in the inbox (unless storing it failed, or it was
// [ErrTooLarge]) and the gateway's next attempt or [Desk.Replay] finishes it.
// Acknowledge a notification to the gateway only if the error is nil.
func (d *Desk) Receive(ctx context.Context, header http.Header, body []byte) (Verdict, error) {
	received, err := d.receive(header, body)
	if err != nil {
		return Undecided, err
	}
	if _, verdict, refusal := d.verify(received); verdict != Undecided && !d.refused.take(received.ReceivedAt) {
		return verdict, refusal
	}
	if err := d.keep(ctx, received); err != nil {
		return Undecided, err
	}
	return d.process(ctx, received)
}

// process takes a stored notification to its verdict.
func (d *Desk) process(ctx context.Context, received Received) (Verdict, error) {
	verdict, orderID, refusal := d.judge(ctx, received)
	if verdict == Undecided {
		return Undecided, refusal
	}
	if err := d.decide(ctx, received.ID, orderID, verdict, refusal); err != nil {
		return Undecided, err
	}
	return verdict, refusal
}

func (d *Desk) judge(ctx context.Context, received Received) (Verdict, uuid.UUID, error) {
	notification, verdict, err := d.verify(received)
	if err != nil {
		return verdict, uuid.Nil, err
	}
	order, err := d.orderByNumber(ctx, notification.Number)
	if errors.Is(err, ErrUnknownOrder) {
		return VerdictUnknownOrder, uuid.Nil, err
	}
	if err != nil {
		return Undecided, uuid.Nil, err
	}
	verdict, err = d.apply(ctx, order, notification.Payment)
	return verdict, order.ID, err
}

// verify reads the exact bytes. The signature's time is judged against the time
// of receipt, not against now, so that a replay judges alike.
func (d *Desk) verify(received Received) (Notification, Verdict, error) {
	notification, err := d.gateway.ParseNotification(received.Header, received.Body)
	switch {
	case errors.Is(err, ErrBadSignature):
		return Notification{}, VerdictBadSignature, err
	case errors.Is(err, ErrMalformed):
		return Notification{}, VerdictMalformed, err
	case err != nil:
		return Notification{}, Undecided, fmt.Errorf("parse notification %s: %w", received.ID, err)
	}
	if signed := notification.SignedAt; !signed.IsZero() && received.ReceivedAt.Sub(signed).Abs() >= d.clockSkew {
		return Notification{}, VerdictStale, fmt.Errorf("signed at %s: %w", signed.UTC().Format(time.RFC3339), ErrStale)
	}
	return notification, Undecided, nil
}

func (d *Desk) orderByNumber(ctx context.Context, number string) (Order, error) {
	id, err := ParseNumber(number)
	if err != nil {
		return Order{}, err
	}
	return d.Order(ctx, id)
}

// Replayed counts what [Desk.Replay] did.
type Replayed struct {
	Decided int // have their verdict now, refusals among them
	Failed  int // still have none
}

// Replay finishes the notifications that have no verdict, because the process
// ended or settling failed after they were stored. It may run beside anything
// else. Failures do not stop it: they are joined in the error, and those
// notifications stay for the next time.
func (d *Desk) Replay(ctx context.Context) (Replayed, error) {
	var (
		done     Replayed
		failures []error
		after    uuid.UUID
	)
	for {
		rows, err := d.queries.ListUndecidedNotifications(ctx, gatewaysdb.ListUndecidedNotificationsParams{
			School: d.school, Gateway: d.gateway.Name(), ID: after, Limit: pageSize,
		})
		if err != nil {
			return done, errors.Join(append(failures, fmt.Errorf("replay: %w", err))...)
		}
		for _, row := range rows {
			if err := d.replayOne(ctx, row); err != nil {
				done.Failed++
				failures = append(failures, err)
			} else {
				done.Decided++
			}
			after = row.ID
		}
		if len(rows) < pageSize {
			return done, errors.Join(failures...)
		}
	}
}

// replayOne returns an error only if the notification stays without verdict.
func (d *Desk) replayOne(ctx context.Context, row gatewaysdb.GatewayNotification) error {
	received, err := receivedFromRow(row)
	if err != nil {
		return err
	}
	verdict, err := d.process(ctx, received)
	if verdict == Undecided {
		return fmt.Errorf("replay %s: %w", received.ID, err)
	}
	return nil
}
