package audit

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// compareRefunds compares every refund's row with the journal.
func (a *auditor) compareRefunds(ctx context.Context) error {
	a.report.Refunds = int64(len(a.model.refunds))
	broken := false
	var last ledger.Refunded
	for stored, err := range a.reader.Refunds(ctx, a.book) {
		if errors.Is(err, ledger.ErrCorrupt) {
			at := refundRow(last.Seq, last.Line)
			at.key = "after " + at.key
			a.find(CodeRefundUnreadable, at, "cannot be read, and neither can what follows: %v", err)
			broken = true
			break
		}
		if err != nil {
			return err
		}
		last = stored
		a.compareRefund(&stored)
	}
	if !broken {
		a.missingRefunds()
	}
	return nil
}

func (a *auditor) compareRefund(stored *ledger.Refunded) {
	at, key := refundRow(stored.Seq, stored.Line), lineKey{stored.Seq, int32(stored.Line)}
	want, ok := a.model.refunds[key]
	switch {
	case !ok || int(key.line) != stored.Line:
		a.find(CodeRefundExtra, at, "nothing of this line was refunded")
		return
	case want.seen:
		a.find(CodeRefundExtra, at, "another row is of the same line")
		return
	}
	want.seen = true
	a.model.refunds[key] = want
	if stored.Minor != want.minor {
		a.differ(CodeRefundDiffers, at.in("amount"), decimal(want.minor), decimal(stored.Minor))
	}
}

// missingRefunds reports the lines that no row was of, in order.
func (a *auditor) missingRefunds() {
	var missing []lineKey
	for key, want := range a.model.refunds {
		if !want.seen {
			missing = append(missing, key)
		}
	}
	slices.SortFunc(missing, func(x, y lineKey) int { return cmp.Or(cmp.Compare(x.seq, y.seq), cmp.Compare(x.line, y.line)) })
	for _, key := range missing {
		a.find(CodeRefundMissing, refundRow(key.seq, int(key.line)), "is missing")
	}
}
