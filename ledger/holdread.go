package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// authorized returns the record that authorized a hold.
func (b *Book) authorized(ctx context.Context, hold uuid.UUID) (Record, error) {
	record, err := b.Record(ctx, hold)
	if errors.Is(err, ErrRecordUnknown) || err == nil && record.Kind != KindHold {
		return Record{}, &HoldError{Hold: hold, Err: ErrHoldUnknown}
	}
	return record, err
}

// Hold returns a hold as it stands. It fails with [ErrHoldUnknown].
func (b *Book) Hold(ctx context.Context, id uuid.UUID) (Hold, error) {
	record, err := b.authorized(ctx, id)
	if err != nil {
		return Hold{}, err
	}
	for stored, err := range b.reader.Holds(ctx, b.id, HoldQuery{IDs: []uuid.UUID{id}}) {
		if err != nil {
			return Hold{}, err
		}
		return newHold(&record, &stored)
	}
	return Hold{}, fmt.Errorf("hold %s: %w: its record has no row", id, ErrCorrupt)
}

// expiredMax is how many holds are looked up at once to be expired.
const expiredMax = 500

// ExpireHolds journals the expiry of every hold whose time is over, and returns
// how many there were. Call it now and then, as from a timer; several processes
// may do so at once. Until then an expired hold still reserves its money, but
// can no longer be captured.
func (b *Book) ExpireHolds(ctx context.Context) (int, error) {
	now := b.options.Now().UTC().Truncate(time.Microsecond)
	limit := min(expiredMax, b.options.BatchMax, b.options.QueueMax)
	expired := 0
	for after := int64(0); ; {
		var commands []*call
		for stored, err := range b.reader.Holds(ctx, b.id, HoldQuery{ExpiredAt: now, After: after, Limit: limit}) {
			if err != nil {
				return expired, fmt.Errorf("expire holds: %w", err)
			}
			after = stored.Seq
			commands = append(commands, newCall(&expiry{heldStep{hold: stored.ID}}))
		}
		if len(commands) == 0 {
			return expired, nil
		}
		n, err := b.expire(ctx, commands)
		expired += n
		if err != nil {
			return expired, fmt.Errorf("expire holds: %w", err)
		}
	}
}

// expire journals expiries. A hold that another process ended meanwhile is no
// failure.
func (b *Book) expire(ctx context.Context, calls []*call) (int, error) {
	for _, one := range calls {
		step := one.commands[0].(*expiry)
		record, err := b.authorized(ctx, step.hold)
		if err != nil {
			return 0, err
		}
		step.authorized = record
	}
	expired := 0
	var failures []error
	for i, err := range b.submit(ctx, calls...) {
		var ended *HoldError
		switch {
		case err == nil && !calls[i].receipts[0].Replayed:
			expired++
		case err != nil && !errors.As(err, &ended):
			failures = append(failures, err)
		}
	}
	return expired, errors.Join(failures...)
}
