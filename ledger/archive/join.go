package archive

import (
	"context"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger/seal"
)

// Records yields the lines of archives that follow one another, from the first
// record of the first to the last of the last. A gap, an overlap, another book or
// another history is [ErrGap]. Each line is the caller's.
func Records(ctx context.Context, archives ...*Archive) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for i, a := range archives {
			if i > 0 {
				if err := follows(ctx, archives[i-1], a); err != nil {
					yield(nil, err)
					return
				}
			}
			for line, err := range a.Lines(ctx) {
				if !yield(line, err) || err != nil {
					return
				}
			}
		}
	}
}

// follows checks that an archive begins where the one before ends: with the next
// record, and with the same tree.
func follows(ctx context.Context, before, a *Archive) error {
	if a.manifest.Book != before.manifest.Book || a.manifest.First != before.manifest.Last+1 {
		return fmt.Errorf("%w: record %d of book %d after record %d of book %d",
			ErrGap, a.manifest.First, a.manifest.Book, before.manifest.Last, before.manifest.Book)
	}
	root, err := seal.NewProver(a, a.manifest.Book).Root(ctx, before.manifest.Last)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGap, err)
	}
	if root != before.manifest.Root {
		return fmt.Errorf("%w: the archive from record %d continues another journal", ErrGap, a.manifest.First)
	}
	return nil
}
