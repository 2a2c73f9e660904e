package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/seal"
)

type archiveVerifyCmd struct {
	trusted
	Files []string `arg:"" help:"Archives of one book; several follow one another." type:"existingfile"`
}

// Run verifies archives offline: it needs no school, no data and no network.
func (c *archiveVerifyCmd) Run(ctx context.Context, s streams) error {
	verifier, err := c.verifier(nil)
	if err != nil {
		return err
	}
	for _, file := range c.Files {
		words, err := verifyArchive(ctx, file, verifier)
		if err != nil {
			return refusedArchive(s, err)
		}
		if _, err := fmt.Fprintf(s.out, "%s: VERIFIED: %s", file, words); err != nil {
			return err
		}
	}
	if len(c.Files) == 1 {
		return nil
	}
	err = joined(ctx, c.Files, func([]byte) error { return nil })
	if err != nil {
		return refusedArchive(s, err)
	}
	_, err = fmt.Fprintln(s.out, "They follow one another.")
	return err
}

// verifyArchive checks an archive and says what is in it.
func verifyArchive(ctx context.Context, file string, verifier *seal.Verifier) (string, error) {
	a, err := archive.Open(ctx, file)
	if err != nil {
		return "", err
	}
	defer func() { _ = a.Close() }()
	v, err := a.Verify(ctx, verifier)
	if err != nil {
		return "", err
	}
	m := a.Manifest()
	return fmt.Sprintf("book %d %s, records %d to %d, up to the close of %s.\n"+
		"It has the balances of %d closed dates and %d signed checkpoints of %s. Root %x\n",
		m.Book, m.Name, m.First, m.Last, m.Until, v.Closes, v.Checkpoints, v.Last.Origin, m.Root), nil
}

// refusedArchive ends a command on an archive that is not what it should be. Of
// one that could not be read nothing is known.
func refusedArchive(s streams, err error) error {
	if _, unread := errors.AsType[*fs.PathError](err); unread {
		return err
	}
	for _, fault := range archiveFaults {
		if errors.Is(err, fault) {
			return notProven(s, err)
		}
	}
	return err
}

// joined calls do with each line of archives that follow one another.
func joined(ctx context.Context, files []string, do func(line []byte) error) error {
	archives, err := openArchives(ctx, files)
	defer func() { _ = closeArchives(archives) }()
	if err != nil {
		return err
	}
	for line, err := range archive.Records(ctx, archives...) {
		if err == nil {
			err = do(line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openArchives returns those that it could open also with an error.
func openArchives(ctx context.Context, files []string) ([]*archive.Archive, error) {
	archives := make([]*archive.Archive, 0, len(files))
	for _, file := range files {
		a, err := archive.Open(ctx, file)
		if err != nil {
			return archives, err
		}
		archives = append(archives, a)
	}
	return archives, nil
}

func closeArchives(archives []*archive.Archive) error {
	var errs []error
	for _, a := range archives {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

type archiveJournalCmd struct {
	output
	Files []string `arg:"" help:"Archives that follow one another, in their order." type:"existingfile"`
}

// Run writes the records' canonical bytes, one a line. It needs no school.
func (c *archiveJournalCmd) Run(ctx context.Context, s streams) error {
	err := c.write(s, func(w io.Writer) error {
		return joined(ctx, c.Files, func(line []byte) error {
			if _, err := w.Write(line); err != nil {
				return err
			}
			_, err := w.Write([]byte{'\n'})
			return err
		})
	})
	return refusedArchive(s, err)
}
