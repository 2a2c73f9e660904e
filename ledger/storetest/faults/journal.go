package faults

import (
	"bytes"
	"context"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// journal is a book's journal as it was read.
type journal struct {
	records []ledger.StoredRecord
	byKey   map[string]int // index in records
}

// read reads the journal of the round and checks what holds of any journal.
func (r *round) read(ctx context.Context, store ledger.Store) (*journal, error) {
	view, err := store.View(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = view.Close() }()
	head, err := view.Head(ctx, r.book)
	if err != nil {
		return nil, err
	}
	j := &journal{byKey: make(map[string]int)}
	var last time.Time
	for stored, err := range view.Records(ctx, r.book, ledger.RecordQuery{}) {
		if err != nil {
			return nil, err
		}
		record, err := ledger.ParseRecord(stored.Body)
		if err != nil {
			r.find("record %d cannot be parsed: %v", stored.Seq, err)
			continue
		}
		key := keyOf(&record)
		switch first, twice := j.byKey[key]; {
		case twice:
			r.find("%s is in the journal twice, at %d and at %d", key, j.records[first].Seq, stored.Seq)
		case stored.Seq != int64(len(j.records)+1) || record.Seq != stored.Seq:
			r.find("position %d follows position %d, and its record says %d", stored.Seq, len(j.records), record.Seq)
		case record.At.Before(last):
			r.find("record %d is of %s, and the one before of %s", stored.Seq, record.At, last)
		}
		last = record.At
		j.byKey[key] = len(j.records)
		j.records = append(j.records, stored)
	}
	if head.Seq != int64(len(j.records)) {
		r.find("the head is at %d, and the journal has %d records", head.Seq, len(j.records))
	}
	return j, nil
}

// body returns the record that a key names, or nil.
func (j *journal) body(key string) []byte {
	if i, ok := j.byKey[key]; ok {
		return j.records[i].Body
	}
	return nil
}

// begins checks that a journal read later begins with this one.
func (j *journal) begins(later *journal) bool {
	if len(later.records) < len(j.records) {
		return false
	}
	for i := range j.records {
		if !bytes.Equal(j.records[i].Body, later.records[i].Body) {
			return false
		}
	}
	return true
}
