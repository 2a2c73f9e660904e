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
	forged
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
	reader := breaking{forged: forgedOf(genuine(t)), refunds: fmt.Errorf("line 2: %w", ledger.ErrCorrupt)}
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

// stray is a reader with a closing of nobody and an entry that cannot be read.
type stray struct{ forged }

func (stray) Closings(context.Context, ledger.BookID, ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	return func(yield func(ledger.Closing, error) bool) {
		yield(ledger.Closing{Account: "nobody", Date: monday}, nil)
	}
}

func (stray) Entries(context.Context, ledger.BookID, ledger.EntryQuery) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		if yield(ledger.Entry{Account: "bank", Seq: 4, Amount: cny(10_000), Balance: cny(10_000)}, nil) {
			yield(ledger.Entry{}, ledger.ErrCorrupt)
		}
	}
}

func TestStrayRows(t *testing.T) {
	t.Parallel()
	report, err := audit.Run(t.Context(), stray{forgedOf(genuine(t))}, historyBook, nil)
	require.NoError(t, err)
	require.EqualValues(t, 1, report.Counts[audit.CodeClosingExtra])
	require.EqualValues(t, 1, report.Counts[audit.CodeEntryUnreadable])
	require.Zero(t, report.Counts[audit.CodeEntryMissing], "nothing is known of those behind it")
	keys := map[audit.Code]string{}
	for _, f := range report.Findings {
		keys[f.Code] = f.Key
	}
	require.Equal(t, "account=nobody date=2026-09-07", keys[audit.CodeClosingExtra])
	require.Equal(t, "after account=bank seq=4 line=0", keys[audit.CodeEntryUnreadable])
}

func TestAStoreThatFailsIsNoFinding(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is gone")
	records := genuine(t)
	for name, reader := range map[string]breaking{
		"in its holds":   {forged: forgedOf(records), holds: failure},
		"in its refunds": {forged: forgedOf(records), refunds: failure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := audit.Run(t.Context(), reader, historyBook, nil)
			require.ErrorIs(t, err, failure)
		})
	}
}
