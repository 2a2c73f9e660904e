package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	origin          string // "" for a seal
}

// doubt says what else than a rewritten journal there may be.
func (a *auditor) doubt(m *mark) string {
	switch {
	case m.origin == "":
		return "the journal was rewritten since, or the seal was changed"
	case a.origin != "" && m.origin != a.origin:
		return "it is of " + m.origin + ", and the seals here are of " + a.origin
	}
	return "the journal was rewritten since, or it is of another journal"
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
	a.sortMarks()
	return nil
}

func (a *auditor) sortMarks() {
	slices.SortStableFunc(a.marks, func(x, y mark) int { return cmp.Compare(x.size, y.size) })
}

// outside takes a checkpoint that somebody else kept.
func (a *auditor) outside(c *seal.Checkpoint, verifier *seal.Verifier) {
	at := row{table: "checkpoint", key: "origin=" + c.Origin + " size=" + decimal(c.Size)}
	if verifier != nil && c.Note != "" {
		signed, err := verifier.Checkpoint(c.Note)
		if err != nil || signed.Size != c.Size || signed.Root != c.Root {
			a.find(CodeCheckpointSignature, at, "was signed by no key that is trusted, and is not compared: %v", err)
			return
		}
		a.report.Signatures++
	}
	a.report.Checkpoints++
	a.marks = append(a.marks, mark{c.Size, c.Root, at, CodeCheckpointDiffers, CodeCheckpointBeyond, c.Origin})
}

// reach compares the checkpoints of the size that the tree has now.
func (a *auditor) reach() {
	for len(a.marks) > 0 && a.marks[0].size <= a.model.seq {
		m := &a.marks[0]
		if root := a.model.tree.root(); m.size != a.model.seq || root != m.root {
			a.findPair(m.differs, m.at, hexOf(root[:]), hexOf(m.root[:]),
				"the first "+decimal(m.size)+" records are not those that it was made of: "+a.doubt(m))
		}
		a.marks = a.marks[1:]
	}
}

// reachEarlier compares the checkpoints of less than what was read by an earlier
// run, or by this one: what was read must continue them, as the stored hashes
// between the two prove.
func (a *auditor) reachEarlier(ctx context.Context, rows ledger.Rows) error {
	read := seal.Checkpoint{Size: a.model.tree.size, Root: a.model.tree.root()}
	for len(a.marks) > 0 && a.marks[0].size < read.Size {
		m := &a.marks[0]
		if rows == nil {
			return fmt.Errorf("%w: a checkpoint of %d records lies before its %d", ErrState, m.size, read.Size)
		}
		err := a.continues(ctx, rows, m, read)
		switch {
		case errors.Is(err, seal.ErrProof), errors.Is(err, ledger.ErrCorrupt):
			a.find(m.differs, m.at, "the first %d records are not those that it was made of, or the hashes up to %d were changed: audit from the beginning", m.size, read.Size)
		case err != nil:
			return err
		}
		a.marks = a.marks[1:]
	}
	return nil
}

func (a *auditor) continues(ctx context.Context, rows ledger.Rows, m *mark, read seal.Checkpoint) error {
	if m.size == 0 && m.root != new(spine).root() { // every journal continues an empty one
		return seal.ErrProof
	}
	return seal.NewProver(rows, a.book).Continues(ctx, seal.Checkpoint{Size: m.size, Root: m.root}, read)
}

// compareMarks reports what is left: checkpoints of more records than there are.
func (a *auditor) compareMarks() {
	for _, m := range a.marks {
		a.find(m.beyond, m.at, "is of %d records, but the journal has %d: records were taken off its end", m.size, a.model.seq)
	}
}
