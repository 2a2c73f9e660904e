package archive

import (
	"archive/zip"
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// Reader is what an archive is written from: a view of a store.
type Reader interface {
	ledger.Reader
	// Seals yields the seals after a position: see [ledger.Seals].
	Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error]
}

// writer is one archive being written.
type writer struct {
	zip      *zip.Writer
	reader   Reader
	manifest Manifest
	// firstClose is the earliest date that a record of the stretch closes.
	firstClose ledger.Date
}

// Write writes a stretch of a journal. Its last record must be a day close that
// was not reopened (else ledger.ErrInvalid), and have a checkpoint of its own (else
// seal.ErrNotSealed). What was written is right
// only if the error is nil: then the records led to the root that the store's own
// tree has.
func Write(ctx context.Context, w io.Writer, reader Reader, book ledger.BookID, stretch Stretch) (Manifest, error) {
	out := &writer{zip: zip.NewWriter(w), reader: reader}
	if err := out.write(ctx, book, stretch); err != nil {
		return Manifest{}, fmt.Errorf("archive records %d to %d of book %d: %w", stretch.First, stretch.Last, book, err)
	}
	return out.manifest, nil
}

func (w *writer) write(ctx context.Context, book ledger.BookID, stretch Stretch) error {
	closed, err := w.lastClose(ctx, book, stretch)
	if err != nil {
		return err
	}
	if err := w.describe(ctx, book, stretch, closed.Date); err != nil {
		return err
	}
	if err := w.journal(ctx); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := w.closings(ctx); err != nil {
		return fmt.Errorf("closings: %w", err)
	}
	if err := w.checkpoints(ctx); err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return w.zip.Close()
}

// lastClose returns the record that the stretch must end with: a close that
// stands.
func (w *writer) lastClose(ctx context.Context, book ledger.BookID, s Stretch) (ledger.Record, error) {
	if s.First < 1 || s.Last < s.First {
		return ledger.Record{}, &ledger.InvalidError{Field: "stretch", Problem: "is of no records"}
	}
	last, err := w.record(ctx, book, s.Last)
	if err != nil {
		return last, err
	}
	if last.Kind != ledger.KindDayClose {
		return last, &ledger.InvalidError{Field: "stretch", Problem: fmt.Sprintf("ends with %s at %d, want a day close", last.Kind, s.Last)}
	}
	head, err := w.reader.Head(ctx, book)
	if err != nil {
		return last, err
	}
	seq := head.ClosedSeq
	for seq > s.Last {
		closed, err := w.record(ctx, book, seq)
		if err != nil {
			return last, err
		}
		if closed.Kind != ledger.KindDayClose || closed.Prev >= seq {
			return last, fmt.Errorf("%w: record %d is no close after one", ledger.ErrCorrupt, seq)
		}
		seq = closed.Prev
	}
	if seq != s.Last {
		return last, &ledger.InvalidError{Field: "stretch", Problem: fmt.Sprintf("ends with a close of %s at %d that was reopened later", last.Date, s.Last)}
	}
	return last, nil
}

func (w *writer) record(ctx context.Context, book ledger.BookID, seq int64) (ledger.Record, error) {
	for stored, err := range w.reader.Records(ctx, book, ledger.RecordQuery{After: seq - 1, Limit: 1}) {
		if err != nil {
			return ledger.Record{}, err
		}
		return ledger.ParseRecord(stored.Body)
	}
	return ledger.Record{}, fmt.Errorf("record %d: %w", seq, ledger.ErrRecordUnknown)
}

func (w *writer) describe(ctx context.Context, book ledger.BookID, s Stretch, until ledger.Date) error {
	head, err := w.reader.Head(ctx, book)
	if err != nil {
		return err
	}
	root, err := seal.NewProver(w.reader, book).Root(ctx, s.Last)
	if err != nil {
		return err
	}
	w.manifest = Manifest{Format: format, Book: book, Name: head.Name, First: s.First, Last: s.Last, Until: until, Root: root}
	if w.manifest.Edge, err = w.edge(ctx); err != nil {
		return err
	}
	entry, err := w.zip.Create(manifestEntry)
	if err != nil {
		return err
	}
	_, err = entry.Write(w.manifest.text())
	return err
}

// edge returns the stored nodes before the stretch that its own complete to
// nodes of the next stored level.
func (w *writer) edge(ctx context.Context) ([]node, error) {
	var edge []node
	prover := seal.NewProver(w.reader, w.manifest.Book)
	for places := edgeOf(w.manifest.First); len(edge) < len(places); {
		at := places[len(edge)]
		last := at.number
		for _, p := range places[len(edge):] {
			if p.level == at.level {
				last = p.number
			}
		}
		hashes, err := prover.Nodes(ctx, at.level, at.number, last)
		if err != nil {
			return nil, err
		}
		for i := range hashes {
			edge = append(edge, node{Level: at.level, Number: at.number + int64(i), Hash: hash(hashes[i])})
		}
	}
	return edge, nil
}

func (w *writer) journal(ctx context.Context) error {
	entry, err := w.zip.Create(journalEntry)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(entry, 64<<10)
	tree := newTree(&w.manifest)
	var parser ledger.Parser
	var record ledger.Record
	for stored, err := range w.reader.Records(ctx, w.manifest.Book, ledger.RecordQuery{After: w.manifest.First - 1}) {
		if err != nil {
			return err
		}
		if stored.Seq != tree.next()+1 {
			return fmt.Errorf("%w: record %d follows %d", ledger.ErrCorrupt, stored.Seq, tree.next())
		}
		if err := parser.Parse(stored.Body, &record); err != nil {
			return err
		}
		if record.Kind == ledger.KindDayClose && (w.firstClose.IsZero() || record.Date.Before(w.firstClose)) {
			w.firstClose = record.Date
		}
		tree.append(ledger.LeafHash(stored.Body))
		_, _ = out.Write(stored.Body) // Flush reports what went wrong
		_ = out.WriteByte('\n')
		if stored.Seq == w.manifest.Last {
			break
		}
	}
	if err := tree.check(ctx, &w.manifest); err != nil {
		return err
	}
	return out.Flush()
}

// closings writes what each account stood at on the first date closed in the
// stretch, and on each later one that it was touched before.
func (w *writer) closings(ctx context.Context) error {
	entry, err := w.zip.Create(closingsEntry)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(entry, 64<<10)
	var latest ledger.Closing // up to the first close, of the account at hand
	write := func(c *ledger.Closing) {
		if c.Number != 0 {
			_, _ = out.Write(append(appendClosing(nil, c), '\n')) // Flush reports what went wrong
		}
	}
	for c, err := range w.reader.Closings(ctx, w.manifest.Book, ledger.ClosingQuery{}) {
		if err != nil {
			return err
		}
		if c.Number != latest.Number || w.firstClose.Before(c.Date) {
			write(&latest)
			latest = ledger.Closing{}
		}
		switch {
		case !w.firstClose.Before(c.Date):
			latest = c
		case !w.manifest.Until.Before(c.Date):
			write(&c)
		}
	}
	write(&latest)
	return out.Flush()
}

// checkpoints writes those of the records within the stretch, the last of which
// must be that of its end.
func (w *writer) checkpoints(ctx context.Context) error {
	for kept, err := range w.reader.Seals(ctx, w.manifest.Book, w.manifest.First-1) {
		if err != nil {
			return err
		}
		if kept.Seq > w.manifest.Last {
			break
		}
		entry, err := w.zip.Create(checkpointName(kept.Seq))
		if err != nil {
			return err
		}
		if _, err := io.WriteString(entry, kept.Note); err != nil {
			return err
		}
		if kept.Seq == w.manifest.Last {
			return nil
		}
	}
	return fmt.Errorf("%w: no checkpoint of the first %d records", seal.ErrNotSealed, w.manifest.Last)
}
