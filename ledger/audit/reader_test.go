package audit_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

// breaking is a reader whose holds and refunds end in an error.
type breaking struct {
	tabled
	holds, refunds error
}

func (b breaking) Holds(context.Context, ledger.BookID, ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	return func(yield func(ledger.StoredHold, error) bool) {
		if b.holds != nil {
			yield(ledger.StoredHold{}, b.holds)
		}
	}
}

func (b breaking) Refunds(context.Context, ledger.BookID) iter.Seq2[ledger.Refunded, error] {
	return func(yield func(ledger.Refunded, error) bool) {
		if yield(ledger.Refunded{Seq: 25, Line: 1, Minor: 400}, nil) && b.refunds != nil {
			yield(ledger.Refunded{}, b.refunds)
		}
	}
}

func TestUnreadableRefunds(t *testing.T) {
	t.Parallel()
	reader := breaking{tabled: tabled{forgedOf(genuine(t))}, refunds: fmt.Errorf("line 2: %w", ledger.ErrCorrupt)}
	report, err := audit.Run(t.Context(), reader, historyBook, nil)
	require.NoError(t, err)
	require.EqualValues(t, 1, report.Counts[audit.CodeRefundUnreadable])
	require.Zero(t, report.Counts[audit.CodeRefundMissing], "nothing is known of those behind it")
	require.Zero(t, report.Counts[audit.CodeRefundDiffers])
	require.EqualValues(t, 4, report.Refunds)
	for _, f := range report.Findings {
		if f.Code == audit.CodeRefundUnreadable {
			require.Equal(t, "after seq=25 line=1", f.Key)
		}
	}
}

// stray is a reader with a closing of nobody, and a milestone and a node that cannot
// be read.
type stray struct{ tabled }

func (stray) ClosingRows(context.Context, ledger.BookID) iter.Seq2[ledger.ClosingRow, error] {
	return func(yield func(ledger.ClosingRow, error) bool) {
		yield(ledger.ClosingRow{Account: 99, Date: monday}, nil)
	}
}

func (stray) MilestoneRows(context.Context, ledger.BookID) iter.Seq2[ledger.Milestone, error] {
	return func(yield func(ledger.Milestone, error) bool) {
		if yield(ledger.Milestone{Account: 1, Seq: 4}, nil) {
			yield(ledger.Milestone{}, ledger.ErrCorrupt)
		}
	}
}

func (stray) NodeRows(context.Context, ledger.BookID) iter.Seq2[ledger.Node, error] {
	return func(yield func(ledger.Node, error) bool) { yield(ledger.Node{}, ledger.ErrCorrupt) }
}

func TestStrayRows(t *testing.T) {
	t.Parallel()
	report, err := audit.Run(t.Context(), stray{tabled{forgedOf(genuine(t))}}, historyBook, nil)
	require.NoError(t, err)
	require.EqualValues(t, 1, report.Counts[audit.CodeClosingExtra])
	require.EqualValues(t, 1, report.Counts[audit.CodeMilestoneUnreadable])
	require.EqualValues(t, 1, report.Counts[audit.CodeNodeUnreadable])
	require.Zero(t, report.Counts[audit.CodeMilestoneMissing], "nothing is known of those behind it")
	keys := map[audit.Code]string{}
	for _, f := range report.Findings {
		keys[f.Code] = f.Key
	}
	require.Equal(t, "account=#99 date=2026-09-07", keys[audit.CodeClosingExtra])
	require.Equal(t, "after account=bank seq=4", keys[audit.CodeMilestoneUnreadable])
	require.Equal(t, "the first", keys[audit.CodeNodeUnreadable])
}

func TestAStoreThatFailsIsNoFinding(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is gone")
	records := genuine(t)
	for name, reader := range map[string]breaking{
		"in its holds":   {tabled: tabled{forgedOf(records)}, holds: failure},
		"in its refunds": {tabled: tabled{forgedOf(records)}, refunds: failure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := audit.Run(t.Context(), reader, historyBook, nil)
			require.ErrorIs(t, err, failure)
		})
	}
}
