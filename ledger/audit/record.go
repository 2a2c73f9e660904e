package audit

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// record checks one record against the book as the records before it left it,
// and moves the book on.
func (a *auditor) record(ctx context.Context, r *ledger.Record) error {
	a.checkTime(r)
	a.model.date(r)
	a.checkShape(r)
	a.checkID(r)
	if err := a.apply(ctx, r); err != nil {
		return err
	}
	a.countMoves(r)
	if len(a.reopenings) > 0 {
		a.setAside(r)
	}
	for _, p := range a.projections {
		if err := p.Record(r); err != nil {
			return err
		}
	}
	return nil
}

func (a *auditor) apply(ctx context.Context, r *ledger.Record) error {
	switch r.Kind {
	case ledger.KindGenesis:
		a.model.name, a.model.openDate = strings.Clone(r.Name), r.Date
	case ledger.KindOpening:
		a.opening(r)
	case ledger.KindChange:
		a.change(r)
	case ledger.KindChart:
		a.chart(r)
	case ledger.KindDayClose:
		a.closeDay(r)
	case ledger.KindReopen:
		if err := a.reopen(ctx, r); err != nil {
			return err
		}
	case ledger.KindReversal:
		a.reversal(r)
		return nil
	case ledger.KindRefund:
		a.refund(r)
		return nil
	case ledger.KindHold:
		a.authorize(r)
	case ledger.KindCapture:
		a.capture(r)
		return nil
	case ledger.KindRelease, ledger.KindExpiry:
		a.release(r)
	}
	if len(r.Lines) > 0 { // lines move, whatever the kind
		p := a.posting(r, "lines", r.Lines)
		p.kind = r.Kind
		a.post(p)
	}
	return nil
}

// countMoves takes down which accounts the record's lines moved.
func (a *auditor) countMoves(r *ledger.Record) {
	for i := range r.Lines {
		line := &r.Lines[i]
		if line.Amount.IsZero() {
			continue
		}
		a.model.entries++
		if x := a.posted.of(r, i); x != nil {
			a.model.moves(x, r.Seq)
		} else if x := a.model.accounts[line.Account]; x != nil {
			a.model.moves(x, r.Seq)
		}
	}
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

// checkID checks that an id that follows from the record's content does. That
// none was used twice is seen later: see checkIDs.
func (a *auditor) checkID(r *ledger.Record) {
	if want := a.idOf(r); r.ID != want || r.ID == uuid.Nil {
		a.differ(CodeJournalID, recordPart(r.Seq, "id"), want.String(), r.ID.String())
	}
}

// idOf returns the id that the record must have: the one it has, if the caller
// chose it.
func (a *auditor) idOf(r *ledger.Record) uuid.UUID {
	switch r.Kind {
	case ledger.KindGenesis:
		return ledger.KeyID("ledger", "genesis")
	case ledger.KindDayClose:
		if d := a.model.dates[r.Date]; d != nil && d.closes > 0 {
			return ledger.KeyID("ledger", "close", r.Date.String(), strconv.Itoa(d.closes+1))
		}
		return ledger.KeyID("ledger", "close", r.Date.String())
	case ledger.KindReopen:
		return ledger.KeyID("ledger", "reopen", r.Of.String())
	case ledger.KindReversal:
		return a.undoing
	case ledger.KindRelease:
		return ledger.KeyID("ledger", "release", r.Of.String())
	case ledger.KindExpiry:
		return ledger.KeyID("ledger", "expire", r.Of.String())
	}
	return r.ID
}

// reversalID is the id of the only reversal a record can have.
func reversalID(of uuid.UUID) uuid.UUID { return ledger.KeyID("ledger", "reverse", of.String()) }
