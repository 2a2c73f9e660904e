package books

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
)

// JournalOptions tune [WriteJournal]. The zero value of each field is its
// default.
type JournalOptions struct {
	// First and Last are the positions of the first and the last record
	// written. Defaults: 1 and the last of the book.
	First, Last int64
}

// WriteJournal writes the records of a book as JSON lines: the canonical bytes
// of each, which ledger/FORMAT.md specifies, in their order and each followed by
// a line break. It is the whole book: all else can be computed from it, and two
// exports of the same positions are the same bytes.
//
// Positions that the book does not have are [ledger.ErrInvalid]. A record that
// is missing, or is not on one line, is [ledger.ErrCorrupt]; what else could be
// wrong with records is an audit's to find.
func WriteJournal(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, options *JournalOptions) error {
	if options == nil {
		options = &JournalOptions{}
	}
	err := days.AtOneMoment(ctx, reader, func(reader ledger.Reader) error {
		return writeJournal(ctx, w, reader, book, *options)
	})
	if err != nil {
		return fmt.Errorf("export the journal of book %d: %w", book, err)
	}
	return nil
}

func writeJournal(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, wanted JournalOptions) error {
	head, err := reader.Head(ctx, book)
	if err != nil {
		return err
	}
	if wanted.First == 0 {
		wanted.First = 1
	}
	if wanted.Last == 0 {
		wanted.Last = max(head.Seq, wanted.First-1)
	}
	if wanted.First < 1 || wanted.Last < wanted.First-1 || wanted.Last > head.Seq {
		return &ledger.InvalidError{
			Field: "positions", Problem: fmt.Sprintf("%d to %d: the book has 1 to %d", wanted.First, wanted.Last, head.Seq),
		}
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := writeLines(ctx, out, reader, book, wanted); err != nil {
		return err
	}
	return out.Flush()
}

func writeLines(ctx context.Context, out *bufio.Writer, reader ledger.Reader, book ledger.BookID, wanted JournalOptions) error {
	next := wanted.First
	if next > wanted.Last {
		return nil
	}
	query := ledger.RecordQuery{After: wanted.First - 1, Limit: int(wanted.Last - wanted.First + 1)}
	for stored, err := range reader.Records(ctx, book, query) {
		if err != nil {
			return err
		}
		if stored.Seq != next {
			return missing(next)
		}
		if len(stored.Body) > LineBytesMax || bytes.IndexByte(stored.Body, '\n') >= 0 {
			return fmt.Errorf("record %d is not on one line: %w", next, ledger.ErrCorrupt)
		}
		next++
		if _, err := out.Write(stored.Body); err != nil {
			return err
		}
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
	if next <= wanted.Last {
		return missing(next)
	}
	return nil
}

func missing(seq int64) error { return fmt.Errorf("record %d is missing: %w", seq, ledger.ErrCorrupt) }
