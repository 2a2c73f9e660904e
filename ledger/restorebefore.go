package ledger

import (
	"bytes"
	"context"
	"fmt"
)

// beforePage is how many records are read at once.
const beforePage = 1000

// restoredBefore compares the beginning of an import with the records that the
// book has already.
type restoredBefore struct {
	book *Book
	head Head
	tree *Tree
	page []StoredRecord // those that follow the ones in the tree
}

// check compares the next record. The last has to lead to the root of the book.
func (b *restoredBefore) check(ctx context.Context, seq int64, body []byte) error {
	if len(b.page) == 0 {
		if err := b.read(ctx, seq); err != nil {
			return err
		}
	}
	if !bytes.Equal(b.page[0].Body, body) {
		parsed, _ := ParseRecord(body) // for its id, if it has one
		return &RestoreError{Seq: seq, ID: parsed.ID, Err: fmt.Errorf("%w: its record %d is another", ErrBookExists, seq)}
	}
	if err := b.tree.Append(LeafHash(body), nil); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	b.page = b.page[1:]
	if seq == b.head.Seq && !bytes.Equal(b.tree.Hashes(), b.head.Tree) {
		return fmt.Errorf("%w: the tree in its head is not that of its %d records", ErrCorrupt, seq)
	}
	return nil
}

// read reads the records from a position on.
func (b *restoredBefore) read(ctx context.Context, seq int64) error {
	last := min(seq+beforePage-1, b.head.Seq)
	for record, err := range b.book.reader.Records(ctx, b.book.id, RecordQuery{After: seq - 1, Limit: beforePage}) {
		if err != nil {
			return err
		}
		if record.Seq > last || record.Seq != seq+int64(len(b.page)) {
			break
		}
		b.page = append(b.page, record)
	}
	if int64(len(b.page)) != last-seq+1 {
		return fmt.Errorf("%w: it has no record %d", ErrCorrupt, seq+int64(len(b.page)))
	}
	return nil
}
