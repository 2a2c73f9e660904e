package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// idPrints are the fingerprint of the ids of all records, which a sorted reading
// of them must have.
type idPrints struct {
	*printer
	print fingerprint
	rows  int64
	// unknown is set if a row could not be read at all.
	unknown bool
	// each is set if ids are looked up one by one instead.
	each bool
}

// idTable tells ids from rows of other tables.
const idTable = tableCount

func (p *idPrints) add(id uuid.UUID) {
	words := [...]int64{int64(binary.BigEndian.Uint64(id[:])), int64(binary.BigEndian.Uint64(id[8:]))}
	p.print.add(p.of(idTable, words[:]))
	p.rows++
}

func (p *idPrints) expect(stored *ledger.StoredRecord, parsed *parsedRow) {
	if p.each {
		return
	}
	if parsed.err != nil {
		p.add(stored.ID)
		return
	}
	p.add(parsed.record.ID)
}

// checkIDs reads all ids in their order, in which one that was used twice stands
// beside itself, and checks that they are the ids of the records.
func (a *auditor) checkIDs(ctx context.Context) error {
	want := &a.model.ids
	if a.rows == nil || want.each {
		return nil
	}
	got := idPrints{printer: want.printer}
	var last uuid.UUID
	var twice []uuid.UUID
	for id, err := range a.rows.RecordIDs(ctx, a.book) {
		if errors.Is(err, ledger.ErrCorrupt) {
			want.unknown = true // and its row was reported
			break
		}
		if err != nil {
			return err
		}
		if got.rows > 0 && id == last && int64(len(twice)) < a.findingsMax {
			twice = append(twice, id)
		}
		last = id
		got.add(id)
	}
	if !want.unknown && got.print != want.print && a.report.Counts[CodeJournalColumn] == 0 {
		a.find(CodeJournalID, row{table: "journal", column: "id"}, "the ids as their index has them are not those of the records")
	}
	return a.namesakes(ctx, slices.Compact(twice))
}

// namesakes reports records that have the id of an earlier one.
func (a *auditor) namesakes(ctx context.Context, twice []uuid.UUID) error {
	for _, id := range twice {
		first := int64(0)
		for stored, err := range a.other.Records(ctx, a.book, ledger.RecordQuery{IDs: []uuid.UUID{id}}) {
			if errors.Is(err, ledger.ErrCorrupt) {
				break
			}
			if err != nil {
				return err
			}
			a.namesake(&first, stored.Seq)
		}
	}
	return nil
}

func (a *auditor) namesake(first *int64, seq int64) {
	if *first == 0 {
		*first = seq
		return
	}
	if seq != *first {
		a.find(CodeJournalID, recordPart(seq, "id"), "record %d has it already", *first)
	}
}

// checkEachID reports ids of the chunk that an earlier record has, of those
// looked up.
func (a *auditor) checkEachID(c *chunk) {
	for i := range c.rows {
		if c.parsed[i].err != nil {
			continue
		}
		for _, other := range a.found[c.parsed[i].record.ID] {
			if other.Seq < c.rows[i].Seq {
				a.find(CodeJournalID, recordPart(c.rows[i].Seq, "id"), "record %d has it already", other.Seq)
				break
			}
		}
	}
}
