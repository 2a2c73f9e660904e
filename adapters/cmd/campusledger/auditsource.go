package main

import (
	"context"
	"errors"
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
		return audit.NewLines(fileLines(c.Journal)), nothing, nil
	case len(c.Archive) > 0:
		archives, err := openArchives(ctx, c.Archive)
		closer := func() error { return closeArchives(archives) }
		if err != nil {
			return nil, nothing, errors.Join(err, closer())
		}
		return audit.NewLines(archive.Records(ctx, archives...)), closer, nil
	}
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return nil, nothing, err
	}
	return store, closer.Close, nil
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
