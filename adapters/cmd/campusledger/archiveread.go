package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/seal"
)

type archiveVerifyCmd struct {
	trusted
	Files []string `arg:"" help:"Archives of one book; several follow one another." type:"existingfile"`
	JSON  bool     `name:"json" help:"Print what was verified as one JSON array; nothing if it is not whole and signed."`
}

// Run verifies archives offline: it needs no school, no data and no network.
func (c *archiveVerifyCmd) Run(ctx context.Context, s streams) error {
	verifier, err := c.verifier(nil)
	if err != nil {
		return err
	}
	verified := make([]verifiedArchive, len(c.Files))
	for i, file := range c.Files {
		if verified[i], err = verifyArchive(ctx, file, verifier); err != nil {
			return refusedArchive(s, err)
		}
		if c.JSON {
			continue
		}
		if _, err := fmt.Fprintf(s.out, "%s: VERIFIED: %s", file, verified[i].words()); err != nil {
			return err
		}
	}
	if len(c.Files) > 1 {
		if err := joined(ctx, c.Files, func([]byte) error { return nil }); err != nil {
			return refusedArchive(s, err)
		}
	}
	switch {
	case c.JSON:
		return json.NewEncoder(s.out).Encode(verified)
	case len(c.Files) > 1:
		_, err = fmt.Fprintln(s.out, "They follow one another.")
	}
	return err
}

// verifiedArchive is what is in an archive that is whole and signed.
type verifiedArchive struct {
	File        string        `json:"file"`
	Book        ledger.BookID `json:"book"`
	Name        string        `json:"name"`
	First       int64         `json:"first"`
	Last        int64         `json:"last"`
	Until       ledger.Date   `json:"until"`
	Closes      int64         `json:"closes"`
	Checkpoints int64         `json:"checkpoints"`
	Origin      string        `json:"origin"`
	Root        string        `json:"root"`
}

func (v *verifiedArchive) words() string {
	return fmt.Sprintf("book %d %s, records %d to %d, up to the close of %s.\nIt has the balances of %s and %s of %s. Root %s\n",
		v.Book, v.Name, v.First, v.Last, v.Until, counted(v.Closes, "closed date"), counted(v.Checkpoints, "signed checkpoint"), v.Origin, v.Root)
}

// verifyArchive checks an archive and says what is in it.
func verifyArchive(ctx context.Context, file string, verifier *seal.Verifier) (verifiedArchive, error) {
	a, err := archive.Open(ctx, file)
	if err != nil {
		return verifiedArchive{}, err
	}
	defer func() { _ = a.Close() }()
	v, err := a.Verify(ctx, verifier)
	if err != nil {
		return verifiedArchive{}, err
	}
	m := a.Manifest()
	return verifiedArchive{
		File: file, Book: m.Book, Name: m.Name, First: m.First, Last: m.Last, Until: m.Until,
		Closes: v.Closes, Checkpoints: v.Checkpoints, Origin: v.Last.Origin, Root: fmt.Sprintf("%x", m.Root),
	}, nil
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
