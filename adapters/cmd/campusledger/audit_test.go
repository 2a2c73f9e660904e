package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/audit"
)

func TestAuditOfWhatAnAuditorIsGiven(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	reported := func(text string) audit.Report {
		var report audit.Report
		require.NoError(t, json.Unmarshal([]byte(text), &report))
		return report
	}
	whole := reported(s.do(t, exitDone, "audit", "--json"))
	require.Positive(t, whole.Seals)
	require.Empty(t, whole.Unread)

	journal := s.file("book.jsonl")
	s.do(t, exitDone, "export", "journal", "--out", journal)
	checkpoint := s.give(t, "kept.checkpoint", s.do(t, exitDone, "checkpoint"))

	t.Run("an export without a database", func(t *testing.T) {
		t.Parallel()
		report := reported(outside(t, exitDone, "audit", "--json", "--journal", journal, "--checkpoint", checkpoint))
		require.Equal(t, whole.Root, report.Root)
		require.Equal(t, whole.TrialBalance, report.TrialBalance)
		require.Contains(t, report.Unread, "milestone")
		require.Contains(t, outside(t, exitDone, "audit", "--journal", journal), "Not there to be compared: ")
	})
	t.Run("a forged export", func(t *testing.T) {
		t.Parallel()
		text, err := os.ReadFile(journal)
		require.NoError(t, err)
		forged := s.give(t, "forged.jsonl", strings.Replace(string(text), `"by":"`, `"by":"x`, 1))
		require.Contains(t, outside(t, exitFindings, "audit", "--journal", forged, "--checkpoint", checkpoint), "checkpoint_differs")
		require.Contains(t, outside(t, exitFailed, "audit", "--journal", s.give(t, "empty.jsonl", "")), "no records")
		require.Contains(t, outside(t, exitFailed, "audit", "--journal", journal, "--school", "2"), "give --school 1")
	})
	t.Run("archives", func(t *testing.T) {
		t.Parallel()
		date := whole.OpenDate.AddDays(-1).String()
		file := s.file("day.zip")
		s.do(t, exitDone, "archive", file, "--until", date)
		report := reported(outside(t, exitDone, "audit", "--json", "--archive", file))
		require.Less(t, report.Records, whole.Records+1)
		require.Contains(t, report.Unread, "account")
	})
	t.Run("a later part only", func(t *testing.T) {
		t.Parallel()
		state := s.file("audit.state")
		s.do(t, exitDone, "audit", "--save", state)
		info, err := os.Stat(state)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		report := reported(s.do(t, exitDone, "audit", "--json", "--from", state))
		require.Equal(t, whole.Records, report.From)
		require.Equal(t, whole.Root, report.Root)
		require.Contains(t, s.do(t, exitDone, "audit", "--from", state), "read by an earlier audit")
		s.do(t, exitFailed, "audit", "--from", journal)
	})
	t.Run("keys and checkpoints of others", func(t *testing.T) {
		t.Parallel()
		other := newSealed(t, "")
		require.Contains(t, s.do(t, exitFindings, "audit", "--keys", other.keys), "seal_signature")
		foreign := other.give(t, "other.checkpoint", other.do(t, exitDone, "checkpoint"))
		require.Contains(t, s.do(t, exitFindings, "audit", "--checkpoint", foreign), "checkpoint_")
		s.do(t, exitFailed, "audit", "--checkpoint", journal)
		require.Contains(t, s.do(t, exitFindings, "prove", "consistency", "--from", foreign), "your checkpoint is of")
		require.Contains(t, s.do(t, exitFindings, "prove", "record", "999999"), "unknown record")
	})
	t.Run("seals that were taken away", func(t *testing.T) {
		t.Parallel()
		other := newSealed(t, "")
		db, err := sql.Open("sqlite", filepath.Join(other.where.Dir, "ledger.db"))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "delete from seal")
		require.NoError(t, errors.Join(err, db.Close()))
		for _, args := range [][]string{{"audit"}, {"audit", "--keys", other.keys}} {
			require.Contains(t, other.do(t, exitFindings, args...), "seal_missing")
			other.do(t, exitDone, append(args, "--no-sealed")...)
		}
	})
	t.Run("what is found", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, outside(t, exitDone, "audit", "--codes"), "journal_mark")
		require.Contains(t, outside(t, exitDone, "audit", "--codes"), "payment_order_differs")
		require.Equal(t, audit.TamperTable()+"\n"+school.TamperTable(), outside(t, exitDone, "audit", "--tampering"))
	})
}
