package seal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/campusledger/campusledger/ledger"
)

// Store is where a sealer reads a book and keeps its checkpoints: the stores of
// package ledger are.
type Store interface {
	ledger.Reader
	ledger.Seals
}

// Sealer signs checkpoints of one book and keeps them in its store.
type Sealer struct {
	store   Store
	book    ledger.BookID
	prover  *Prover
	signers []note.Signer // the newest last
}

// NewSealer returns a sealer that signs with every private key of the ring:
// after a rotation with the earlier one too, until that is retired.
func NewSealer(store Store, book ledger.BookID, keys *Keys) (*Sealer, error) {
	signers, err := keys.signers()
	if err != nil {
		return nil, fmt.Errorf("seal book %d: %w", book, err)
	}
	return &Sealer{store: store, book: book, prover: NewProver(store, book), signers: signers}, nil
}

// Seal signs a checkpoint of the journal as it stands, and keeps it. The same
// journal sealed again with the same keys is the same checkpoint; signatures of
// other keys that were kept with it, such as witnesses', stay.
func (s *Sealer) Seal(ctx context.Context) (Checkpoint, error) {
	head, err := s.store.Head(ctx, s.book)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("seal book %d: %w", s.book, err)
	}
	if head.Seq == 0 {
		return Checkpoint{}, fmt.Errorf("seal book %d: it has no records: %w", s.book, ledger.ErrBookUnknown)
	}
	return s.seal(ctx, head.Seq)
}

// SealCloses signs a checkpoint for each day close that stands and has none,
// from the latest back to the last one that has, and returns how many there
// were. It is to be called after each close; what a crash left out is done the
// next time.
func (s *Sealer) SealCloses(ctx context.Context) (int, error) {
	head, err := s.store.Head(ctx, s.book)
	if err != nil {
		return 0, fmt.Errorf("seal the closes of book %d: %w", s.book, err)
	}
	var closes []int64
	for seq := head.ClosedSeq; seq > 0; {
		_, err := s.kept(ctx, seq)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrNotSealed) {
			return 0, fmt.Errorf("seal the closes of book %d: %w", s.book, err)
		}
		closes = append(closes, seq)
		if seq, err = s.closeBefore(ctx, seq); err != nil {
			return 0, fmt.Errorf("seal the closes of book %d: %w", s.book, err)
		}
	}
	for i := len(closes) - 1; i >= 0; i-- { // so that the latest is sealed last
		if _, err := s.seal(ctx, closes[i]); err != nil {
			return len(closes) - 1 - i, err
		}
	}
	return len(closes), nil
}

// seal signs a checkpoint of a size and keeps it, beside signatures that others
// gave the same one meanwhile.
func (s *Sealer) seal(ctx context.Context, size int64) (Checkpoint, error) {
	root, err := s.prover.Root(ctx, size)
	if err != nil {
		return Checkpoint{}, err
	}
	newest := len(s.signers) - 1
	signers := append([]note.Signer{s.signers[newest]}, s.signers[:newest]...)
	checkpoint, err := sign(size, root, signers...)
	if err != nil {
		return Checkpoint{}, err
	}
	checkpoint.Note, err = s.put(ctx, size, func(kept string) (string, error) {
		if kept == "" {
			return checkpoint.Note, nil
		}
		return merge(checkpoint.Note, kept, false)
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("seal book %d at %d: %w", s.book, size, err)
	}
	return checkpoint, nil
}

// conflictsMax is how often a seal that somebody else kept first is tried again.
const conflictsMax = 16

// put keeps the note that change makes of the one that is kept, "" for none.
// What others keep at the same time is not lost.
func (s *Sealer) put(ctx context.Context, size int64, change func(kept string) (string, error)) (string, error) {
	for range conflictsMax {
		earlier, err := s.kept(ctx, size)
		if err != nil && !errors.Is(err, ErrNotSealed) {
			return "", err // what is damaged stays for the audit to find
		}
		changed, err := change(earlier.Note)
		if err != nil || changed == earlier.Note {
			return changed, err
		}
		err = s.store.PutSeal(ctx, s.book, ledger.Seal{Seq: size, Note: changed}, earlier.Note)
		if !errors.Is(err, ledger.ErrConflict) {
			return changed, err
		}
	}
	return "", ledger.ErrConflict
}

// kept returns the checkpoint of a size that the store has, [ErrNotSealed] for
// none. One that does not say so itself is damaged.
func (s *Sealer) kept(ctx context.Context, size int64) (Checkpoint, error) {
	for kept, err := range s.store.Seals(ctx, s.book, size-1) {
		if err != nil {
			return Checkpoint{}, err
		}
		if kept.Seq != size {
			break
		}
		checkpoint, err := ParseCheckpoint(kept.Note)
		if err == nil && checkpoint.Size != size {
			err = fmt.Errorf("it is of %d records", checkpoint.Size)
		}
		if err != nil {
			return Checkpoint{}, fmt.Errorf("seal of %d records: %w: %w", size, ledger.ErrCorrupt, err)
		}
		return checkpoint, nil
	}
	return Checkpoint{}, ErrNotSealed
}

// closeBefore returns the position of the close before a close, 0 for none.
func (s *Sealer) closeBefore(ctx context.Context, seq int64) (int64, error) {
	for stored, err := range s.store.Records(ctx, s.book, ledger.RecordQuery{After: seq - 1, Limit: 1}) {
		if err != nil {
			return 0, err
		}
		record, err := ledger.ParseRecord(stored.Body)
		if err == nil && record.Prev >= seq { // it would go round and round
			err = fmt.Errorf("record %d: %w: it takes the place of %d", seq, ledger.ErrCorrupt, record.Prev)
		}
		return record.Prev, err
	}
	return 0, fmt.Errorf("record %d: %w", seq, ledger.ErrCorrupt)
}

// signaturesMax leaves room in a note, which holds a hundred, for keys to come.
const signaturesMax = 64

// Cosign keeps what witnesses have added to a checkpoint that is kept: its
// signature lines, or the whole checkpoint with them. Nothing is checked but the
// form: whoever relies on a witness verifies its signature. A later line of a
// witness's key takes the place of an earlier one, so that a false line can be
// mended; the journal's own stay.
func (s *Sealer) Cosign(ctx context.Context, size int64, signatures string) (Checkpoint, error) {
	var checkpoint Checkpoint
	_, err := s.put(ctx, size, func(kept string) (string, error) {
		if kept == "" {
			return "", ErrNotSealed
		}
		merged, err := merge(kept, signatures, true)
		if err != nil {
			return "", err
		}
		if n := strings.Count(merged, "\n"+signaturePrefix); n > signaturesMax {
			return "", fmt.Errorf("%w: %d signatures, at most %d are kept", ErrFormat, n, signaturesMax)
		}
		checkpoint, err = ParseCheckpoint(merged)
		return merged, err
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("cosign book %d at %d: %w", s.book, size, err)
	}
	return checkpoint, nil
}
