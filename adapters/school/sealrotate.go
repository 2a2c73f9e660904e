package school

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// RotateSealKeys makes a new key for checkpoints, signs the journal as it stands
// with it and the earlier key, so that whoever trusts that one learns to trust
// the new, and then erases the earlier private half from the file; copies of the
// file are the caller's to destroy. It returns that checkpoint. Cut off anywhere
// and called again it goes on with the same new key.
func (s *School) RotateSealKeys(ctx context.Context) (handover seal.Checkpoint, err error) {
	err = s.sealing.locked(ctx, func() error {
		handover, err = s.sealing.rotate(ctx)
		return err
	})
	if err != nil {
		return seal.Checkpoint{}, fmt.Errorf("rotate the seal keys: %w", err)
	}
	return handover, nil
}

func (s *sealing) rotate(ctx context.Context) (seal.Checkpoint, error) {
	keys, err := s.load()
	if err != nil {
		return seal.Checkpoint{}, err
	}
	if privateHalves(keys) < 2 { // else a rotation was cut off
		if err := keys.Rotate(s.now()); err != nil {
			return seal.Checkpoint{}, err
		}
		if err := s.save(keys, os.Rename); err != nil {
			return seal.Checkpoint{}, err
		}
	}
	handover, err := s.seal(ctx, keys)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	keys.Retire(s.now())
	return handover, s.save(keys, os.Rename)
}

func privateHalves(keys *seal.Keys) (n int) {
	for i := range keys.Keys {
		if keys.Keys[i].Signer != "" {
			n++
		}
	}
	return n
}

func (s *sealing) seal(ctx context.Context, keys *seal.Keys) (seal.Checkpoint, error) {
	sealer, err := seal.NewSealer(s.store, s.book, keys)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	return sealer.Seal(ctx)
}

// SealKeyOptions tune [GenerateSealKeys]. The zero value of each field is its
// default.
type SealKeyOptions struct {
	// Origin names the journal in its checkpoints: see [seal.GenerateKeys].
	// Default: that of the checkpoints kept, else one that no other school has.
	Origin string
	// Lost gives up the key that the book was sealed with so far: its file
	// cannot be found. Nothing hands over from that key to the new one, so
	// whoever trusted it must be given the new one by hand. Default: false.
	Lost bool
	// Old are public keys that the book was sealed with, for Lost: without
	// them what they have signed cannot be verified with the school's keys, and
	// an audit says so. Default: none.
	Old []string
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// GenerateSealKeys makes the keys that a school's checkpoints are signed with,
// in place of those there are as long as they have signed nothing. A book that
// is sealed wants [School.RotateSealKeys] ([ErrSealed]) or, without its keys,
// [SealKeyOptions.Lost]; it is then sealed at once.
func GenerateSealKeys(ctx context.Context, where Location, number int, options *SealKeyOptions) (*seal.Keys, error) {
	var o SealKeyOptions
	if options != nil {
		o = *options
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	data, err := where.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("generate seal keys: %w", err)
	}
	s := &sealing{store: data.store, book: ledger.BookID(number), dir: where.Dir, now: o.Now}
	var keys *seal.Keys
	err = s.locked(ctx, func() error {
		keys, err = s.replace(ctx, o)
		return err
	})
	if err = errors.Join(err, data.Close()); err != nil {
		return nil, fmt.Errorf("generate seal keys: %w", err)
	}
	return keys, nil
}

func (s *sealing) replace(ctx context.Context, o SealKeyOptions) (*seal.Keys, error) {
	latest, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	if latest == "" {
		return s.generate(o.Origin, nil, os.Rename)
	}
	keys, err := s.load()
	switch {
	case err == nil && signedByOneOf(keys, latest):
		return nil, ErrSealed
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case !o.Lost:
		return nil, fmt.Errorf("%s: %w", s.path(), ErrSealKeys)
	case err != nil: // else the file is what an earlier call has made
		if keys, err = s.generateAfter(latest, o); err != nil {
			return nil, err
		}
	}
	_, err = s.seal(ctx, keys) // from now on the latest is signed by a key that is there
	return keys, err
}

// generateAfter makes keys in place of lost ones. The journal keeps its name, in
// which its records are sealed already.
func (s *sealing) generateAfter(latest string, o SealKeyOptions) (*seal.Keys, error) {
	checkpoint, err := seal.ParseCheckpoint(latest)
	if err != nil {
		return nil, err
	}
	if o.Origin != "" && o.Origin != checkpoint.Origin {
		return nil, &ledger.InvalidError{Field: "origin", Problem: fmt.Sprintf("the book is sealed as %s already", checkpoint.Origin)}
	}
	return s.generate(checkpoint.Origin, o.Old, os.Link)
}
