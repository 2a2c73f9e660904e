package audit_test

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// tabled is a forged journal whose reader yields rows: of all tables but the
// journal none.
type tabled struct{ forged }

func none[T any](func(T, error) bool) {}

func (tabled) AccountRows(context.Context, ledger.BookID) iter.Seq2[ledger.AccountRow, error] {
	return none
}

func (tabled) MilestoneRows(context.Context, ledger.BookID) iter.Seq2[ledger.Milestone, error] {
	return none
}

func (tabled) ClosingRows(context.Context, ledger.BookID) iter.Seq2[ledger.ClosingRow, error] {
	return none
}

func (t tabled) RecordIDs(context.Context, ledger.BookID) iter.Seq2[uuid.UUID, error] {
	return func(yield func(uuid.UUID, error) bool) {
		var ids []uuid.UUID
		for i := range t.records {
			ids = append(ids, t.records[i].ID)
		}
		slices.SortFunc(ids, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}

func (tabled) NodeRows(context.Context, ledger.BookID) iter.Seq2[ledger.Node, error] { return none }

func (tabled) Seals(context.Context, ledger.BookID, int64) iter.Seq2[ledger.Seal, error] { return none }

func (tabled) CursorRows(context.Context, ledger.BookID) iter.Seq2[ledger.CursorRow, error] {
	return none
}
