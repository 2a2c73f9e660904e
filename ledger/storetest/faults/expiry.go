package faults

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// checkExpiries checks that no hold was expired before its time, and that as many
// were as was acknowledged.
func (r *round) checkExpiries(j *journal) {
	expires := make(map[uuid.UUID]time.Time)
	acknowledgedCount, certain := 0, true
	for _, c := range r.calls {
		switch c.Do {
		case doHold:
			expires[c.ID] = c.Expires
		case doExpire:
			acknowledgedCount += c.Count
			certain = certain && c.Outcome == acknowledged && !c.doubted
		}
	}
	expired := 0
	for _, stored := range j.records {
		record, err := ledger.ParseRecord(stored.Body)
		if err != nil || record.Kind != ledger.KindExpiry {
			continue // of the first the journal tells
		}
		expired++
		if at := expires[record.Of]; record.At.Before(at) {
			r.find("record %d expired at %s a hold until %s", record.Seq, record.At, at)
		}
	}
	if expired < acknowledgedCount || certain && expired > acknowledgedCount {
		r.find("%d holds were acknowledged as expired, and the journal has %d expiries", acknowledgedCount, expired)
	}
}

// checkHolds looks for holds that the last expiry has left out.
func (r *round) checkHolds(ctx context.Context, store ledger.Store) error {
	for hold, err := range store.Holds(ctx, r.book, ledger.HoldQuery{}) {
		if err != nil {
			return err
		}
		if hold.State == ledger.HoldHeld && !hold.Expires.IsZero() && !hold.Expires.After(r.settled) {
			r.find("hold %s until %s is still held at %s", hold.ID, hold.Expires, r.settled)
		}
	}
	return nil
}
