package audit

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// lookUpEarlier reads the records that those of the chunk correct: nothing is
// remembered of a record only because it might be corrected. Where the ids are
// not read in order at the end, it also reads what has an id of the chunk.
func (a *auditor) lookUpEarlier(ctx context.Context, c *chunk) error {
	clear(a.found)
	ids := a.wanted[:0]
	for i := range c.rows {
		r := &c.parsed[i].record
		switch {
		case c.parsed[i].err != nil:
			continue
		case r.Kind == ledger.KindReversal, r.Kind == ledger.KindRefund:
			ids = append(ids, r.Of, c.parsed[i].undoing)
		}
		if a.model.ids.each {
			ids = append(ids, r.ID)
		}
	}
	a.wanted = ids
	if len(ids) == 0 {
		return nil
	}
	a.one.Lock()
	defer a.one.Unlock()
	for stored, err := range a.other.Records(ctx, a.book, ledger.RecordQuery{IDs: ids}) {
		if errors.Is(err, ledger.ErrCorrupt) {
			break
		}
		if err != nil {
			return err
		}
		a.found[stored.ID] = append(a.found[stored.ID], stored)
	}
	if a.model.ids.each {
		a.checkEachID(c)
	}
	return nil
}

// earlier returns a record before the position by its id, of those looked up for
// the chunk. It is nil if there is none that can be read.
func (a *auditor) earlier(id uuid.UUID, before int64) *ledger.Record {
	for _, stored := range a.found[id] {
		record, err := ledger.ParseRecord(stored.Body)
		if err == nil && record.ID == id && stored.Seq < before {
			record.Seq = stored.Seq
			return &record
		}
	}
	return nil
}

// each reads the records after a position up to another again. Those that cannot
// be read are passed over: they were reported.
func (a *auditor) each(ctx context.Context, after, last int64, take func(*ledger.Record)) error {
	for after < last {
		page, err := a.page(ctx, after, last)
		if err != nil {
			return err
		}
		for i := range page {
			after = page[i].Seq
			if record, err := ledger.ParseRecord(page[i].Body); err == nil && after <= last {
				take(&record)
			}
		}
		if len(page) == 0 {
			after++
		}
	}
	return nil
}

// page reads rows of the journal, as many as a chunk has, up to one that cannot be
// read.
func (a *auditor) page(ctx context.Context, after, last int64) ([]ledger.StoredRecord, error) {
	a.one.Lock()
	defer a.one.Unlock()
	var page []ledger.StoredRecord
	size := 0
	query := ledger.RecordQuery{After: after, Limit: int(min(chunkRows, last-after))}
	for stored, err := range a.other.Records(ctx, a.book, query) {
		if errors.Is(err, ledger.ErrCorrupt) {
			return page, nil
		}
		if err != nil {
			return nil, err
		}
		page = append(page, stored)
		if size += len(stored.Body); size >= chunkBytes {
			return page, nil
		}
	}
	return page, nil
}
