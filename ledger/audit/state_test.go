package audit_test

import (
	"context"
	"encoding/json"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

// requireResumed goes on from a state, which finds what an audit from the
// beginning found, and returns the state after it.
func requireResumed(t *testing.T, store ledger.Store, from *audit.State, whole audit.Report) *audit.State {
	t.Helper()
	next := &audit.State{}
	report, err := audit.Run(t.Context(), store, historyBook, &audit.Options{From: from, Save: func(s *audit.State) error {
		text, err := json.Marshal(s)
		require.NoError(t, err)
		return json.Unmarshal(text, next)
	}})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	if from != nil {
		require.Equal(t, from.Seq(), report.From)
		report.From = 0
	}
	require.Equal(t, whole, report)
	require.Equal(t, whole.Seq, next.Seq())
	require.Equal(t, whole.Root, next.Root())
	return next
}

// saved audits and returns where the run ended.
func saved(t *testing.T, store ledger.Reader, book ledger.BookID) *audit.State {
	t.Helper()
	var state *audit.State
	_, err := audit.Run(t.Context(), store, book, &audit.Options{Save: func(s *audit.State) error {
		state = s
		return nil
	}})
	require.NoError(t, err)
	require.NotNil(t, state)
	return state
}

// watched tells what is read of a view.
type watched struct {
	ledger.Rows
	records *int64
}

func (w watched) Records(ctx context.Context, book ledger.BookID, q ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		for r, err := range w.Rows.Records(ctx, book, q) {
			if len(q.IDs) == 0 {
				*w.records++
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func TestGoingOnFromAState(t *testing.T) {
	t.Parallel()
	t.Run("reads only the records after it", func(t *testing.T) {
		t.Parallel()
		e := openSQLite(t)
		s := scribe{t: t, book: history(t, e.store)}
		state := saved(t, e.store, historyBook)
		s.sale("late", "h1", 10)
		view, err := e.store.View(t.Context())
		require.NoError(t, err)
		defer func() { require.NoError(t, view.Close()) }()
		records := int64(0)
		report, err := audit.Run(t.Context(), watched{view.(ledger.Rows), &records}, historyBook, &audit.Options{From: state})
		require.NoError(t, err)
		require.Empty(t, report.Findings)
		require.EqualValues(t, historySeq+1, report.Records)
		require.EqualValues(t, historySeq, report.From)
		require.EqualValues(t, 2, records, "the new one, and the one it follows")
	})
	for name, tampering := range map[string]struct {
		statement string
		code      audit.Code
		key       string
	}{
		"finds a new record that breaks a rule": {
			"update journal set body = replace(body, '\"bank\",\"CNY\",1,', '\"bank\",\"CNY\",2,') where seq = 54", audit.CodeRecordUnbalanced, "seq=54",
		},
		"finds a new line that names another before": {
			"update journal set body = replace(body, '\"bank\",\"CNY\",1,14651,', '\"bank\",\"CNY\",1,14651,1') where seq = 54", audit.CodeRecordChain, "seq=54",
		},
		"finds a milestone that nothing led to":     {"insert into milestone values (7, 1, 6)", audit.CodeMilestoneExtra, "account=bank seq=6"},
		"finds moves that were counted otherwise":   {"update balance set moves = 9 where number = 1", audit.CodeAccountDiffers, "number=1 path=bank"},
		"finds a closing of before that is another": {"update closing set debits = debits + 1 where account = 3 and date = '2026-09-07'", audit.CodeClosingDiffers, "account=wallet/h1 date=2026-09-07"},
		"finds a hold of before that is another":    {"update hold set last_seq = 52 where seq = 26", audit.CodeHoldDiffers, "seq=26"},
		"finds an old id that was used again":       {"update journal set id = (select id from journal where seq = 4) where seq = 54", audit.CodeJournalColumn, "seq=54"},
		"finds that records were taken off":         {"update book set seq = 50; delete from journal where seq > 50", audit.CodeCheckpointBeyond, "state size=53"},
		"finds another past by the head's tree":     {"update book set tree = {blob}", audit.CodeHeadDiffers, "book=7"},
		"finds that its last record is gone":        {"delete from journal where seq = 53", audit.CodeJournalMissing, "seq=53"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openSQLite(t)
			s := scribe{t: t, book: history(t, e.store)}
			state := saved(t, e.store, historyBook)
			s.post("late", "topup", ledger.Debit("bank", cny(1)), ledger.Credit("wallet/h1", cny(1)))
			e.keep(t)
			e.exec(t, tampering.statement)
			report, err := audit.Run(t.Context(), e.store, historyBook, &audit.Options{From: state})
			require.NoError(t, err)
			require.Positive(t, report.Counts[tampering.code], "%+v", report.Findings)
			for _, f := range report.Findings {
				if f.Code == tampering.code {
					require.Equal(t, tampering.key, f.Key)
					break
				}
			}
		})
	}
	t.Run("trusts what was read before", func(t *testing.T) {
		t.Parallel()
		e := openSQLite(t)
		history(t, e.store)
		state := saved(t, e.store, historyBook)
		e.exec(t, "update journal set mark = mark + 1 where seq = 6")
		report, err := audit.Run(t.Context(), e.store, historyBook, &audit.Options{From: state})
		require.NoError(t, err)
		require.Empty(t, report.Findings)
		require.False(t, clean(t, e.store))
	})
	t.Run("is refused if it is none", func(t *testing.T) {
		t.Parallel()
		e := openSQLite(t)
		history(t, e.store)
		state := saved(t, e.store, historyBook)
		_, err := audit.Run(t.Context(), e.store, 8, &audit.Options{From: state})
		require.ErrorIs(t, err, audit.ErrState)
		require.ErrorIs(t, json.Unmarshal([]byte(`{"format":"another"}`), &audit.State{}), audit.ErrState)
		require.ErrorIs(t, json.Unmarshal([]byte(`[]`), &audit.State{}), audit.ErrState)
		text, err := json.Marshal(state)
		require.NoError(t, err)
		var fields map[string]any
		require.NoError(t, json.Unmarshal(text, &fields))
		require.Equal(t, "campusledger audit state 2", fields["format"])
		fields["root"] = "00"
		text, err = json.Marshal(fields)
		require.NoError(t, err)
		damaged := &audit.State{}
		require.NoError(t, json.Unmarshal(text, damaged))
		_, err = audit.Run(t.Context(), e.store, historyBook, &audit.Options{From: damaged})
		require.ErrorIs(t, err, audit.ErrState)
	})
	t.Run("continues an earlier checkpoint", func(t *testing.T) {
		t.Parallel()
		e := openSQLite(t)
		history(t, e.store)
		state := saved(t, e.store, historyBook)
		root, err := seal.NewProver(e.store.(seal.Reader), historyBook).Root(t.Context(), 10)
		require.NoError(t, err)
		found := func(c seal.Checkpoint) map[audit.Code]int64 {
			report, err := audit.Run(t.Context(), e.store, historyBook, &audit.Options{From: state, Checkpoints: []seal.Checkpoint{c}})
			require.NoError(t, err)
			return report.Counts
		}
		require.Empty(t, found(seal.Checkpoint{Size: 10, Root: root}))
		require.Equal(t, map[audit.Code]int64{audit.CodeCheckpointDiffers: 1}, found(seal.Checkpoint{Size: 11, Root: root}))
		e.exec(t, "update journal set body = (select body from journal where seq = 3) where seq = 4")
		require.Equal(t, map[audit.Code]int64{audit.CodeCheckpointDiffers: 1}, found(seal.Checkpoint{Size: 10, Root: root}))
	})
	t.Run("is not made of a run that found something", func(t *testing.T) {
		t.Parallel()
		e := openSQLite(t)
		history(t, e.store)
		e.exec(t, "update journal set mark = mark + 1 where seq = 6")
		_, err := audit.Run(t.Context(), e.store, historyBook, &audit.Options{Save: func(*audit.State) error {
			require.Fail(t, "it was")
			return nil
		}})
		require.NoError(t, err)
	})
}
