package audit

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

const (
	progressEvery = 1000
	// missesMax is how many rows in a row may be unreadable before the
	// journal counts as lost from there on.
	missesMax = 1000
)

// readJournal takes every journal row in order. A row that the store cannot
// read is reported, and reading goes on behind it.
func (a *auditor) readJournal(ctx context.Context) error {
	after := int64(math.MinInt64) // a row at a position below 1 must be seen too
	for misses := 0; ; misses++ {
		var corrupt error
		for stored, err := range a.journal.Records(ctx, a.book, ledger.RecordQuery{After: after}) {
			if errors.Is(err, ledger.ErrCorrupt) {
				corrupt = err
				break
			}
			if err == nil {
				after, misses = stored.Seq, 0
				err = a.journalRow(ctx, &stored)
			}
			if err != nil {
				return err
			}
		}
		if corrupt == nil {
			a.tailGap()
			return nil
		}
		// The store stops before the row: it is the next one, unless rows
		// are missing too.
		after = max(after, a.model.seq) + 1
		if err := a.unreadable(after, corrupt); err != nil {
			return err
		}
		if misses == missesMax || after > a.state.last {
			return nil
		}
	}
}

func (a *auditor) journalRow(ctx context.Context, stored *ledger.StoredRecord) error {
	m := a.model
	switch {
	case stored.Seq > a.state.last:
		a.beyond(stored)
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

// beyond takes a row after the head: written since, or by no ledger.
func (a *auditor) beyond(stored *ledger.StoredRecord) {
	if stored.Seq <= a.journal.last {
		return
	}
	a.find(CodeJournalExtra, journalRow(stored.Seq, ""), "stands beyond the head, which is at %d", a.journal.head.Seq)
	if stored.Seq == a.journal.last+1 {
		a.differ(CodeHeadDiffers, headRow(a.book, "seq"), strconv.FormatInt(stored.Seq, 10), strconv.FormatInt(a.journal.last, 10))
	}
}

// gapBefore reports the positions before seq that have no record.
func (a *auditor) gapBefore(seq int64) {
	if a.model.seq+1 >= seq {
		return
	}
	a.model.lost = true
	for missing := a.model.seq + 1; missing < seq; missing++ {
		a.find(CodeJournalMissing, journalRow(missing, ""), "is missing")
	}
}

// tailGap reports what the head counts and the journal lacks at its end.
func (a *auditor) tailGap() {
	m := a.model
	if a.state.last == math.MaxInt64 || m.seq >= a.state.last {
		return
	}
	a.find(CodeJournalMissing, journalRow(m.seq+1, ""), "is missing, as is all after it up to %d, where the head is", a.state.last)
	a.differ(CodeHeadDiffers, headRow(a.book, "seq"), strconv.FormatInt(m.last, 10), strconv.FormatInt(a.state.last, 10))
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
		a.differ(CodeJournalColumn, at("book_id"), strconv.FormatInt(int64(record.Book), 10), strconv.FormatInt(int64(a.book), 10))
	}
	if record.Seq != stored.Seq {
		a.differ(CodeJournalColumn, at("seq"), strconv.FormatInt(record.Seq, 10), strconv.FormatInt(stored.Seq, 10))
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
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
