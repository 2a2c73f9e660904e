package audit_test

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

func linesOf(records []ledger.Record) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for i := range records {
			if !yield(records[i].Canonical(), nil) {
				return
			}
		}
	}
}

func TestAnExportWithoutADatabase(t *testing.T) {
	t.Parallel()
	store := openSQLite(t).store
	history(t, store)
	records := genuine(t)
	run := func(t *testing.T, lines iter.Seq2[[]byte, error], options *audit.Options) audit.Report {
		t.Helper()
		report, err := audit.Run(t.Context(), audit.NewLines(lines), historyBook, options)
		require.NoError(t, err)
		return report
	}
	t.Run("has the totals that the database has", func(t *testing.T) {
		t.Parallel()
		report := run(t, linesOf(records), nil)
		require.Empty(t, report.Findings)
		require.Equal(t, []string{"book", "account", "milestone", "closing", "hold", "refund", "node", "seal", "cursor"}, report.Unread)
		whole, err := audit.Run(t.Context(), store, historyBook, nil)
		require.NoError(t, err)
		require.Empty(t, whole.Unread)
		report.Unread = nil
		require.Equal(t, whole, report)
	})
	t.Run("lacks a line", func(t *testing.T) {
		t.Parallel()
		report := run(t, linesOf(slices.Delete(slices.Clone(records), 5, 6)), nil)
		require.Equal(t, audit.CodeJournalMissing, report.Findings[0].Code)
		require.Equal(t, "seq=6", report.Findings[0].Key)
	})
	t.Run("has a line that is no record", func(t *testing.T) {
		t.Parallel()
		report := run(t, func(yield func([]byte, error) bool) {
			for i := range records {
				body := records[i].Canonical()
				if i == 5 {
					body = body[1:]
				}
				if !yield(body, nil) {
					return
				}
			}
		}, nil)
		require.Equal(t, audit.CodeJournalUnreadable, report.Findings[0].Code)
		require.Equal(t, "seq=6", report.Findings[0].Key)
	})
	t.Run("that was cut off shows in a checkpoint", func(t *testing.T) {
		t.Parallel()
		report := run(t, linesOf(records[:40]), &audit.Options{Checkpoints: []seal.Checkpoint{{Size: historySeq}}})
		require.Equal(t, audit.CodeCheckpointBeyond, report.Findings[0].Code)
	})
	t.Run("that cannot be read is an error", func(t *testing.T) {
		t.Parallel()
		failure := errors.New("the disk is gone")
		_, err := audit.Run(t.Context(), audit.NewLines(func(yield func([]byte, error) bool) { yield(nil, failure) }), historyBook, nil)
		require.ErrorIs(t, err, failure)
	})
	t.Run("without lines is no book", func(t *testing.T) {
		t.Parallel()
		_, err := audit.Run(t.Context(), audit.NewLines(linesOf(nil)), historyBook, nil)
		require.ErrorIs(t, err, ledger.ErrBookUnknown)
	})
	t.Run("is read from its beginning", func(t *testing.T) {
		t.Parallel()
		state := saved(t, store, historyBook)
		_, err := audit.Run(t.Context(), audit.NewLines(linesOf(records)), historyBook, &audit.Options{From: state})
		require.ErrorIs(t, err, audit.ErrState)
	})
}
