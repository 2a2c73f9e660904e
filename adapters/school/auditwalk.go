package school

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

// rowAudit compares a table each row of which may repeat one record, whose id is
// derived from the row's key, and each such record of which has a row.
type rowAudit struct {
	*auditing
	pairing
	table    auditedTable
	missing  audit.Code                    // a record without a row
	extra    audit.Code                    // a row that is there twice
	recordID func(r auditedRow) uuid.UUID  // of the record that the row repeats
	rowKey   func(r *ledger.Record) string // the first column of the row's key, "" if it has none
	// judge says what is wrong with a row. No record was there after the row was
	// read if found is nil.
	judge  func(r auditedRow, found *foundRecord, overdue time.Time) []fault
	others map[string]bool // sentences reported of other rows
}

// Compare implements [audit.Projection].
func (w *rowAudit) Compare(ctx context.Context, report func(audit.Finding)) error {
	overdue, err := w.overdue(ctx)
	if err != nil {
		return wrapTable(w.table.name, err)
	}
	var before []string
	err = w.pages(ctx, &w.table, func(page []auditedRow) error {
		found, err := w.recordsOf(ctx, page)
		if err != nil {
			return err
		}
		for _, row := range page {
			key := w.table.keyOf(row)
			if slices.Equal(key, before) {
				report((&fault{code: w.extra, problem: "is there twice"}).finding(w.table.name, w.table.rowName(row)))
				continue
			}
			before = key
			if err := w.compareRow(ctx, row, found, overdue, report); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || w.even() {
		return err
	}
	return w.again(ctx, w.auditing, func(page []*ledger.Record) error { return w.findMissing(ctx, page, report) })
}

func (w *rowAudit) recordsOf(ctx context.Context, page []auditedRow) (map[uuid.UUID]foundRecord, error) {
	ids := make([]uuid.UUID, len(page))
	for i, row := range page {
		ids[i] = w.recordID(row)
	}
	return w.look(ctx, ids)
}

// compareRow judges a row. One that looks wrong is read once more, now after its
// record, and judged as it is then: it may have been in the middle of its steps.
func (w *rowAudit) compareRow(
	ctx context.Context, row auditedRow, records map[uuid.UUID]foundRecord, overdue time.Time, report func(audit.Finding),
) error {
	found := foundIn(records, w.recordID(row))
	if found != nil && found.record != nil {
		w.row(found.record)
	}
	if len(w.judge(row, found, overdue)) == 0 {
		return nil
	}
	now, err := w.same(ctx, &w.table, row)
	if err != nil {
		return err
	}
	if len(now) > 0 {
		row = now[0]
	}
	if records, err = w.recordsOf(ctx, []auditedRow{row}); err != nil {
		return err
	}
	for _, f := range w.judge(row, foundIn(records, w.recordID(row)), overdue) {
		w.reportOnce(f, f.finding(w.table.name, w.table.rowName(row)), report)
	}
	return nil
}

// reportOnce reports a fault of another row, which many rows may have met, once.
func (w *rowAudit) reportOnce(f fault, finding audit.Finding, report func(audit.Finding)) {
	if f.table != "" {
		if w.others[finding.Sentence] {
			return
		}
		if w.others == nil {
			w.others = map[string]bool{}
		}
		w.others[finding.Sentence] = true
	}
	report(finding)
}

func foundIn(records map[uuid.UUID]foundRecord, id uuid.UUID) *foundRecord {
	if found, ok := records[id]; ok {
		return &found
	}
	return nil
}

// findMissing reports the records of which no row is there.
func (w *rowAudit) findMissing(ctx context.Context, page []*ledger.Record, report func(audit.Finding)) error {
	keys := make([]string, 0, len(page))
	for _, r := range page {
		if key := w.rowKey(r); key != "" {
			keys = append(keys, key)
		}
	}
	rows, err := w.among(ctx, &w.table, keys)
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(rows))
	for _, row := range rows {
		there[row.text(w.table.key[0])] = true
	}
	for _, r := range page {
		if key := w.rowKey(r); !there[key] {
			f := fault{code: w.missing, problem: fmt.Sprintf("is missing, but the journal has its record at %d", r.Seq)}
			name := plainColumn(w.table.key[0]) + "=" + key
			if key == "" {
				name, f.problem = fmt.Sprintf("of record %d", r.Seq), "is missing: the record is of none"
			}
			report(f.finding(w.table.name, name))
		}
	}
	return nil
}
