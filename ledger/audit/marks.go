package audit

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// mark is a checkpoint whose root is compared with the journal's on the way.
type mark struct {
	size            int64
	root            hash
	at              row
	differs, beyond Code
}

// readMarks reads the seals that the store keeps, and the checkpoints that the
// caller brought.
func (a *auditor) readMarks(ctx context.Context, options *Options) error {
	for i := range options.Checkpoints {
		a.outside(&options.Checkpoints[i], options.Verifier)
	}
	if a.rows != nil {
		if err := a.readSeals(ctx, options.Verifier); err != nil {
			return err
		}
	}
	slices.SortStableFunc(a.marks, func(x, y mark) int { return cmp.Compare(x.size, y.size) })
	return nil
}

func (a *auditor) readSeals(ctx context.Context, verifier *seal.Verifier) error {
	last := a.from
	for stored, err := range a.rows.Seals(ctx, a.book, a.from) {
		if errors.Is(err, ledger.ErrCorrupt) {
			a.find(CodeSealUnreadable, row{table: "seal", key: "after seq=" + decimal(last)}, "cannot be read, and neither can what follows: %v", err)
			return nil
		}
		if err != nil {
			return err
		}
		last = stored.Seq
		a.report.Seals++
		at := row{table: "seal", key: "seq=" + decimal(stored.Seq)}
		a.sealed[stored.Seq] = true
		checkpoint, err := seal.ParseCheckpoint(stored.Note)
		if err != nil {
			a.find(CodeSealUnreadable, at.in("note"), "%v", err)
			continue
		}
		if checkpoint.Size != stored.Seq {
			a.differ(CodeSealDiffers, at.in("seq"), decimal(checkpoint.Size), decimal(stored.Seq))
		}
		if verifier != nil {
			if _, err := verifier.Checkpoint(stored.Note); err != nil {
				a.find(CodeSealSignature, at.in("note"), "%v", err)
			}
		}
		a.marks = append(a.marks, mark{checkpoint.Size, checkpoint.Root, at.in("note"), CodeSealDiffers, CodeSealBeyond})
	}
	return nil
}

// outside takes a checkpoint that somebody else kept.
func (a *auditor) outside(c *seal.Checkpoint, verifier *seal.Verifier) {
	at := row{table: "checkpoint", key: "origin=" + c.Origin + " size=" + decimal(c.Size)}
	if verifier != nil && c.Note != "" {
		signed, err := verifier.Checkpoint(c.Note)
		if err != nil || signed.Size != c.Size || signed.Root != c.Root {
			a.find(CodeCheckpointSignature, at, "no key that is trusted has signed it: %v", err)
		}
	}
	a.marks = append(a.marks, mark{c.Size, c.Root, at, CodeCheckpointDiffers, CodeCheckpointBeyond})
}

// reach compares the checkpoints of the size that the tree has now.
func (a *auditor) reach() {
	for len(a.marks) > 0 && a.marks[0].size <= a.model.seq {
		m := &a.marks[0]
		if root := a.model.tree.root(); m.size != a.model.seq || root != m.root {
			a.findPair(m.differs, m.at, hexOf(root[:]), hexOf(m.root[:]),
				"the first "+decimal(m.size)+" records are not those that it was made of: the journal was rewritten since")
		}
		a.marks = a.marks[1:]
	}
}

// compareMarks reports what is left: checkpoints of more records than there are.
func (a *auditor) compareMarks() {
	for _, m := range a.marks {
		a.find(m.beyond, m.at, "is of %d records, but the journal has %d: records were taken off its end", m.size, a.model.seq)
	}
}

// compareSealed reports the day closes in force that have no seal.
func (a *auditor) compareSealed() {
	for _, c := range a.model.closes {
		if c.seq > a.from && !a.sealed[c.seq] {
			a.find(CodeSealMissing, row{table: "seal", key: "seq=" + decimal(c.seq)}, "is missing: a day close has none")
		}
	}
}
