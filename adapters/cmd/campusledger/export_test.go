package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// accept lets the programs judge exports of their own. They are needed in CI only.
func accept(t *testing.T, commands ...[]string) {
	t.Helper()
	for _, command := range commands {
		if _, err := exec.LookPath(command[0]); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is needed in CI", command[0])
			}
			t.Logf("no %s here", command[0])
			continue
		}
		program := exec.CommandContext(t.Context(), command[0], command[1:]...)
		program.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
		said, err := program.CombinedOutput()
		require.NoError(t, err, "%s", said)
	}
}

// journal returns the lines of a journal.
func (s *sealed) journal(t *testing.T, flags ...string) string {
	t.Helper()
	code, out, errs := call(t, append(append([]string{"export", "journal"}, flags...), s.place...)...)
	require.Equal(t, exitDone, code, errs)
	return out
}

// closed returns the last date that was closed.
func (s *sealed) closed(t *testing.T) ledger.Date {
	t.Helper()
	return s.record(t, ledger.KindDayClose).Date
}

// root returns the root of a book that an audit finds clean.
func root(t *testing.T, place ...string) string {
	t.Helper()
	out := outside(t, exitDone, append([]string{"audit"}, place...)...)
	found := regexp.MustCompile(`Root ([0-9a-f]{64})\n`).FindStringSubmatch(out)
	require.Len(t, found, 2, out)
	return found[1]
}

func TestOtherProgramsReadTheBook(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"embedded": "", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSealed(t, database)
			for _, format := range []string{"hledger", "ledger", "beancount", "journal"} {
				code, out, errs := call(t, append([]string{"export", format}, s.place...)...)
				require.Equal(t, exitDone, code, errs)
				require.Contains(t, s.do(t, exitDone, "export", format, "--out", s.file("book."+format)), " bytes.")
				file, err := os.ReadFile(s.file("book." + format))
				require.NoError(t, err)
				require.Equal(t, out, string(file), "standard output or a file, it is the same")
			}
			accept(t,
				[]string{"hledger", "-f", s.file("book.hledger"), "check", "--strict"},
				[]string{"ledger", "-f", s.file("book.ledger"), "--pedantic", "balance"},
				[]string{"bean-check", "--no-cache", s.file("book.beancount")},
			)
			lines := strings.SplitAfter(s.journal(t), "\n")
			require.Equal(t, strings.Join(lines[1:3], ""), s.journal(t, "--first", "2", "--last", "3"))
			require.Contains(t, s.do(t, exitFailed, "export", "journal", "--last", "1000000"), "positions")
			require.Contains(t, s.do(t, exitFailed, "export", "journal", "--first=-1"), "--first -1")
		})
	}
}

func TestSheetsAreForPeople(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	date := s.closed(t).String()
	rows := func(args ...string) [][]string {
		t.Helper()
		code, out, errs := call(t, append(append([]string{"export"}, args...), s.place...)...)
		require.Equal(t, exitDone, code, errs)
		reader := csv.NewReader(strings.NewReader(out))
		reader.FieldsPerRecord = -1
		all, err := reader.ReadAll()
		require.NoError(t, err)
		return all
	}
	control := rows("trialbalance", "--to", date)
	require.True(t, strings.HasPrefix(control[0][0], "\ufeff"), "Excel knows UTF-8 by it")
	subject := rows("trialbalance", "--by", "subject", "--no-bom")
	require.Equal(t, "科目编码", subject[0][0])
	require.NotEqual(t, control, subject)
	statement := rows("statement", "bank/main", "--from", date, "--to", date, "--no-bom")
	require.Equal(t, "营业日期", statement[0][0])
	require.Equal(t, date, statement[2][0])

	for _, args := range [][]string{{"trialbalance"}, {"statement", "bank/main"}} {
		file := s.file(args[0] + ".xlsx")
		s.do(t, exitDone, append(append([]string{"export"}, args...), "--format", "xlsx", "--out", file)...)
		book, err := excelize.OpenFile(file)
		require.NoError(t, err)
		read, err := book.GetRows(book.GetSheetName(0))
		require.NoError(t, err)
		require.Greater(t, len(read), 2)
		require.NoError(t, book.Close())
	}

	t.Run("and ask for what there is", func(t *testing.T) {
		require.Contains(t, s.do(t, exitFindings, "export", "statement", "wallet/nobody"), "wallet/nobody")
		require.Contains(t, s.do(t, exitFailed, "export", "trialbalance", "--to", "2999-01-01"), "2999-01-01")
		require.Contains(t, s.do(t, exitFailed, "export", "trialbalance", "--from", date, "--to", "2020-01-01"), "--to comes before --from")
		require.Contains(t, s.do(t, exitFailed, "export", "trialbalance", "--mapping", s.keys), "--by subject")
		require.Contains(t, s.do(t, exitFindings, "export", "trialbalance", "--by", "subject", "--mapping", s.keys), "mapping")
	})
}

func TestAnExportIsThereAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	before := s.give(t, "statement.csv", "before")
	s.do(t, exitFindings, "export", "statement", "wallet/nobody", "--out", before)
	s.do(t, exitFindings, "export", "statement", "wallet/nobody", "--out", s.file("none.csv"))
	s.do(t, exitFindings, "archive", s.file("none.zip"), "--until", "2020-01-01")
	left, err := os.ReadDir(s.files)
	require.NoError(t, err)
	require.Len(t, left, 2, "the keys and what was there")
	text, err := os.ReadFile(before)
	require.NoError(t, err)
	require.Equal(t, "before", string(text))

	s.do(t, exitDone, "export", "statement", "bank/main", "--out", before)
	text, err = os.ReadFile(before)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(text, []byte("\ufeff")), "it takes the place of what was there")
	require.Contains(t, s.do(t, exitFailed, "export", "hledger", "--out", s.files), "no regular file")
	nowhere := filepath.Join(s.files, "none", "x")
	require.Equal(t, "campusledger: open "+nowhere+": no such file or directory\n", s.do(t, exitFailed, "export", "hledger", "--out", nowhere),
		"the file is named as its user did")
}
