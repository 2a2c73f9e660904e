package audit

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

const (
	progressEvery = 1000
	pageRows      = 500
	// missesMax is how many positions in a row are reported one by one, and
	// how many may be unreadable before the rest counts as lost.
	missesMax = 1000
)

// readJournal takes every journal row in order. A row that the store cannot
// read is reported, and reading goes on behind it.
func (a *auditor) readJournal(ctx context.Context) error {
	after := int64(math.MinInt64) // a row at a position below 1 must be seen too
	for misses := 0; misses < missesMax && after < math.MaxInt64; {
		page, err := a.page(ctx, after)
		if err != nil && !errors.Is(err, ledger.ErrCorrupt) {
			return err
		}
		for i := range page {
			after, misses = page[i].Seq, 0
			if err := a.journalRow(ctx, &page[i]); err != nil {
				return err
			}
		}
		switch {
		case err != nil:
			// The store stops before the row: it is the next one,
			// unless rows are missing too.
			misses++
			after = max(after, a.model.seq) + 1
			if err := a.unreadable(after, err); err != nil {
				return err
			}
		case len(page) < pageRows:
			a.tailGap()
			return nil
		}
	}
	return nil
}

// page reads the next rows of the journal, or those before one that cannot be
// read. They are read whole, so that the next query need not wait for them.
func (a *auditor) page(ctx context.Context, after int64) ([]ledger.StoredRecord, error) {
	page := make([]ledger.StoredRecord, 0, pageRows)
	for stored, err := range a.state.Records(ctx, a.book, ledger.RecordQuery{After: after, Limit: pageRows}) {
		if err != nil {
			return page, err
		}
		page = append(page, stored)
	}
	return page, nil
}

func (a *auditor) journalRow(ctx context.Context, stored *ledger.StoredRecord) error {
	m := a.model
	switch {
	case stored.Seq > a.state.last:
		a.beyond(stored.Seq)
		return nil
	case stored.Seq <= m.seq:
		a.find(CodeJournalExtra, journalRow(stored.Seq, ""), "the journal is at position %d already", m.seq)
		return nil
	}
	a.gapBefore(stored.Seq)
	m.seq, m.last = stored.Seq, stored.Seq
	m.records++
	if m.records%progressEvery == 0 {
		a.progress(stored.Seq, a.state.last)
	}
	leaf := ledger.LeafHash(stored.Body)
	if !bytes.Equal(leaf, stored.Leaf) {
		a.differ(CodeJournalLeaf, journalRow(stored.Seq, "leaf"), hexOf(leaf), hexOf(stored.Leaf))
	}
	if err := m.tree.Append(leaf); err != nil {
		return err
	}
	record, err := ledger.ParseRecord(stored.Body)
	if err != nil {
		return a.unreadable(stored.Seq, err)
	}
	a.compareColumns(stored, &record)
	record.Seq = stored.Seq
	return a.record(ctx, &record)
}

// beyond reports a row after the head, which no ledger wrote.
func (a *auditor) beyond(seq int64) {
	last := a.state.last
	a.find(CodeJournalExtra, journalRow(seq, ""), "stands beyond the head, which is at %d", last)
	if seq == last+1 {
		a.differ(CodeHeadDiffers, headRow(a.book, "seq"), decimal(seq), decimal(last))
	}
}

// gapBefore reports the positions before seq that have no record.
func (a *auditor) gapBefore(seq int64) {
	if a.model.seq+1 >= seq {
		return
	}
	a.model.lost = true
	from := a.model.seq + 1
	for missing := from; missing < min(seq, from+missesMax); missing++ {
		a.find(CodeJournalMissing, journalRow(missing, ""), "is missing")
	}
	if seq > from+missesMax {
		a.find(CodeJournalMissing, journalRow(from+missesMax, ""), "is missing, as is all after it before %d", seq)
	}
}

// tailGap reports what the head counts and the journal lacks at its end.
func (a *auditor) tailGap() {
	m := a.model
	if a.state.last == math.MaxInt64 || m.seq >= a.state.last {
		return
	}
	a.find(CodeJournalMissing, journalRow(m.seq+1, ""), "is missing, as is all after it up to %d, where the head is", a.state.last)
	a.differ(CodeHeadDiffers, headRow(a.book, "seq"), decimal(m.last), decimal(a.state.last))
}

func (a *auditor) unreadable(seq int64, problem error) error {
	a.model.seq, a.model.lost = seq, true
	a.find(CodeJournalUnreadable, journalRow(seq, "body"), "%v", problem)
	return a.lines.skip(seq)
}

// compareColumns compares the columns for searching with the body.
func (a *auditor) compareColumns(stored *ledger.StoredRecord, record *ledger.Record) {
	at := func(column string) row { return journalRow(stored.Seq, column) }
	if record.Book != a.book {
		a.differ(CodeJournalColumn, at("book_id"), decimal(int64(record.Book)), decimal(int64(a.book)))
	}
	if record.Seq != stored.Seq {
		a.differ(CodeJournalColumn, at("seq"), decimal(record.Seq), decimal(stored.Seq))
	}
	if record.ID != stored.ID {
		a.differ(CodeJournalColumn, at("id"), record.ID.String(), stored.ID.String())
	}
	if record.Kind != stored.Kind {
		a.differ(CodeJournalColumn, at("kind"), record.Kind, stored.Kind)
	}
	if record.Date != stored.Date {
		a.differ(CodeJournalColumn, at("date"), record.Date.String(), stored.Date.String())
	}
	if !record.At.Equal(stored.At) {
		a.differ(CodeJournalColumn, at("at"), timeText(record.At), timeText(stored.At))
	}
	if record.Due != stored.Due {
		a.differ(CodeJournalColumn, at("due"), record.Due.String(), stored.Due.String())
	}
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
