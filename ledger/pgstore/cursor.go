package pgstore

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/campusledger/campusledger/ledger"
)

const (
	selectCursor = `select c.seq from cursor c where c.book_id = $1 and c.consumer = $2`
	moveCursor   = `update cursor set seq = $4 where book_id = $1 and consumer = $2 and seq = $3`
	// A consumer that never moved has no row; one that a restored backup took
	// back to the beginning may have.
	beginCursor = `insert into cursor as c (book_id, consumer, seq) values ($1, $2, $4)
		on conflict (book_id, consumer) do update set seq = excluded.seq where c.seq = $3`
)

// consumerMax is how many bytes the name of a consumer may have.
const consumerMax = 128

func checkConsumer(name string) error {
	if name == "" || len(name) > consumerMax || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return &ledger.InvalidError{Field: "consumer", Problem: fmt.Sprintf("%.140q: want 1 to %d bytes of UTF-8 without NUL", name, consumerMax)}
	}
	return nil
}

// Cursor returns the position of the last record that the consumer is done
// with, 0 for a consumer that never moved. A name is 1 to 128 bytes of UTF-8
// without NUL.
func (r reader) Cursor(ctx context.Context, book ledger.BookID, consumer string) (int64, error) {
	if err := checkConsumer(consumer); err != nil {
		return 0, err
	}
	scan := func(rows pgx.Rows) (seq int64, err error) {
		err = rows.Scan(&seq)
		return seq, err
	}
	for seq, err := range read(ctx, r.source, scan, selectCursor, int64(book), consumer) {
		if err != nil {
			return 0, fmt.Errorf("read the cursor of %s: %w", consumer, err)
		}
		return seq, nil
	}
	return 0, nil
}

// MoveCursor moves the consumer from one position to a later one, or answers
// [ledger.ErrConflict] if it is not there. To move it together with the
// consumer's effect use a [TxStore].
func (s *Store) MoveCursor(ctx context.Context, book ledger.BookID, consumer string, from, to int64) error {
	return move(ctx, s, book, consumer, from, to)
}

// MoveCursor moves the consumer with the caller's commit. Another process that
// moves it at the same time waits for the end of the transaction.
func (s *TxStore) MoveCursor(ctx context.Context, book ledger.BookID, consumer string, from, to int64) error {
	return move(ctx, s, book, consumer, from, to)
}

func move(ctx context.Context, on execer, book ledger.BookID, consumer string, from, to int64) error {
	if err := checkConsumer(consumer); err != nil {
		return err
	}
	if from < 0 || to <= from {
		return &ledger.InvalidError{Field: "to", Problem: fmt.Sprintf("%d is not after %d", to, from)}
	}
	statement := moveCursor
	if from == 0 {
		statement = beginCursor
	}
	tag, err := on.exec(ctx, statement, int64(book), consumer, from, to)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("%w: it is not at %d", ledger.ErrConflict, from)
	}
	if err != nil {
		return fmt.Errorf("move the cursor of %s: %w", consumer, translate(err))
	}
	return nil
}
