package audit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

func TestCleanHistory(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t).store
			book := history(t, store)
			report, err := audit.Run(t.Context(), store, historyBook, nil)
			require.NoError(t, err)
			require.Empty(t, report.Findings)
			require.True(t, report.Clean())
			requireTotals(t, book, &report)

			view, err := store.View(t.Context())
			require.NoError(t, err)
			defer func() { require.NoError(t, view.Close()) }()
			ofView, err := audit.Run(t.Context(), view, historyBook, nil)
			require.NoError(t, err)
			require.Equal(t, report, ofView, "an audit of a view finds the same")
		})
	}
}

// requireTotals compares the control totals with what the ledger itself says.
func requireTotals(t *testing.T, book *ledger.Book, report *audit.Report) {
	t.Helper()
	head, err := book.Head(t.Context())
	require.NoError(t, err)
	tree, err := ledger.ParseTree(head.Seq, head.Tree)
	require.NoError(t, err)
	root, err := tree.Root()
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x", root), report.Root)
	require.Equal(t, "No. 1 School", report.Name)
	require.Equal(t, nextMonday, report.OpenDate)
	require.True(t, head.At.Equal(report.At))
	require.EqualValues(t, historySeq, report.Seq)
	require.EqualValues(t, historySeq, report.Records)
	require.EqualValues(t, 14, report.Accounts)
	require.EqualValues(t, 56, report.Entries)
	require.EqualValues(t, 35, report.Closings)
	require.EqualValues(t, 5, report.Holds)
	require.EqualValues(t, 4, report.Refunds)
	totals, err := book.TrialBalance(t.Context())
	require.NoError(t, err)
	require.Len(t, report.TrialBalance, len(totals))
	for _, want := range totals {
		i := slices.IndexFunc(report.TrialBalance, func(c audit.ControlTotal) bool {
			return c.Control == want.Control && c.Currency == want.Currency
		})
		require.GreaterOrEqual(t, i, 0)
		require.Equal(t, want.Balance().Decimal(), report.TrialBalance[i].Balance)
		require.EqualValues(t, want.Accounts, report.TrialBalance[i].Accounts)
	}
	require.Len(t, report.Currencies, 2)
	for _, total := range report.Currencies {
		require.Equal(t, total.Debits, total.Credits)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	t.Run("an unknown book is an error", func(t *testing.T) {
		t.Parallel()
		_, err := audit.Run(t.Context(), openSQLite(t).store, 5, nil)
		require.ErrorIs(t, err, ledger.ErrBookUnknown)
	})
	t.Run("a book without records is clean", func(t *testing.T) {
		t.Parallel()
		store := openSQLite(t).store
		require.NoError(t, store.Create(t.Context(), 5))
		report, err := audit.Run(t.Context(), store, 5, nil)
		require.NoError(t, err)
		require.True(t, report.Clean(), "%v", report.Findings)
	})
	t.Run("an ended context is an error and no finding", func(t *testing.T) {
		t.Parallel()
		store := openSQLite(t).store
		history(t, store)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := audit.Run(ctx, store, historyBook, nil)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("an audit beside writers is clean and sees one moment", func(t *testing.T) {
		t.Parallel()
		for name, open := range engines {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				store := open(t).store
				s := scribe{t: t, book: history(t, store)}
				reports := make(chan audit.Report, 5)
				go func() {
					defer close(reports)
					for range cap(reports) {
						report, err := audit.Run(context.WithoutCancel(t.Context()), store, historyBook, nil)
						if err != nil {
							report.Findings = append(report.Findings, audit.Finding{Sentence: err.Error()})
						}
						reports <- report
					}
				}()
				written := 0
				for report := range reports {
					require.Empty(t, report.Findings)
					require.Equal(t, report.Seq, report.Records)
					s.sale(fmt.Sprintf("beside-%d", written), "h1", 1)
					written++
				}
				require.Equal(t, 5, written)
			})
		}
	})
	t.Run("findings beyond the most kept are counted", func(t *testing.T) {
		t.Parallel()
		e := openSQLite(t)
		history(t, e.store)
		n := e.exec(t, "update journal set mark = mark + 1")
		report, err := audit.Run(t.Context(), e.store, historyBook, &audit.Options{FindingsMax: 3})
		require.NoError(t, err)
		require.Len(t, report.Findings, 3)
		require.Equal(t, n, report.Total)
		require.Equal(t, n, report.Counts[audit.CodeJournalMark])
		require.False(t, report.Clean())
	})
	t.Run("a body and its mark changed together show in the head's tree", func(t *testing.T) {
		t.Parallel()
		records := genuine(t)
		seventh := &records[6]
		seventh.By = "clerk:2"
		report := auditOf(t, records, func(head *ledger.Head) { head.Tree = forgedOf(genuine(t)).head.Tree })
		require.Equal(t, "tree", report.Findings[0].Column)
		require.Contains(t, report.Findings[0].Sentence, "at the positions 1 to 32")
	})
}

func TestReportIsJSON(t *testing.T) {
	t.Parallel()
	e := openSQLite(t)
	history(t, e.store)
	e.exec(t, "update closing set debits = 751 where account = 3 and date = '2026-09-07'")
	report, err := audit.Run(t.Context(), e.store, historyBook, nil)
	require.NoError(t, err)
	data, err := json.Marshal(report)
	require.NoError(t, err)
	require.Contains(t, string(data), `"open_date":"2026-09-14"`)
	require.Contains(t, string(data), `"findings":[{"code":"closing_differs","table":"closing","key":"account=wallet/h1 date=2026-09-07",`+
		`"column":"debits","want":"750","got":"751",`+
		`"sentence":"closing account=wallet/h1 date=2026-09-07, debits: is \"751\", but \"750\" follows from the journal."}]`)
	var back audit.Report
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, report, back)
}

func TestEveryCodeHasAMeaningAndATest(t *testing.T) {
	t.Parallel()
	provoked := map[audit.Code]bool{}
	for _, tampering := range audit.Tamperings() {
		provoked[tampering.Code] = true
	}
	for _, set := range allForgeries {
		for _, forgery := range set {
			provoked[forgery.code] = true
		}
	}
	provoked[audit.CodeRefundUnreadable] = true    // by TestUnreadableRefunds
	provoked[audit.CodeCheckpointSignature] = true // by TestCheckpointsFromOutside
	listed := map[audit.Code]bool{}
	for _, m := range audit.Codes() {
		require.Regexp(t, `^[a-z]+(_[a-z]+)+$`, string(m.Code))
		require.True(t, strings.HasSuffix(m.Meaning, "."), m.Meaning)
		require.False(t, listed[m.Code], "%s is listed twice", m.Code)
		require.True(t, provoked[m.Code], "no test provokes %s", m.Code)
		listed[m.Code] = true
	}
	for code := range provoked {
		require.True(t, listed[code], "%s is not listed", code)
	}
}
