package audit_test

import (
	"context"
	"iter"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

// misindexed is a journal whose index has another id than one of its records.
type misindexed struct {
	tabled
	id uuid.UUID
}

func (m misindexed) RecordIDs(ctx context.Context, book ledger.BookID) iter.Seq2[uuid.UUID, error] {
	return func(yield func(uuid.UUID, error) bool) {
		for id, err := range m.tabled.RecordIDs(ctx, book) {
			if id == m.id {
				id[15] ^= 1
			}
			if !yield(id, err) {
				return
			}
		}
	}
}

func TestAnIndexOfOtherIDs(t *testing.T) {
	t.Parallel()
	records := genuine(t)
	found := func(id uuid.UUID) int64 {
		report, err := audit.Run(t.Context(), misindexed{tabled{forgedOf(records)}, id}, historyBook, nil)
		require.NoError(t, err)
		return report.Counts[audit.CodeJournalID]
	}
	require.Zero(t, found(ledger.KeyID("nobody's")))
	require.EqualValues(t, 1, found(records[16].ID))
}
