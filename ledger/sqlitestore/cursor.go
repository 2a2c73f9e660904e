package sqlitestore

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger"
)

// consumerBytesMax is how long a consumer's name may be.
const consumerBytesMax = 128

const (
	selectCursor = `select seq from cursor where book_id = ? and consumer = ?`
	firstCursor  = `insert into cursor (book_id, consumer, seq) values (?1, ?2, ?3)
on conflict (book_id, consumer) do update set seq = excluded.seq where seq = 0`
	moveCursor = `update cursor set seq = ?3 where book_id = ?1 and consumer = ?2 and seq = ?4`
)

// Cursor returns where a consumer stands: see ledger.Cursors. A consumer's name
// has 1 to 128 bytes of UTF-8 without NUL.
func (r reader) Cursor(ctx context.Context, book ledger.BookID, consumer string) (int64, error) {
	if err := checkConsumer(consumer); err != nil {
		return 0, err
	}
	for seq, err := range stream(ctx, r.from, scanSeq, selectCursor, int64(book), consumer) {
		return seq, err
	}
	return 0, nil
}

// MoveCursor moves a consumer: see ledger.Cursors. It waits for its turn to
// write.
func (s *Store) MoveCursor(ctx context.Context, book ledger.BookID, consumer string, from, to int64) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	return s.writer.moveCursor(ctx, book, consumer, from, to)
}

func (w *writer) moveCursor(ctx context.Context, book ledger.BookID, consumer string, from, to int64) error {
	if err := checkConsumer(consumer); err != nil {
		return err
	}
	if from < 0 || to <= from {
		return &ledger.InvalidError{Field: "to", Problem: fmt.Sprintf("%d is not a position after %d", to, from)}
	}
	if err := w.begin(ctx); err != nil {
		return fmt.Errorf("move cursor %s: %w", consumer, err)
	}
	text, args := moveCursor, []any{int64(book), consumer, to, from}
	if from == 0 {
		text, args = firstCursor, args[:3]
	}
	moved, err := w.affect(context.Background(), text, args...)
	if err == nil && moved == 0 {
		err = fmt.Errorf("it is not at %d: %w", from, ledger.ErrConflict)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		w.rollback()
		return fmt.Errorf("move cursor %s: %w", consumer, err)
	}
	if err := w.commit(); err != nil {
		return fmt.Errorf("move cursor %s: %w", consumer, err)
	}
	return nil
}

func checkConsumer(name string) error {
	switch {
	case name == "" || len(name) > consumerBytesMax:
		return &ledger.InvalidError{Field: "consumer", Problem: fmt.Sprintf("a name of %d bytes, want 1 to %d", len(name), consumerBytesMax)}
	case strings.ContainsRune(name, 0) || !utf8.ValidString(name):
		return &ledger.InvalidError{Field: "consumer", Problem: fmt.Sprintf("%q has a NUL or is not UTF-8", name)}
	}
	return nil
}
