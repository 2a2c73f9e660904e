package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// record checks one record against the book as the records before it left it,
// and moves the book on.
func (a *auditor) record(ctx context.Context, r *ledger.Record) error {
	m := a.model
	a.checkTime(r)
	a.checkShape(r)
	if err := a.checkID(ctx, r); err != nil {
		return err
	}
	switch r.Kind {
	case ledger.KindGenesis:
		m.name, m.openDate = r.Name, r.Date
	case ledger.KindOpening:
		a.opening(r)
	case ledger.KindChange:
		a.change(r)
	case ledger.KindDayClose:
		m.closeDay(r)
	case ledger.KindReversal:
		if err := a.reversal(ctx, r); err != nil {
			return err
		}
	}
	a.post(r)
	return a.lines.match(r)
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
	if r.Kind == ledger.KindDayClose && !r.Date.Before(r.Next) {
		a.find(CodeJournalDate, recordPart(r.Seq, "next"), "%s is not after %s, the date closed", r.Next, r.Date)
	}
}

// checkShape checks that the record has the parts of its kind and no others.
func (a *auditor) checkShape(r *ledger.Record) {
	want, got := partsOf(r.Kind), parts(r)
	if r.Kind == ledger.KindReversal && got == "" {
		want = "" // of a record whose lines all took nothing
	}
	if got != want {
		a.differ(CodeRecordShape, recordPart(r.Seq, "parts of a record of kind %s", r.Kind), want, got)
	}
	switch {
	case r.Kind == ledger.KindChange && len(r.Accounts) != 1:
		a.find(CodeRecordShape, recordPart(r.Seq, "accounts"), "a change has one account, not %d", len(r.Accounts))
	case want == "lines" && r.Kind != ledger.KindReversal && len(r.Lines) < 2:
		a.find(CodeRecordShape, recordPart(r.Seq, "lines"), "a transaction has two or more, not %d", len(r.Lines))
	case (r.Seq == 1) != (r.Kind == ledger.KindGenesis):
		a.find(CodeRecordShape, recordPart(r.Seq, "kind"), "genesis is the first record and no other, but this is %q", r.Kind)
	}
}

// partsOf says which parts a record of the kind must have. Transactions and
// reversals may have a document too.
func partsOf(kind string) string {
	switch kind {
	case ledger.KindGenesis:
		return "name"
	case ledger.KindOpening:
		return "accounts"
	case ledger.KindChange:
		return "accounts why"
	case ledger.KindDayClose:
		return "next"
	}
	if strings.HasPrefix(kind, "ledger.") && kind != ledger.KindReversal {
		return "those of a kind that the ledger knows"
	}
	return "lines"
}

// parts lists the parts that the record has.
func parts(r *ledger.Record) string {
	var has []string
	for _, part := range []struct {
		name    string
		present bool
	}{
		{"accounts", len(r.Accounts) > 0},
		{"doc", len(r.Document) > 0 && partsOf(r.Kind) != "lines"},
		{"lines", len(r.Lines) > 0},
		{"name", r.Name != ""},
		{"next", !r.Next.IsZero()},
		{"why", r.Why != ""},
	} {
		if part.present {
			has = append(has, part.name)
		}
	}
	return strings.Join(has, " ")
}

// checkID checks that no earlier record has the id, and that an id that follows
// from the record's content does.
func (a *auditor) checkID(ctx context.Context, r *ledger.Record) error {
	want := r.ID
	switch r.Kind {
	case ledger.KindGenesis:
		want = ledger.KeyID("ledger", "genesis")
	case ledger.KindDayClose:
		want = ledger.KeyID("ledger", "close", r.Date.String())
	case ledger.KindReversal:
		want = ledger.KeyID("ledger", "reverse", r.Of.String())
	}
	if r.ID != want || r.ID == uuid.Nil {
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

// reversal checks that the record is the exact opposite of an earlier one that
// was not reversed before.
func (a *auditor) reversal(ctx context.Context, r *ledger.Record) error {
	at := recordPart(r.Seq, "of")
	if _, again := a.model.reversed[r.Of]; again {
		a.find(CodeRecordReversal, at, "record %s was reversed already", r.Of)
	}
	a.model.reversed[r.Of] = struct{}{}
	original, err := a.earlier(ctx, r.Of, r.Seq)
	switch {
	case err != nil:
		return err
	case original == nil:
		a.find(CodeRecordReversal, at, "no earlier record %s can be read", r.Of)
		return nil
	case original.Kind == ledger.KindReversal || len(original.Lines) == 0:
		a.find(CodeRecordReversal, at, "record %d is of kind %q and cannot be reversed", original.Seq, original.Kind)
	}
	want := make([]string, 0, len(original.Lines))
	for i := range original.Lines {
		if l := &original.Lines[i]; !l.Amount.IsZero() {
			want = append(want, fmt.Sprintf("%s %d %s", l.Account, -l.Amount.Minor(), l.Amount.Currency()))
		}
	}
	for i := range max(len(want), len(r.Lines)) {
		wanted, got := "no line", "no line"
		if i < len(want) {
			wanted = want[i]
		}
		if i < len(r.Lines) {
			l := &r.Lines[i]
			got = fmt.Sprintf("%s %d %s", l.Account, l.Amount.Minor(), l.Amount.Currency())
		}
		if wanted != got || i < len(r.Lines) && r.Lines[i].Take != ledger.Exact {
			a.differ(CodeRecordReversal, recordPart(r.Seq, "lines[%d]", i), wanted, got)
		}
	}
	return nil
}
