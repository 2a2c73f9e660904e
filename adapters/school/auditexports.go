package school

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

// exportAudit compares book_export: a file that was given away is of a period that
// a day close ended, and of the journal with one root up to there.
type exportAudit struct{ *auditing }

// Record implements [audit.Projection]: the few records are looked up.
func (*exportAudit) Record(*ledger.Record) error { return nil }

// Compare implements [audit.Projection].
func (w *exportAudit) Compare(ctx context.Context, report func(audit.Finding)) error {
	table := auditedTable{
		name: "book_export", school: "school", key: []string{"format", "from_date", "to_date"},
		columns: []string{"format", "from_date", "to_date", "close_seq", "root"},
	}
	return w.pages(ctx, &table, func(page []auditedRow) error {
		for _, row := range page {
			faults, err := w.judge(ctx, row)
			if err != nil {
				return wrapTable(table.name, err)
			}
			for _, f := range faults {
				report(f.finding(table.name, table.rowName(row)))
			}
		}
		return nil
	})
}

func (w *exportAudit) judge(ctx context.Context, row auditedRow) ([]fault, error) {
	seq, err := strconv.ParseInt(row.text("close_seq"), 10, 64)
	if err != nil {
		seq = 0
	}
	closed, err := w.closeAt(ctx, seq)
	switch {
	case errors.Is(err, ledger.ErrCorrupt):
		return []fault{{code: CodeExportUnreadable, column: "close_seq", problem: "the record there cannot be read"}}, nil
	case err != nil:
		return nil, err
	case closed == nil:
		return []fault{{code: CodeExportDiffers, column: "close_seq", got: row.text("close_seq"), problem: "is the position of no day close"}}, nil
	}
	faults := differs(CodeExportDiffers, "to_date", closed.Date.String(), row.text("to_date"))
	if row.text("root") == "" { // it was not known
		return faults, nil
	}
	root, err := seal.NewProver(w.journal, w.book).Root(ctx, seq)
	if errors.Is(err, ledger.ErrCorrupt) {
		return append(faults, fault{code: CodeExportUnreadable, column: "root", problem: "the journal's root there cannot be computed"}), nil
	}
	if err != nil {
		return nil, fmt.Errorf("root at %d: %w", seq, err)
	}
	return append(faults, differs(CodeExportDiffers, "root", hex.EncodeToString(root[:]), row.text("root"))...), nil
}

// closeAt returns the day close at a position, or nil.
func (w *exportAudit) closeAt(ctx context.Context, seq int64) (*ledger.Record, error) {
	if seq < 1 {
		return nil, nil
	}
	for stored, err := range w.journal.Records(ctx, w.book, ledger.RecordQuery{After: seq - 1, Limit: 1}) {
		if err != nil {
			return nil, err
		}
		record, err := ledger.ParseRecord(stored.Body)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w: %w", seq, ledger.ErrCorrupt, err)
		}
		if record.Seq == seq && record.Kind == ledger.KindDayClose {
			return &record, nil
		}
	}
	return nil, nil
}
