package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// rebuilt returns the root of a book that was made from a journal. An audit finds
// its ledger clean, but misses what the school keeps around it.
func rebuilt(t *testing.T, place ...string) string {
	t.Helper()
	_, out, errs := call(t, append([]string{"audit", "--json"}, place...)...)
	var report audit.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report), errs)
	require.NotEmpty(t, report.Root)
	around := []string{"bill_missing", "fee_item_missing", "merchant_missing", "holder_missing", "payment_order_missing"}
	for code := range report.Counts {
		require.Contains(t, around, string(code))
	}
	return report.Root
}

func TestABookIsRebuiltFromItsJournal(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"embedded": "", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSealed(t, "")
			whole, fresh := s.give(t, "whole.jsonl", s.journal(t)), t.TempDir()
			place := []string{"--data", fresh, "--database", database}
			half := s.give(t, "half.jsonl", s.journal(t, "--last", "20"))
			require.Contains(t, outside(t, exitDone, append([]string{"import", "journal", half}, place...)...), "20 records")
			words := outside(t, exitDone, append([]string{"import", "journal", whole}, place...)...)
			require.Contains(t, words, "A journal has no seals")
			want := root(t, s.place...)
			require.Contains(t, words, want)
			require.Equal(t, want, rebuilt(t, place...))
			require.Equal(t, words, outside(t, exitDone, append([]string{"import", "journal", whole}, place...)...), "done again it changes nothing")

			// With its keys the school goes on, and seals its closes as it did.
			text, err := os.ReadFile(school.SealKeyPath(s.where.Dir, 1))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(school.SealKeyPath(fresh, 1), text, 0o600))
			earlier := s.give(t, "checkpoint", s.checkpoint(t))
			again := &sealed{place: place, keys: s.keys, files: s.files}
			again.do(t, exitDone, "close")
			again.do(t, exitDone, "prove", "consistency", "--from", earlier, "--out", s.file("grown"))
			require.Contains(t, again.verify(t, exitDone, s.file("grown"), "--old", earlier), "Nothing in those was changed")

			require.Contains(t, outside(t, exitFindings, append([]string{"import", "journal", whole}, place...)...), "Refused", "the book has more")
		})
	}
}

func TestAJournalThatIsWrongMakesNoBook(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	journal := s.journal(t)
	lines := strings.SplitAfter(strings.TrimSuffix(journal, "\n"), "\n")
	for name, test := range map[string]struct {
		journal string
		exit    int
		want    string
		flags   []string
	}{
		"a record was changed":     {strings.Replace(journal, `["merchant/canteen1","CNY",-`, `["merchant/canteen1","CNY",-1`, 1), exitFindings, "record ", nil},
		"a record is missing":      {strings.Join(append(lines[:9:9], lines[10:]...), ""), exitFindings, "record 10", nil},
		"it was cut off":           {journal[:len(journal)-9], exitFindings, "cut off", nil},
		"it does not begin at 1":   {strings.Join(lines[1:], ""), exitFindings, "begins with record 2", nil},
		"it is empty":              {"", exitFindings, "there are none", nil},
		"it is no journal":         {"hello\n", exitFindings, "line 1", nil},
		"it is of another school":  {journal, exitFailed, "give --school 1, not 7", []string{"--school", "7"}},
		"another journal is there": {journal, exitFindings, "record 1 ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			if name == "another journal is there" {
				outside(t, exitDone, "import", "fees", filepath.Join(sample, "fees.csv"), "--data", data)
			}
			file := filepath.Join(t.TempDir(), "journal.jsonl")
			require.NoError(t, os.WriteFile(file, []byte(test.journal), 0o600))
			out := outside(t, test.exit, append([]string{"import", "journal", file, "--data", data}, test.flags...)...)
			require.Contains(t, out, test.want)
		})
	}
	t.Run("one that keeps the rules but tells of something else has another root", func(t *testing.T) {
		t.Parallel()
		file, data := filepath.Join(t.TempDir(), "journal.jsonl"), t.TempDir()
		gift := strings.Replace(journal, `"kind":"sale"`, `"kind":"gift"`, 1)
		require.NoError(t, os.WriteFile(file, []byte(gift), 0o600))
		words := outside(t, exitDone, "import", "journal", file, "--data", data)
		require.Contains(t, words, "Root "+rebuilt(t, "--data", data))
		require.NotContains(t, words, root(t, s.place...))
	})
	require.Contains(t, outside(t, exitFailed, "import", "journal", "none.jsonl"), "none.jsonl")
	serving, err := school.Open(t.Context(), s.where, nil)
	require.NoError(t, err)
	defer func() { _ = serving.Close() }()
	require.Contains(t, s.do(t, exitFailed, "import", "journal", s.give(t, "journal", journal)), "in use by another process")
}

func TestAnImportThatIsCutOffSaysSo(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	file := s.give(t, "journal", s.journal(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs strings.Builder
	exit := run(ctx, []string{"import", "journal", file, "--data", t.TempDir()}, streams{out: io.Discard, err: &errs})
	require.Equal(t, exitFailed, exit)
	require.Contains(t, errs.String(), "canceled")
}

// TestArchivesAreImportedThroughAPipe runs alone, as it changes the process's
// standard input.
func TestArchivesAreImportedThroughAPipe(t *testing.T) { //nolint:paralleltest // see above
	s := newSealed(t, "")
	s.do(t, exitDone, "archive", s.file("a.zip"), "--until", s.closed(t).String())
	outside(t, exitDone, "archive", "journal", s.file("a.zip"), "--out", s.file("joined"))
	joined, err := os.Open(s.file("joined"))
	require.NoError(t, err)
	stdin := os.Stdin
	os.Stdin = joined
	t.Cleanup(func() { os.Stdin = stdin })
	data := t.TempDir()
	words := outside(t, exitDone, "import", "journal", "-", "--data", data)
	require.Contains(t, words, rebuilt(t, "--data", data))
}
