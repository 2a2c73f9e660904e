package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/schollz/progressbar/v3"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

type importJournalCmd struct {
	place
	File string `arg:"" help:"The journal, as 'export journal' or 'archive journal' wrote it; - for standard input." type:"path"`
}

// Run rebuilds a book from its journal, which is not trusted: every record is
// made again by the rules. Cut off and run again it goes on where it was.
func (c *importJournalCmd) Run(ctx context.Context, s streams) error {
	file, size, err := openInput(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	bar := progress(s.err, size)
	head, err := c.restore(ctx, io.TeeReader(file, bar), bar)
	_ = bar.Clear()
	if err != nil {
		return refused(s, err, ledger.ErrRecordRejected, ledger.ErrBookExists, ledger.ErrInvalid)
	}
	return printRestored(s, &head)
}

func (c *importJournalCmd) restore(ctx context.Context, r io.Reader, bar *progressbar.ProgressBar) (ledger.Head, error) {
	next, stop := iter.Pull2(books.ReadJournal(r))
	defer stop()
	line, failure, ok := next()
	if err := c.begins(line, failure, ok); err != nil { // before anything is created
		return ledger.Head{}, err
	}
	records := func(yield func([]byte, error) bool) {
		for ; ok && yield(line, failure); line, failure, ok = next() {
		}
	}
	options := ledger.RestoreOptions{Progress: func(h ledger.Head) { bar.Describe(fmt.Sprintf("%9d records", h.Seq)) }}
	head, err := school.RestoreBook(ctx, c.location(), c.School, records, &options)
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w; the same command again goes on from there", err)
	}
	return head, err
}

// begins checks that a journal begins with the first record of the school.
func (c *importJournalCmd) begins(line []byte, failure error, ok bool) error {
	if !ok {
		return fmt.Errorf("%s: %w: there are none", c.File, ledger.ErrRecordRejected)
	}
	if failure != nil {
		return fmt.Errorf("%s: %w", c.File, failure)
	}
	first, err := ledger.ParseRecord(line)
	switch {
	case err != nil:
		return fmt.Errorf("%s, line 1: %w: %w", c.File, ledger.ErrRecordRejected, err)
	case first.Seq != 1:
		return fmt.Errorf("%s: %w: it begins with record %d; a book is made from all its records", c.File, ledger.ErrRecordRejected, first.Seq)
	case int(first.Book) != c.School:
		return fmt.Errorf("%s is the journal of book %d: give --school %d, not %d", c.File, first.Book, first.Book, c.School)
	}
	return nil
}

func printRestored(s streams, head *ledger.Head) error {
	tree, err := ledger.ParseTree(head.Seq, head.Tree)
	if err != nil {
		return err
	}
	root, err := tree.Root()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "Book %d %s: %s, %s; open date %s\nRoot %x\n"+
		"Compare the root with a checkpoint that you trust.\n"+
		"A journal has no seals, keys, people, dishes, bills or exports. To seal anew with the school's keys, put its key\n"+
		"files into the data directory before the next command; without them new keys are made.\n",
		head.Book, head.Name, counted(head.Seq, "record"), counted(head.Accounts, "account"), head.OpenDate, root)
	return err
}

// openInput opens a file, or standard input for "-", and returns its size, -1 if
// it is not known.
func openInput(path string) (io.ReadCloser, int, error) {
	if path == "-" {
		return os.Stdin, -1, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	if !info.Mode().IsRegular() {
		return file, -1, nil
	}
	return file, int(info.Size()), nil
}
