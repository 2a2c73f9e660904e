package sqlitestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// errEnded answers a second Commit.
var errEnded = errors.New("the write transaction has ended")

// Create makes sure that the book has a head: see ledger.Store.
func (s *Store) Create(ctx context.Context, book ledger.BookID) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	return s.writer.create(ctx, book)
}

// Lock begins the write transaction of a book: see ledger.Store. It waits for
// the write transactions of all other books too.
func (s *Store) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if s.writer == nil {
		return nil, ErrReadOnly
	}
	return s.writer.lock(ctx, book, need)
}

func (w *writer) create(ctx context.Context, book ledger.BookID) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	// Not ctx: an INSERT that is interrupted takes the caller's transaction
	// with it.
	err := w.exec(context.Background(), "insert into book (book_id) values (?) on conflict do nothing", int64(book))
	if err != nil {
		w.rollback()
		return err
	}
	return w.commit()
}

func (w *writer) lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if err := w.begin(ctx); err != nil {
		return nil, fmt.Errorf("lock book %d: %w", book, err)
	}
	snapshot, err := reader{&w.statements}.snapshot(context.WithoutCancel(ctx), book, need)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		w.rollback()
		return nil, fmt.Errorf("lock book %d: %w", book, err)
	}
	return &locked{writer: w, read: snapshot}, nil
}

// locked is a write transaction in progress.
type locked struct {
	writer *writer
	read   ledger.Snapshot
	parts  parts
	ended  bool
}

func (l *locked) Snapshot() ledger.Snapshot { return l.read }

// Records reads further records: see ledger.Locked.
func (l *locked) Records(ctx context.Context, ids []uuid.UUID) ([]ledger.StoredRecord, error) {
	if l.ended {
		return nil, errEnded
	}
	if err := l.parts.wait(); err != nil {
		return nil, err
	}
	return collect(reader{l.writer}.Records(context.WithoutCancel(ctx), l.read.Head.Book, ledger.RecordQuery{IDs: ids}))
}

func (l *locked) Rollback(context.Context) error {
	if !l.ended {
		l.ended = true
		_ = l.parts.wait()
		l.writer.rollback()
	}
	return nil
}

// Write takes a part, as soon as the one before is written: see [ledger.Locked].
func (l *locked) Write(ctx context.Context, part ledger.Changes) bool {
	if l.ended {
		return false
	}
	l.parts.add(func() error { return l.writer.write(ctx, &part, l.read.Head.Seq) })
	return true
}

func (l *locked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.ended {
		return errEnded
	}
	l.ended = true
	err := l.parts.wait()
	if err == nil {
		err = l.writer.write(ctx, &changes, l.read.Head.Seq)
	}
	if isTaken(err) {
		err = fmt.Errorf("%w: %w", ledger.ErrConflict, err)
	}
	if err == nil {
		err = ctx.Err() // the last moment at which nothing was written
	}
	if err != nil {
		l.writer.rollback()
		return fmt.Errorf("write to book %d: %w", changes.Head.Book, err)
	}
	if err := l.writer.commit(); err != nil {
		return fmt.Errorf("write to book %d: %w", changes.Head.Book, err)
	}
	return nil
}
