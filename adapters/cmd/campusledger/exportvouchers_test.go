package main

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// vouchers exports a closed date for U8.
func (s *sealed) vouchers(t *testing.T, want int, date, file string, flags ...string) string {
	t.Helper()
	args := []string{"export", "vouchers", "--format", "u8", "--from", date, "--to", date, "--by", "bookkeeper", "--out", file}
	return s.do(t, want, append(args, flags...)...)
}

func (s *sealed) reopen(t *testing.T, want int, date string) string {
	t.Helper()
	return s.do(t, want, "reopen", date, "--by", "head teacher", "--why", "a delivery was left out")
}

func TestVouchersThatWereExportedKeepTheirDatesClosed(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"embedded": "", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSealed(t, database)
			date := s.closed(t).String()
			require.Contains(t, s.do(t, exitDone, "export", "check"), "Every account has a subject")
			s.reopen(t, exitDone, date)
			require.Contains(t, s.vouchers(t, exitFailed, date, s.file("u8.txt")), date)
			require.NoFileExists(t, s.file("u8.txt"))
			require.Contains(t, s.do(t, exitDone, "export", "verify"), "0 exports, 0 differ", "nothing was kept")
			require.Equal(t, "[]\n", s.do(t, exitDone, "export", "list", "--json"))
			require.Equal(t, "[]\n", s.do(t, exitDone, "export", "verify", "--json"))
			require.JSONEq(t, `{"mapped":true}`, s.do(t, exitDone, "export", "check", "--json"))
			s.do(t, exitDone, "close")

			words := s.vouchers(t, exitDone, date, s.file("u8.txt"))
			require.Contains(t, words, "u8.txt: 1 voucher from "+date)
			require.Contains(t, words, "may not be reopened any more")
			file, err := os.ReadFile(s.file("u8.txt"))
			require.NoError(t, err)
			digest := sha256.Sum256(file)
			require.Contains(t, words, hex.EncodeToString(digest[:]))
			refusal := s.reopen(t, exitFindings, date)
			require.Contains(t, refusal, "the period was exported: as u8/1 from "+date+" to "+date)
			require.Equal(t, date, s.closed(t).String())

			s.vouchers(t, exitDone, date, s.file("again.txt"))
			again, err := os.ReadFile(s.file("again.txt"))
			require.NoError(t, err)
			require.Equal(t, file, again, "the same export is the same bytes")
			month := date[:len("2026-09")] + "-01"
			for _, format := range []string{"gbt-xml", "gbt-csv"} {
				words = s.do(t, exitDone, "export", "vouchers", "--format", format, "--from", month, "--to", date, "--by", "auditor", "--out", s.file(format))
			}
			require.Contains(t, words, "gbt-csv: a ZIP of CSV files with 1 voucher from")
			var listed []voucher.Export
			code, out, errs := call(t, append([]string{"export", "list", "--json"}, s.place...)...)
			require.Equal(t, exitDone, code, errs)
			require.NoError(t, json.Unmarshal([]byte(out), &listed))
			require.Len(t, listed, 3)
			require.Contains(t, s.do(t, exitDone, "export", "list"), "bookkeeper")
			require.Contains(t, s.do(t, exitDone, "export", "verify"), "3 exports, 0 differ")
			root(t, s.place...)
		})
	}
}

func TestVouchersAreNotGivenAwayIfAnythingDoesNotFit(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	date, file := s.closed(t).String(), s.file("u8.txt")
	outside(t, exitDone, "export", "mapping", "--out", s.file("mapping.csv"))
	text, err := os.ReadFile(s.file("mapping.csv"))
	require.NoError(t, err)
	require.Equal(t, voucher.DefaultMappingFile(), text)

	var kept []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "wallet,") {
			kept = append(kept, line)
		}
	}
	require.NotEqual(t, strings.Join(kept, ""), string(text))
	unmapped := s.give(t, "unmapped.csv", strings.Join(kept, ""))
	require.Contains(t, s.do(t, exitFindings, "export", "check", "--mapping", unmapped), "wallet/")
	require.Contains(t, s.vouchers(t, exitFindings, date, file, "--mapping", unmapped), "no rule of the mapping fits")
	wrong := s.give(t, "wrong.csv", strings.Replace(string(text), ",代管,", ",什么,", 1))
	require.Contains(t, s.do(t, exitFindings, "export", "check", "--mapping", wrong), "mapping line")
	require.Contains(t, s.vouchers(t, exitFailed, date, "-"), "standard output")
	require.Contains(t, s.vouchers(t, exitFailed, date, file, "--word", "a,b"), "comma")
	require.Contains(t, s.vouchers(t, exitFailed, s.closed(t).AddDays(1).String(), file), "is still open")
	require.NoFileExists(t, file)
	require.Contains(t, s.do(t, exitDone, "export", "verify"), "0 exports")

	t.Run("by a mapping of the school's own they are verified by it", func(t *testing.T) {
		own := s.give(t, "own.csv", string(text)+"somewhere,,,1002,,资金,,,,,,ours\n")
		s.vouchers(t, exitDone, date, file, "--mapping", own)
		unchecked := s.do(t, exitFindings, "export", "verify")
		require.Contains(t, unchecked, "not checked: its mapping is not there")
		require.Contains(t, unchecked, "1 export, 0 differ, 1 not checked\n")
		require.Contains(t, s.do(t, exitFindings, "export", "verify", "--json"), `"verdict":"unchecked","reason":"its mapping`)
		require.Contains(t, s.do(t, exitDone, "export", "verify", "--mapping", own), "1 export, 0 differ\n")
	})
	t.Run("a date is exported for U8 once", func(t *testing.T) {
		s.do(t, exitDone, "close")
		next := s.closed(t).String()
		args := []string{"export", "vouchers", "--format", "u8", "--from", date, "--to", next, "--by", "x", "--out", s.file("both.txt"), "--mapping", s.file("own.csv")}
		require.Contains(t, s.do(t, exitFindings, args...), "exported already")
		require.NoFileExists(t, s.file("both.txt"))
	})
	t.Run("a book that was rewritten differs", func(t *testing.T) {
		db, err := sql.Open("sqlite", filepath.Join(s.where.Dir, "campus.db"))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "update book_export set sha256 = replace(sha256, substr(sha256, 1, 8), '00000000')")
		require.NoError(t, err)
		require.NoError(t, db.Close())
		require.Contains(t, s.do(t, exitFindings, "export", "verify", "--mapping", s.file("own.csv")), "DIFFERS: ")
		require.Contains(t, s.do(t, exitFindings, "export", "verify", "--mapping", s.file("own.csv")), "1 export, 1 differs\n")
	})
}

func TestNothingIsNotExported(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	first := s.closed(t)
	for range 2 { // on the first of these dates the demo pays
		s.do(t, exitDone, "close")
	}
	quiet := s.closed(t).String()
	require.Contains(t, s.vouchers(t, exitFindings, quiet, s.file("u8.txt")), "there is nothing to export: no money moved")
	early := first.AddDays(-40).String()
	require.Contains(t, s.vouchers(t, exitFindings, early, s.file("u8.txt")), "the book begins on "+first.String())
	month := early[:len("2026-09")] + "-01"
	gbt := func(want int, from, to string) string {
		t.Helper()
		return s.do(t, want, "export", "vouchers", "--format", "gbt-xml", "--from", from, "--to", to, "--by", "auditor", "--out", s.file("gbt.xml"))
	}
	require.Contains(t, gbt(exitFindings, month, early), "there is nothing to export")
	require.NoFileExists(t, s.file("u8.txt"))
	require.NoFileExists(t, s.file("gbt.xml"))
	require.Equal(t, "[]\n", s.do(t, exitDone, "export", "list", "--json"), "and its dates are not locked")
	s.reopen(t, exitDone, quiet)
}
