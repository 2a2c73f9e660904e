package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"
)

// atOneMoment reads from a view: what is read together belongs together, though
// dates are closed and reopened meanwhile.
func (b *Book) atOneMoment(ctx context.Context, read func(*Book) error) error {
	view, err := b.store.View(ctx)
	if err != nil {
		return err
	}
	return errors.Join(read(&Book{id: b.id, reader: view, options: b.options}), view.Close())
}

// Head returns where the journal stands and which date is open.
func (b *Book) Head(ctx context.Context) (Head, error) { return b.reader.Head(ctx, b.id) }

// Account returns an account. It fails with [ErrAccountUnknown].
func (b *Book) Account(ctx context.Context, path string) (Account, error) {
	for account, err := range b.reader.Accounts(ctx, b.id, AccountQuery{Paths: []string{path}}) {
		return account, err
	}
	return Account{}, &AccountError{Account: path, Err: ErrAccountUnknown}
}

// Accounts yields the accounts whose path begins with the prefix, in the byte
// order of their paths. It streams: a million accounts take no memory.
func (b *Book) Accounts(ctx context.Context, prefix string) iter.Seq2[Account, error] {
	return b.reader.Accounts(ctx, b.id, AccountQuery{Prefix: prefix})
}

// Record returns the record with the id. It fails with [ErrRecordUnknown].
func (b *Book) Record(ctx context.Context, id uuid.UUID) (Record, error) {
	for record, err := range b.records(ctx, RecordQuery{IDs: []uuid.UUID{id}}) {
		return record, err
	}
	return Record{}, fmt.Errorf("id %s: %w", id, ErrRecordUnknown)
}

// Records yields the journal after a position, in order.
func (b *Book) Records(ctx context.Context, after int64) iter.Seq2[Record, error] {
	return b.records(ctx, RecordQuery{After: after})
}

// records yields the records that a query selects, up to one that cannot be
// read.
func (b *Book) records(ctx context.Context, query RecordQuery) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for stored, err := range b.reader.Records(ctx, b.id, query) {
			var record Record
			if err == nil {
				record, err = ParseRecord(stored.Body)
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// RecordAt returns the record at a journal position. It fails with
// [ErrRecordUnknown].
func (b *Book) RecordAt(ctx context.Context, seq int64) (Record, error) {
	if seq > 0 {
		for record, err := range b.records(ctx, RecordQuery{After: seq - 1, Limit: 1}) {
			return record, err
		}
	}
	return Record{}, fmt.Errorf("position %d: %w", seq, ErrRecordUnknown)
}

// Chart returns the families of the book's chart, none if it has no chart.
func (b *Book) Chart(ctx context.Context) ([]Family, error) {
	head, err := b.Head(ctx)
	if err != nil || head.ChartSeq == 0 {
		return nil, err
	}
	record, err := b.RecordAt(ctx, head.ChartSeq)
	return record.Families, err
}

// History yields the records that changed an account's bounds, limits, metadata
// or state, newest first, and last the one that opened it.
func (b *Book) History(ctx context.Context, path string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		account, err := b.Account(ctx, path)
		for seq := account.ChangedSeq; seq > 0 || err != nil; {
			var record Record
			if err == nil {
				record, err = b.RecordAt(ctx, seq)
			}
			if !yield(record, err) || err != nil {
				return
			}
			seq = record.Prev
		}
	}
}
