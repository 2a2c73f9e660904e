package school

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// DayClosed is what [School.CloseDay] did.
type DayClosed struct {
	ledger.Receipt
	// Unsealed is why no checkpoint was signed, nil if one was. The close
	// stands all the same; [School.Tend] and the next opening sign what is
	// left.
	Unsealed error
}

// CloseDay closes the open business date as [ledger.Book.CloseDay] does, and
// signs a checkpoint of the journal up to the close.
func (s *School) CloseDay(ctx context.Context, c ledger.DayClose) (DayClosed, error) {
	receipt, err := s.Book.CloseDay(ctx, c)
	if err != nil {
		return DayClosed{}, err
	}
	return DayClosed{Receipt: receipt, Unsealed: s.sealCloses(ctx)}, nil
}

// sealCloses signs a checkpoint for each close that stands and has none.
func (s *School) sealCloses(ctx context.Context) error {
	return s.sealing.with(ctx, func(sealer *seal.Sealer) error {
		_, err := sealer.SealCloses(ctx)
		return err
	})
}

// Seal signs a checkpoint of the journal as it stands, and keeps it: see
// [seal.Sealer.Seal].
func (s *School) Seal(ctx context.Context) (checkpoint seal.Checkpoint, err error) {
	err = s.sealing.with(ctx, func(sealer *seal.Sealer) error {
		checkpoint, err = sealer.Seal(ctx)
		return err
	})
	return checkpoint, err
}

// Cosign keeps what witnesses have added to the checkpoint of a size: see
// [seal.Sealer.Cosign].
func (s *School) Cosign(ctx context.Context, size int64, signatures string) (checkpoint seal.Checkpoint, err error) {
	err = s.sealing.with(ctx, func(sealer *seal.Sealer) error {
		checkpoint, err = sealer.Cosign(ctx, size, signatures)
		return err
	})
	return checkpoint, err
}

// Checkpoint returns the latest checkpoint that is kept, or [seal.ErrNotSealed].
func (s *School) Checkpoint(ctx context.Context) (seal.Checkpoint, error) {
	text, err := s.sealing.latest(ctx)
	if err == nil && text == "" {
		err = seal.ErrNotSealed
	}
	if err != nil {
		return seal.Checkpoint{}, fmt.Errorf("latest checkpoint: %w", err)
	}
	return seal.ParseCheckpoint(text)
}

// Prover returns a prover of the school's book.
func (s *School) Prover() *seal.Prover { return seal.NewProver(s.sealing.store, s.sealing.book) }

// with calls do with a sealer while nobody else uses the keys.
func (s *sealing) with(ctx context.Context, do func(*seal.Sealer) error) error {
	return s.locked(ctx, func() error {
		keys, err := s.load()
		if err != nil {
			return err
		}
		sealer, err := seal.NewSealer(s.store, s.book, keys)
		if err != nil {
			return err
		}
		return do(sealer)
	})
}
