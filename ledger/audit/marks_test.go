package audit_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

func TestCheckpointsFromOutside(t *testing.T) {
	t.Parallel()
	e, keys := openSQLite(t), longKeys(t)
	long := e.long(t, keys, 0)
	run := func(t *testing.T, options *audit.Options) audit.Report {
		t.Helper()
		report, err := audit.Run(t.Context(), e.store, longBook, options)
		require.NoError(t, err)
		return report
	}
	t.Run("signed ones of any size are clean", func(t *testing.T) {
		t.Parallel()
		report := run(t, &audit.Options{Verifier: long.verifier, Checkpoints: long.checkpoints, ClosesSealed: true})
		require.Empty(t, report.Findings)
		require.EqualValues(t, 2, report.Seals)
		require.EqualValues(t, 1, report.Cursors)
		require.EqualValues(t, 3, report.Nodes)
	})
	t.Run("one without a note is compared by its root", func(t *testing.T) {
		t.Parallel()
		bare := seal.Checkpoint{Size: firstDay, Root: long.checkpoints[0].Root}
		require.Empty(t, run(t, &audit.Options{Verifier: long.verifier, Checkpoints: []seal.Checkpoint{bare}}).Findings)
		bare.Root[0] ^= 1
		report := run(t, &audit.Options{Checkpoints: []seal.Checkpoint{bare}})
		require.Len(t, report.Findings, 1)
		require.Equal(t, audit.CodeCheckpointDiffers, report.Findings[0].Code)
		require.Contains(t, report.Findings[0].Sentence, "the first 150 records are not those that it was made of")
	})
	t.Run("one that says other than its note was not signed", func(t *testing.T) {
		t.Parallel()
		false1 := long.checkpoints[0]
		false1.Note = long.checkpoints[1].Note
		report := run(t, &audit.Options{Verifier: long.verifier, Checkpoints: []seal.Checkpoint{false1}})
		require.EqualValues(t, 1, report.Counts[audit.CodeCheckpointSignature])
	})
	t.Run("one of other records than the first so many is not theirs", func(t *testing.T) {
		t.Parallel()
		records := slices.Delete(genuine(t), 5, 6)
		tree := ledger.NewTree()
		for i := range records[:6] {
			require.NoError(t, tree.Append(ledger.LeafHash(records[i].Canonical()), nil))
		}
		root, err := tree.Root()
		require.NoError(t, err)
		c := seal.Checkpoint{Size: 6, Root: [32]byte(root)}
		report, err := audit.Run(t.Context(), audit.NewLines(linesOf(records)), historyBook, &audit.Options{Checkpoints: []seal.Checkpoint{c}})
		require.NoError(t, err)
		require.EqualValues(t, 1, report.Counts[audit.CodeCheckpointDiffers], "record 6 is missing, and 7 is no sixth")
	})
	t.Run("one of an empty journal is the empty root", func(t *testing.T) {
		t.Parallel()
		report := run(t, &audit.Options{Checkpoints: []seal.Checkpoint{{Size: 0}}})
		require.EqualValues(t, 1, report.Counts[audit.CodeCheckpointDiffers])
	})
}

// counting is a projection that counts records.
type counting struct {
	records int64
	failure error
}

func (c *counting) Record(*ledger.Record) error {
	c.records++
	return c.failure
}

func (c *counting) Compare(_ context.Context, report func(audit.Finding)) error {
	report(audit.Finding{Code: "meal_missing", Table: "meal", Key: "id=1", Sentence: "meal id=1: is missing."})
	return nil
}

func TestProjections(t *testing.T) {
	t.Parallel()
	store := openSQLite(t).store
	history(t, store)
	meals := &counting{}
	report, err := audit.Run(t.Context(), store, historyBook, &audit.Options{Projections: []audit.Projection{meals}})
	require.NoError(t, err)
	require.EqualValues(t, historySeq, meals.records)
	require.EqualValues(t, 1, report.Counts["meal_missing"])
	require.False(t, report.Clean())
	_, err = audit.Run(t.Context(), store, historyBook, &audit.Options{Projections: []audit.Projection{&counting{failure: context.DeadlineExceeded}}})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
