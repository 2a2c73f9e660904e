package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/seal"
)

type archiveCmd struct {
	Write   archiveWriteCmd   `cmd:"" default:"withargs" help:"Write closed dates to a file that outlives the database, and verify it."`
	Verify  archiveVerifyCmd  `cmd:"" help:"Check archives offline with the school's public key; exit 1 if one is not whole and signed."`
	Prove   archiveProveCmd   `cmd:"" help:"Make a proof from an archive, without the database."`
	Journal archiveJournalCmd `cmd:"" help:"Join the journal of archives that follow one another, as JSON lines."`
}

// archiveFaults are what is wrong with an archive, or with what was asked of it.
var archiveFaults = []error{
	archive.ErrFormat, archive.ErrGap, seal.ErrFormat, seal.ErrSignature, seal.ErrProof, seal.ErrNotSealed, seal.ErrNotClosed,
	ledger.ErrCorrupt,
}

type archiveWriteCmd struct {
	place
	trusted
	File  string `arg:"" help:"File to write, as a whole or not at all, such as 2026.zip." type:"path"`
	Until string `help:"The last date archived; it must be closed." required:""`
	After string `help:"The archive before, which this one follows. Default: begin with the first record." type:"existingfile"`
	Force bool   `help:"Replace FILE if it is there."`
}

// Run archives closed dates. The file gets its name only after it was read again
// and verified with the school's public keys, or with those given. It removes
// nothing from the database and runs beside a server.
func (c *archiveWriteCmd) Run(ctx context.Context, s streams) error {
	until, err := optionalDate("--until", c.Until)
	if err != nil {
		return err
	}
	if err := c.free(); err != nil {
		return err
	}
	store, closer, err := openLedger(ctx, c.place)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	verifier, err := c.keys()
	if err != nil {
		return err
	}
	d, err := newDraft(c.File)
	if err != nil {
		return err
	}
	defer d.discard()
	err = d.fill(func(w io.Writer) error { return c.archive(ctx, w, store, until) })
	if err != nil {
		return refused(s, err, archiveFaults...)
	}
	verified, err := verifyArchive(ctx, d.name, verifier)
	if err == nil {
		err = c.free() // an archive took its time
	}
	if err == nil {
		_, err = d.keep()
	}
	if err != nil {
		return refused(s, d.named(err), archiveFaults...)
	}
	_, err = fmt.Fprintf(s.out, "%s: %s", c.File, verified.words())
	return err
}

// free fails if the file is there and is not to be replaced.
func (c *archiveWriteCmd) free() error {
	if c.Force || c.File == "-" {
		return nil
	}
	return notThere(c.File)
}

// keys are those given, or else the school's own.
func (c *archiveWriteCmd) keys() (*seal.Verifier, error) {
	if len(c.Key) > 0 || len(c.Keys) > 0 {
		return c.verifier(nil)
	}
	keys, err := school.ReadSealKeys(c.Data, c.School)
	if err != nil {
		return nil, err
	}
	return seal.NewVerifier(keys.Verifiers(), nil)
}

// archive writes the file as of one moment.
func (c *archiveWriteCmd) archive(ctx context.Context, w io.Writer, store school.Ledger, until ledger.Date) error {
	view, err := store.View(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = view.Close() }()
	reader, ok := view.(archive.Reader)
	if !ok {
		return errors.New("the store does not give its checkpoints at one moment")
	}
	stretch, err := c.stretch(ctx, reader, until)
	if err == nil {
		_, err = archive.Write(ctx, w, reader, ledger.BookID(c.School), stretch)
	}
	return err
}

// stretch is what follows the archive before, up to the close of a date.
func (c *archiveWriteCmd) stretch(ctx context.Context, reader archive.Reader, until ledger.Date) (archive.Stretch, error) {
	last, err := standingClose(ctx, reader, ledger.BookID(c.School), until)
	if err != nil || c.After == "" {
		return archive.Stretch{First: 1, Last: last}, err
	}
	before, err := archive.Open(ctx, c.After)
	if err != nil {
		return archive.Stretch{}, err
	}
	defer func() { _ = before.Close() }()
	m := before.Manifest()
	switch {
	case m.Book != ledger.BookID(c.School):
		return archive.Stretch{}, fmt.Errorf("%s: %w: it is of book %d, not %d", c.After, archive.ErrGap, m.Book, c.School)
	case m.Last >= last:
		return archive.Stretch{}, fmt.Errorf("%s: %w: it has the close of %s, record %d, already", c.After, archive.ErrGap, until, last)
	}
	root, err := seal.NewProver(reader, m.Book).Root(ctx, m.Last)
	if err == nil && root != m.Root {
		err = fmt.Errorf("%s: %w: it is of another journal", c.After, archive.ErrGap)
	}
	return archive.Stretch{First: m.Last + 1, Last: last}, err
}

// standingClose returns the position of the close of a date that was not
// reopened.
func standingClose(ctx context.Context, reader archive.Reader, book ledger.BookID, date ledger.Date) (int64, error) {
	if _, err := reader.Head(ctx, book); err != nil { // there may be no such book
		return 0, err
	}
	closed, err := seal.NewProver(reader, book).Close(ctx, date)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", date, err)
	}
	return closed.Seq, nil
}

func recordAt(ctx context.Context, reader ledger.Reader, book ledger.BookID, seq int64) (ledger.Record, error) {
	for stored, err := range reader.Records(ctx, book, ledger.RecordQuery{After: seq - 1, Limit: 1}) {
		if err != nil {
			return ledger.Record{}, err
		}
		return ledger.ParseRecord(stored.Body)
	}
	return ledger.Record{}, fmt.Errorf("record %d: %w", seq, ledger.ErrRecordUnknown)
}
