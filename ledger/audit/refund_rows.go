package audit

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// compareRefunds compares every refund's row with the journal.
func (a *auditor) compareRefunds(ctx context.Context) error {
	broken := false
	var last ledger.Refunded
	for stored, err := range a.state.Refunds(ctx, a.book) {
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
	for _, seq := range slices.Sorted(maps.Keys(a.model.refunds)) {
		for line, total := range a.model.refunds[seq] {
			if total.minor == 0 {
				continue
			}
			a.report.Refunds++
			if !total.seen && !broken {
				a.find(CodeRefundMissing, refundRow(seq, line), "is missing")
			}
		}
	}
	return nil
}

func (a *auditor) compareRefund(stored *ledger.Refunded) {
	at, lines := refundRow(stored.Seq, stored.Line), a.model.refunds[stored.Seq]
	switch {
	case stored.Line < 0 || stored.Line >= len(lines) || lines[stored.Line].minor == 0:
		a.find(CodeRefundExtra, at, "nothing of this line was refunded")
		return
	case lines[stored.Line].seen:
		a.find(CodeRefundExtra, at, "another row is of the same line")
		return
	}
	lines[stored.Line].seen = true
	if want := lines[stored.Line].minor; stored.Minor != want {
		a.differ(CodeRefundDiffers, at.in("amount"), decimal(want), decimal(stored.Minor))
	}
}
