package audit

import (
	"context"
	"math"

	"github.com/campusledger/campusledger/ledger"
)

// readJournal takes every journal row after a position in order. A row that the
// store cannot read is reported, and reading goes on behind it.
func (a *auditor) readJournal(ctx context.Context, after int64) error {
	p := a.pipe(ctx, after)
	defer p.close()
	for c := range p.queue {
		<-c.ready
		if err := a.chunk(ctx, c); err != nil {
			return err
		}
		if c.whole {
			a.tailGap()
			return nil
		}
		p.free <- c
	}
	return ctx.Err()
}

func (a *auditor) chunk(ctx context.Context, c *chunk) error {
	if err := a.lookUpEarlier(ctx, c); err != nil {
		return err
	}
	for i := range c.rows {
		if err := a.journalRow(ctx, &c.rows[i], &c.parsed[i]); err != nil {
			return err
		}
	}
	if c.problem != nil {
		a.unreadable(c.damaged, c.problem)
		a.model.loseTree()
		a.model.ids.unknown = true
	}
	return c.failure
}

func (a *auditor) journalRow(ctx context.Context, stored *ledger.StoredRecord, parsed *parsedRow) error {
	m := a.model
	m.ids.expect(stored, parsed)
	switch {
	case stored.Seq > a.last:
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
		a.progress(stored.Seq, a.last)
	}
	if mark := ledger.MarkOf(parsed.leaf[:]); mark != stored.Mark {
		a.differ(CodeJournalMark, journalRow(stored.Seq, "mark"), decimal(mark), decimal(stored.Mark))
	}
	m.append(parsed.leaf)
	a.reach()
	if parsed.err != nil {
		a.unreadable(stored.Seq, parsed.err)
		return nil
	}
	if !parsed.same {
		a.compareColumns(stored, &parsed.record)
	}
	parsed.record.Seq, a.undoing = stored.Seq, parsed.undoing
	return a.record(ctx, &parsed.record)
}

// progressEvery is after how many records progress is told.
const progressEvery = 1000

// beyond reports a row after the head, which no ledger wrote.
func (a *auditor) beyond(seq int64) {
	last := a.last
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
	a.model.loseTree()
	from := a.model.seq + 1
	for missing := from; missing < min(seq, from+missesMax); missing++ {
		a.find(CodeJournalMissing, journalRow(missing, ""), "is missing")
		a.model.gone[missing] = true
	}
	if seq > from+missesMax {
		a.find(CodeJournalMissing, journalRow(from+missesMax, ""), "is missing, as is all after it before %d", seq)
	}
}

// tailGap reports what the head counts and the journal lacks at its end.
func (a *auditor) tailGap() {
	m := a.model
	if a.last == math.MaxInt64 || m.seq >= a.last {
		return
	}
	a.find(CodeJournalMissing, journalRow(m.seq+1, ""), "is missing, as is all after it up to %d, where the head is", a.last)
	a.differ(CodeHeadDiffers, headRow(a.book, "seq"), decimal(m.last), decimal(a.last))
}

func (a *auditor) unreadable(seq int64, problem error) {
	a.model.seq, a.model.lost = max(a.model.seq, seq), true
	a.model.unreadable[seq] = true
	a.find(CodeJournalUnreadable, journalRow(seq, "body"), "%v", problem)
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
	if record.Date != stored.Date {
		a.differ(CodeJournalColumn, at("date"), record.Date.String(), stored.Date.String())
	}
}
