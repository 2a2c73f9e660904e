package audit

import (
	"context"
	"errors"
	"math"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// readSeals reads all seals, also those up to where an earlier run ended: they are
// few.
func (a *auditor) readSeals(ctx context.Context, verifier *seal.Verifier) error {
	last := int64(math.MinInt64)
	for stored, err := range a.rows.Seals(ctx, a.book, last) {
		if errors.Is(err, ledger.ErrCorrupt) {
			a.unreadableSeal(last, err)
			return nil
		}
		if err != nil {
			return err
		}
		last = stored.Seq
		a.report.Seals++
		a.readSeal(&stored, verifier)
	}
	return nil
}

func (a *auditor) unreadableSeal(after int64, problem error) {
	key := "the first"
	if after != math.MinInt64 {
		key = "after seq=" + decimal(after)
	}
	a.find(CodeSealUnreadable, row{table: "seal", key: key}, "cannot be read, and neither can what follows: %v", problem)
}

// readSeal checks a seal but for its root, which is yet to be reached.
func (a *auditor) readSeal(stored *ledger.Seal, verifier *seal.Verifier) {
	at := row{table: "seal", key: "seq=" + decimal(stored.Seq)}
	a.sealed[stored.Seq] = true
	checkpoint, err := seal.ParseCheckpoint(stored.Note)
	if err != nil {
		a.find(CodeSealUnreadable, at.in("note"), "%v", err)
		return
	}
	if checkpoint.Size != stored.Seq {
		a.differ(CodeSealDiffers, at.in("seq"), decimal(checkpoint.Size), decimal(stored.Seq))
	}
	if verifier != nil {
		if _, err := verifier.Checkpoint(stored.Note); err != nil {
			a.find(CodeSealSignature, at.in("note"), "%v", err)
		} else {
			a.report.Signatures++
		}
	}
	a.origin = checkpoint.Origin
	a.marks = append(a.marks, mark{size: checkpoint.Size, root: checkpoint.Root, at: at.in("note"), differs: CodeSealDiffers, beyond: CodeSealBeyond})
}

// compareSealed reports the day closes in force that have no seal. Those that seem
// to have none are looked for once more, in the store as it is by now: a close is
// sealed a moment after it is made.
func (a *auditor) compareSealed(ctx context.Context, verifier *seal.Verifier) error {
	if a.store != nil && len(a.unsealed()) > 0 {
		if err := a.readSealsNow(ctx, verifier); err != nil {
			return err
		}
	}
	for _, seq := range a.unsealed() {
		a.find(CodeSealMissing, row{table: "seal", key: "seq=" + decimal(seq)}, "is missing: a day close has none")
	}
	return nil
}

// unsealed returns the positions of the day closes in force without a seal.
func (a *auditor) unsealed() (positions []int64) {
	for _, c := range a.model.closes {
		if !a.sealed[c.seq] {
			positions = append(positions, c.seq)
		}
	}
	return positions
}

// readSealsNow checks the seals of closes that had none when the run began.
func (a *auditor) readSealsNow(ctx context.Context, verifier *seal.Verifier) (err error) {
	view, err := a.store.View(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	rows, ok := view.(ledger.Rows)
	if !ok {
		return nil
	}
	missing := map[int64]bool{}
	for _, seq := range a.unsealed() {
		missing[seq] = true
	}
	a.marks = nil // what is left of them was reported
	for stored, err := range rows.Seals(ctx, a.book, math.MinInt64) {
		if errors.Is(err, ledger.ErrCorrupt) {
			break // what cannot be read by now was not there, or was reported
		}
		if err != nil {
			return err
		}
		if missing[stored.Seq] {
			a.report.Seals++
			a.readSeal(&stored, verifier)
		}
	}
	a.sortMarks()
	if err := a.reachEarlier(ctx, rows); err != nil {
		return err
	}
	a.reach() // one of all that was read
	a.compareMarks()
	return nil
}
