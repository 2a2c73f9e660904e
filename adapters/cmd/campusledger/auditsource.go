package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/audit"
)

// source is what is audited, and how to let go of it.
func (c *auditCmd) source(ctx context.Context) (ledger.Reader, func() error, error) {
	nothing := func() error { return nil }
	switch {
	case c.Journal != "":
		lines := fileLines(c.Journal)
		return audit.NewLines(lines), nothing, c.sameBook(c.Journal, lines)
	case len(c.Archive) > 0:
		archives, err := openArchives(ctx, c.Archive)
		closer := func() error { return closeArchives(archives) }
		if err != nil {
			return nil, nothing, errors.Join(err, closer())
		}
		lines := archive.Records(ctx, archives...)
		return audit.NewLines(lines), closer, c.sameBook(c.Archive[0], lines)
	}
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return nil, nothing, err
	}
	return store, closer.Close, nil
}

// sameBook looks at the first record, so that a wrong number is not taken for a
// damaged journal.
func (c *auditCmd) sameBook(name string, lines iter.Seq2[[]byte, error]) error {
	for line, err := range lines {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		first, err := ledger.ParseRecord(line)
		if err == nil && int(first.Book) != c.School {
			return fmt.Errorf("%s is the journal of book %d: give --school %d, not %d", name, first.Book, first.Book, c.School)
		}
		return nil // the audit says what is wrong with it
	}
	return fmt.Errorf("%s has no records", name)
}

// fileLines yields the lines of a file, each time from the first.
func fileLines(name string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		file, err := os.Open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = file.Close() }()
		books.ReadJournal(file)(yield)
	}
}
