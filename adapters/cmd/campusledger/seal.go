package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

type sealCmd struct{ place }

// Run signs a checkpoint of the journal as it stands and prints it.
func (c *sealCmd) Run(ctx context.Context, s streams) error {
	if err := c.exists(); err != nil {
		return err
	}
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return inUse(err, insteadOfSeal)
	}
	defer func() { _ = opened.Close() }()
	checkpoint, err := opened.Seal(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.err, "Sealed the first %d records of %s.\n", checkpoint.Size, checkpoint.Origin)
	_, err = fmt.Fprint(s.out, checkpoint.Note)
	return err
}

type checkpointCmd struct {
	place
	At   int64 `help:"Print the first checkpoint that covers this record. Default: the latest."`
	List bool  `help:"List all checkpoints that are kept: size, root and who signed."`
}

// Validate is called by kong.
func (c *checkpointCmd) Validate() error {
	if c.At < 0 {
		return fmt.Errorf("--at %d: want the position of a record", c.At)
	}
	return c.place.Validate()
}

// Run prints checkpoints that are kept. It signs nothing and needs no lock, so
// it runs beside a server.
func (c *checkpointCmd) Run(ctx context.Context, s streams) error {
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	if c.List {
		return c.list(ctx, s, store)
	}
	checkpoint, err := keptCheckpoint(ctx, store, ledger.BookID(c.School), c.At)
	if errors.Is(err, seal.ErrNotSealed) {
		return notProven(s, err)
	}
	if err == nil {
		_, err = fmt.Fprint(s.out, checkpoint.Note)
	}
	return err
}

func (c *checkpointCmd) list(ctx context.Context, s streams, store school.Ledger) error {
	for kept, err := range store.Seals(ctx, ledger.BookID(c.School), 0) {
		if err != nil {
			return err
		}
		checkpoint, err := seal.ParseCheckpoint(kept.Note)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(s.out, "%9d  %x  %s\n", checkpoint.Size, checkpoint.Root, strings.Join(signersOf(&checkpoint), " ")); err != nil {
			return err
		}
	}
	return nil
}

// signersOf returns the names in a checkpoint's signature lines.
func signersOf(checkpoint *seal.Checkpoint) (names []string) {
	_, signatures, _ := strings.Cut(checkpoint.Note, "\n\n")
	for line := range strings.Lines(signatures) {
		if cells := strings.Fields(line); len(cells) > 1 {
			names = append(names, cells[1])
		}
	}
	return names
}

// keptCheckpoint returns the first checkpoint that covers the record at a
// position, or for 0 the latest.
func keptCheckpoint(ctx context.Context, store school.Ledger, book ledger.BookID, at int64) (seal.Checkpoint, error) {
	text := ""
	for kept, err := range store.Seals(ctx, book, max(at-1, 0)) {
		if err != nil {
			return seal.Checkpoint{}, err
		}
		text = kept.Note
		if at > 0 {
			break
		}
	}
	if text == "" {
		return seal.Checkpoint{}, fmt.Errorf("checkpoint of book %d: %w", book, seal.ErrNotSealed)
	}
	return seal.ParseCheckpoint(text)
}

type cosignCmd struct {
	place
	File string `arg:"" help:"What a witness gave: the checkpoint with its signature, or with --at the signature lines alone; - for standard input."`
	At   int64  `help:"Size of the checkpoint that signature lines are of."`
}

// Run keeps a witness's signature with the checkpoint in the book.
func (c *cosignCmd) Run(ctx context.Context, s streams) error {
	text, err := readFile(c.File)
	if err != nil {
		return err
	}
	size := c.At
	if size == 0 {
		checkpoint, err := seal.ParseCheckpoint(string(text))
		if err != nil {
			return fmt.Errorf("%s: without --at it must be a whole checkpoint: %w", c.File, err)
		}
		size = checkpoint.Size
	}
	if err := c.exists(); err != nil {
		return err
	}
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return inUse(err, insteadOfCosign)
	}
	defer func() { _ = opened.Close() }()
	checkpoint, err := opened.Cosign(ctx, size, string(text))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "The checkpoint of %d records is kept with the signatures of %s.\n",
		checkpoint.Size, strings.Join(signersOf(&checkpoint), ", "))
	return err
}

// readFile reads a file, or standard input for "-".
func readFile(path string) ([]byte, error) {
	if path == "-" {
		path = os.Stdin.Name()
	}
	return os.ReadFile(path)
}

// notProven says why something is not proven, and ends the command so.
func notProven(s streams, why error) error {
	_, err := fmt.Fprintf(s.err, "Not proven: %v\n", why)
	return errors.Join(err, errFindings)
}
