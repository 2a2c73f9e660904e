package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// record checks one record against the book as the records before it left it,
// and moves the book on.
func (a *auditor) record(ctx context.Context, r *ledger.Record) error {
	a.checkTime(r)
	a.model.date(r)
	a.checkShape(r)
	if err := a.checkID(ctx, r); err != nil {
		return err
	}
	if err := a.apply(ctx, r); err != nil {
		return err
	}
	return a.lines.match(r)
}

func (a *auditor) apply(ctx context.Context, r *ledger.Record) error {
	switch r.Kind {
	case ledger.KindGenesis:
		a.model.name, a.model.openDate = r.Name, r.Date
	case ledger.KindOpening:
		a.opening(r)
	case ledger.KindChange:
		a.change(r)
	case ledger.KindChart:
		a.chart(r)
	case ledger.KindDayClose:
		a.closeDay(r)
	case ledger.KindReopen:
		a.reopen(r)
	case ledger.KindReversal:
		return a.reversal(ctx, r)
	case ledger.KindRefund:
		return a.refund(ctx, r)
	case ledger.KindHold:
		a.authorize(r)
	case ledger.KindCapture:
		a.capture(r)
	case ledger.KindRelease, ledger.KindExpiry:
		a.release(r)
	}
	if r.Kind != ledger.KindCapture && len(r.Lines) > 0 { // lines move, whatever the kind
		a.post(&posting{seq: r.Seq, date: r.Date, field: "lines", lines: r.Lines, kind: r.Kind})
	}
	return nil
}

// checkTime checks both axes: when the record was journaled, and its date.
func (a *auditor) checkTime(r *ledger.Record) {
	m := a.model
	if r.At.Before(m.at) {
		a.find(CodeJournalTime, recordPart(r.Seq, "at"), "%s is before %s, the time of the record before", timeText(r.At), timeText(m.at))
	} else {
		m.at = r.At
	}
	if m.lost && !m.openDate.IsZero() {
		m.openDate = r.Date
	}
	m.lost = m.lost && m.openDate.IsZero()
	if r.Kind != ledger.KindGenesis && r.Date != m.openDate && !m.openDate.IsZero() {
		a.differ(CodeJournalDate, recordPart(r.Seq, "date"), m.openDate.String(), r.Date.String())
	}
	switch {
	case r.Kind == ledger.KindDayClose && !r.Date.Before(r.Next):
		a.find(CodeJournalDate, recordPart(r.Seq, "next"), "%s is not after %s, the date closed", r.Next, r.Date)
	case r.Kind == ledger.KindReopen && !r.Next.Before(r.Date):
		a.find(CodeJournalDate, recordPart(r.Seq, "next"), "%s is not before %s, the date that was open", r.Next, r.Date)
	}
}

// checkID checks that no earlier record has the id, and that an id that follows
// from the record's content does.
func (a *auditor) checkID(ctx context.Context, r *ledger.Record) error {
	if want := a.idOf(r); r.ID != want || r.ID == uuid.Nil {
		a.differ(CodeJournalID, recordPart(r.Seq, "id"), want.String(), r.ID.String())
	}
	// Half of the id is remembered; on a match the store is asked.
	half := binary.BigEndian.Uint64(r.ID[8:])
	if _, ok := a.model.ids[half]; !ok {
		a.model.ids[half] = struct{}{}
		return nil
	}
	earlier, err := a.earlier(ctx, r.ID, r.Seq)
	if err == nil && earlier != nil {
		a.find(CodeJournalID, recordPart(r.Seq, "id"), "record %d has it already", earlier.Seq)
	}
	return err
}

// idOf returns the id that the record must have: the one it has, if the caller
// chose it.
func (a *auditor) idOf(r *ledger.Record) uuid.UUID {
	switch r.Kind {
	case ledger.KindGenesis:
		return ledger.KeyID("ledger", "genesis")
	case ledger.KindDayClose:
		if earlier := a.model.closed[r.Date]; earlier > 0 {
			return ledger.KeyID("ledger", "close", r.Date.String(), strconv.Itoa(earlier+1))
		}
		return ledger.KeyID("ledger", "close", r.Date.String())
	case ledger.KindReopen:
		return ledger.KeyID("ledger", "reopen", r.Of.String())
	case ledger.KindReversal:
		return ledger.KeyID("ledger", "reverse", r.Of.String())
	case ledger.KindRelease:
		return ledger.KeyID("ledger", "release", r.Of.String())
	case ledger.KindExpiry:
		return ledger.KeyID("ledger", "expire", r.Of.String())
	}
	return r.ID
}

// earlier looks up a record before the position by its id. It is nil if there is
// none that can be read.
func (a *auditor) earlier(ctx context.Context, id uuid.UUID, before int64) (*ledger.Record, error) {
	for stored, err := range a.state.Records(ctx, a.book, ledger.RecordQuery{IDs: []uuid.UUID{id}}) {
		if errors.Is(err, ledger.ErrCorrupt) {
			break
		}
		if err != nil {
			return nil, err
		}
		record, err := ledger.ParseRecord(stored.Body)
		if err == nil && record.ID == id && stored.Seq < before {
			record.Seq = stored.Seq
			return &record, nil
		}
	}
	return nil, nil
}
