package school

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// sealing is where a book's checkpoints and the keys that sign them are. The
// keys are read anew for each checkpoint, so that a rotation by another process
// is obeyed at once.
type sealing struct {
	store seal.Store
	book  ledger.BookID
	dir   string
	now   func() time.Time
}

// SealKeyPath returns where the keys that sign a school's checkpoints are, in
// the data directory.
func SealKeyPath(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf("seal-keys-%d.json", number))
}

// ReadSealKeys reads the keys that sign a school's checkpoints. The public ones
// are for everybody, the rest for nobody.
func ReadSealKeys(dir string, number int) (*seal.Keys, error) {
	path := SealKeyPath(dir, number)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	keys, err := seal.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrKeyFile, err)
	}
	return keys, nil
}

func (s *sealing) path() string { return SealKeyPath(s.dir, int(s.book)) }

func (s *sealing) load() (*seal.Keys, error) { return ReadSealKeys(s.dir, int(s.book)) }

// save writes the file as a whole or not at all.
func (s *sealing) save(keys *seal.Keys, put func(from, to string) error) error {
	text, err := json.MarshalIndent(keys, "", " ")
	if err == nil {
		err = WriteDurably(s.path(), append(text, '\n'), put)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return nil
}

// generate makes the file's first key. Without an origin it is one that no other
// school has.
func (s *sealing) generate(origin string, old []string, put func(from, to string) error) (*seal.Keys, error) {
	if origin == "" {
		origin = fmt.Sprintf("campusledger/%s/books/%d", strings.ToLower(rand.Text()[:8]), s.book)
	}
	keys, err := seal.GenerateKeys(origin, s.now())
	if err != nil {
		return nil, err
	}
	for _, verifier := range slices.Backward(old) { // the first of them stands first
		if err := keys.Remember(verifier, s.now()); err != nil {
			return nil, err
		}
	}
	return keys, s.save(keys, put)
}

// locked calls do while no other process or goroutine uses the keys of the
// directory.
func (s *sealing) locked(ctx context.Context, do func() error) error {
	dir, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return whileLocked(ctx, dir, do)
}

// ensure makes the keys of a book that has no checkpoint yet, and holds those
// of one that has against its latest: keys that were lost must be found, not
// replaced.
func (s *sealing) ensure(ctx context.Context, origin string) error {
	return s.locked(ctx, func() error {
		latest, err := s.latest(ctx)
		if err != nil {
			return err
		}
		keys, err := s.load()
		switch {
		case err == nil && (latest == "" || signedByOneOf(keys, latest)):
			return nil
		case err == nil:
			return fmt.Errorf("%s: %w", s.path(), ErrSealKeys)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		case latest != "":
			return fmt.Errorf("%s is missing: %w", s.path(), ErrSealKeys)
		}
		_, err = s.generate(origin, nil, os.Link)
		return err
	})
}

// latest returns the text of the book's latest checkpoint, "" for none.
func (s *sealing) latest(ctx context.Context) (text string, err error) {
	head, err := s.store.Head(ctx, s.book)
	if errors.Is(err, ledger.ErrBookUnknown) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for _, after := range []int64{max(head.ClosedSeq-1, 0), 0} {
		for kept, err := range s.store.Seals(ctx, s.book, after) {
			if err != nil {
				return "", err
			}
			text = kept.Note
		}
		if text != "" {
			break
		}
	}
	return text, nil
}

// signedByOneOf reports whether a checkpoint names one of the keys as its
// signer. Whether the signature is right is for audits and verifiers.
func signedByOneOf(keys *seal.Keys, text string) bool {
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	if err != nil {
		return false
	}
	_, err = verifier.Checkpoint(text)
	var unknown *note.UnverifiedNoteError
	return !errors.As(err, &unknown)
}
