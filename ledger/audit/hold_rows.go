package audit

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// compareHolds compares every hold's row with the journal. Behind one that
// cannot be read, the journal says which it should be.
func (a *auditor) compareHolds(ctx context.Context) error {
	for after := int64(math.MinInt64); ; {
		last, problem, err := a.holdsAfter(ctx, after)
		if err != nil {
			return err
		}
		if problem == nil {
			break
		}
		i, _ := slices.BinarySearchFunc(a.model.ordered, last+1, bySeq)
		if i == len(a.model.ordered) {
			at := holdRow(last, "")
			at.key = "after " + at.key
			a.find(CodeHoldUnreadable, at, "cannot be read, and neither can what follows: %v", problem)
			break
		}
		damaged := a.model.ordered[i]
		a.find(CodeHoldUnreadable, holdRow(damaged.seq, ""), "%v", problem)
		damaged.seen, after = true, damaged.seq
	}
	for _, h := range a.model.ordered {
		if !h.seen {
			a.find(CodeHoldMissing, holdRow(h.seq, ""), "is missing")
		}
	}
	return nil
}

func bySeq(h *hold, seq int64) int { return cmp.Compare(h.seq, seq) }

// holdsAfter compares the rows after a position up to the end or to one that
// cannot be read. It returns the last position read and why reading stopped.
func (a *auditor) holdsAfter(ctx context.Context, after int64) (last int64, problem, err error) {
	for stored, err := range a.state.Holds(ctx, a.book, ledger.HoldQuery{After: after}) {
		if errors.Is(err, ledger.ErrCorrupt) {
			return after, err, nil
		}
		if err != nil {
			return after, nil, err
		}
		after = stored.Seq
		a.compareHold(&stored)
	}
	return after, nil, nil
}

func (a *auditor) compareHold(stored *ledger.StoredHold) {
	i, ok := slices.BinarySearchFunc(a.model.ordered, stored.Seq, bySeq)
	if !ok {
		a.find(CodeHoldExtra, holdRow(stored.Seq, ""), "no record at this position authorized a hold")
		return
	}
	h := a.model.ordered[i]
	if h.seen {
		a.find(CodeHoldExtra, holdRow(stored.Seq, ""), "another row has this position")
		return
	}
	h.seen = true
	want := holdCells(&ledger.StoredHold{ID: h.id, State: h.state, Expires: h.expires, Captured: h.captured, LastSeq: h.lastSeq})
	for i, got := range holdCells(stored) {
		if want[i].text != got.text {
			a.differ(CodeHoldDiffers, holdRow(stored.Seq, got.column), want[i].text, got.text)
		}
	}
}

// holdCells returns what stands in a hold's row.
func holdCells(h *ledger.StoredHold) []cell {
	expires := "null"
	if !h.Expires.IsZero() {
		expires = timeText(h.Expires)
	}
	captured := make([]string, len(h.Captured))
	for i, minor := range h.Captured {
		captured[i] = decimal(minor)
	}
	return []cell{
		{"id", h.ID.String()}, {"state", string(h.State)}, {"expires", expires},
		{"captured", "[" + strings.Join(captured, ",") + "]"}, {"last_seq", decimal(h.LastSeq)},
	}
}
