package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/sql/pgtest"
)

func TestAnArchiveProvesWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"embedded": "", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSealed(t, database)
			first, next := s.file("first.zip"), s.file("next.zip")
			date := s.closed(t)
			require.Contains(t, s.do(t, exitDone, "archive", first, "--until", date.String()), "records 1 to ")
			s.do(t, exitDone, "close")
			s.do(t, exitDone, "close")
			until := s.closed(t).String()
			s.do(t, exitDone, "archive", next, "--until", until, "--after", first)

			verified := outside(t, exitDone, "archive", "verify", first, next, "--keys", s.keys)
			require.Equal(t, 2, strings.Count(verified, "VERIFIED"))
			require.Contains(t, verified, "They follow one another")
			require.Contains(t, verified, "the balances of 1 closed date and 1 signed checkpoint of")
			var parts []verifiedArchive
			require.NoError(t, json.Unmarshal([]byte(outside(t, exitDone, "archive", "verify", first, next, "--keys", s.keys, "--json")), &parts))
			require.Len(t, parts, 2)
			require.Equal(t, parts[0].Last+1, parts[1].First)
			require.Equal(t, date, parts[0].Until)
			closes := s.record(t, ledger.KindDayClose).Seq
			code, out, errs := call(t, "archive", "journal", first, next)
			require.Equal(t, exitDone, code, errs)
			require.True(t, strings.HasPrefix(s.journal(t), out))
			require.Equal(t, int(closes), strings.Count(out, "\n"), "the journal up to the last close archived")

			sale := s.record(t, "sale")
			outside(t, exitDone, "archive", "prove", "record", first, sale.ID.String(), "--out", s.file("sale"))
			require.Contains(t, s.verify(t, exitDone, s.file("sale")), sale.ID.String())
			outside(t, exitDone, "archive", "prove", "record", next, s.record(t, ledger.KindDayClose).ID.String(), "--out", s.file("close"))
			s.verify(t, exitDone, s.file("close"))
			outside(t, exitDone, "archive", "prove", "balance", first, "bank/main", date.String(), "--out", s.file("balance"))
			fromArchive := s.verify(t, exitDone, s.file("balance"))
			s.do(t, exitDone, "prove", "balance", "bank/main", date.String(), "--out", s.file("balance"))
			require.Equal(t, s.verify(t, exitDone, s.file("balance")), fromArchive)

			require.Contains(t, outside(t, exitFindings, "archive", "prove", "record", next, "1"), "unknown record")
			require.Contains(t, outside(t, exitFindings, "archive", "prove", "balance", next, "wallet/nobody", until), "unknown account")
			require.Contains(t, outside(t, exitFailed, "archive", "prove", "record", next, "x"), "neither the id nor the position")
			require.Contains(t, outside(t, exitFindings, "archive", "prove", "balance", next, "bank/main", "2020-01-01"), "not closed")
			root(t, s.place...)
		})
	}
}

func TestAnArchiveThatIsWrongIsNotVerified(t *testing.T) {
	t.Parallel()
	s, other := newSealed(t, ""), newSealed(t, "")
	file := s.file("a.zip")
	s.do(t, exitDone, "archive", "write", file, "--until", s.closed(t).String())
	other.do(t, exitDone, "archive", other.file("a.zip"), "--until", other.closed(t).String())
	note := []byte(other.checkpoint(t))
	for name, change := range map[string]func(entry string, text []byte) []byte{
		"a record was changed": func(entry string, text []byte) []byte {
			return bytes.Replace(text, []byte(`"kind":"sale"`), []byte(`"kind":"gift"`), 1)
		},
		"a balance was changed": func(entry string, text []byte) []byte {
			if entry == "closings.jsonl" {
				return bytes.Replace(text, []byte("1"), []byte("2"), 1)
			}
			return text
		},
		"another has signed": func(entry string, text []byte) []byte {
			if strings.HasPrefix(entry, "checkpoints/") {
				return note
			}
			return text
		},
		"it has no checkpoints": func(entry string, text []byte) []byte {
			if strings.HasPrefix(entry, "checkpoints/") {
				return nil
			}
			return text
		},
	} {
		t.Run(name, func(t *testing.T) {
			tampered := s.file("tampered.zip")
			rewrite(t, file, tampered, change)
			require.Contains(t, outside(t, exitFindings, "archive", "verify", tampered, "--keys", s.keys), "Not proven")
		})
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	half := s.give(t, "half.zip", string(text[:len(text)/2]))
	require.Contains(t, outside(t, exitFindings, "archive", "verify", half, "--keys", s.keys), "Not proven")
	require.Contains(t, outside(t, exitFindings, "archive", "journal", half), "Not proven")
	require.Contains(t, outside(t, exitFindings, "archive", "verify", file, "--keys", other.keys), "no valid signature")
	require.Contains(t, outside(t, exitFindings, "archive", "verify", file, file, "--keys", s.keys), "do not follow one another")
	require.Contains(t, outside(t, exitFailed, "archive", "verify", file), "--key")
	require.Contains(t, outside(t, exitFailed, "archive", "verify", s.file("none.zip"), "--keys", s.keys), "none.zip")
	_, err = archive.Open(t.Context(), s.file("none.zip"))
	require.NotErrorIs(t, refusedArchive(streams{err: io.Discard}, err), errFindings, "nothing is known of a file that cannot be read")
}

// rewrite copies an archive and changes its entries.
func rewrite(t *testing.T, from, to string, change func(entry string, text []byte) []byte) {
	t.Helper()
	in, err := zip.OpenReader(from)
	require.NoError(t, err)
	defer func() { require.NoError(t, in.Close()) }()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	changed := false
	for _, entry := range in.File {
		r, err := entry.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		written := change(entry.Name, text)
		changed = changed || !bytes.Equal(text, written)
		if written == nil {
			continue
		}
		e, err := w.Create(entry.Name)
		require.NoError(t, err)
		_, err = e.Write(written)
		require.NoError(t, err)
	}
	require.True(t, changed)
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(to, out.Bytes(), 0o600))
}

func TestAnArchiveIsOfClosedDatesAndFollowsTheOneBefore(t *testing.T) {
	t.Parallel()
	s, other := newSealed(t, ""), newSealed(t, "")
	date := s.closed(t)
	write := func(want int, of *sealed, name, until string, flags ...string) string {
		t.Helper()
		return of.do(t, want, append([]string{"archive", s.file(name), "--until", until}, flags...)...)
	}
	require.Contains(t, write(exitFindings, s, "a.zip", date.AddDays(1).String()), "not closed")
	require.Contains(t, write(exitFindings, s, "a.zip", date.AddDays(-1).String()), "not closed")
	require.Contains(t, write(exitFailed, s, "a.zip", "2026-13-01"), "--until")
	require.Contains(t, write(exitFindings, s, "a.zip", date.String(), "--keys", other.keys), "no valid signature")
	require.NoFileExists(t, s.file("a.zip"), "it does not get its name before it is verified")
	write(exitDone, s, "a.zip", date.String())
	before, err := os.ReadFile(s.file("a.zip"))
	require.NoError(t, err)
	require.Contains(t, write(exitFailed, s, "a.zip", date.String()), "a.zip is there already")
	write(exitDone, s, "a.zip", date.String(), "--force")
	replaced, err := os.ReadFile(s.file("a.zip"))
	require.NoError(t, err)
	require.Equal(t, before, replaced)
	require.Contains(t, write(exitFindings, s, "b.zip", date.String(), "--after", s.file("a.zip")), "already")

	s.reopen(t, exitDone, date.String())
	require.Contains(t, write(exitFindings, s, "b.zip", date.String()), "not closed")
	s.do(t, exitDone, "close")
	write(exitDone, s, "b.zip", date.String(), "--after", s.file("a.zip"))
	outside(t, exitDone, "archive", "verify", s.file("a.zip"), s.file("b.zip"), "--keys", s.keys)

	for range 2 {
		other.do(t, exitDone, "close")
	}
	require.Contains(t, write(exitFindings, other, "c.zip", other.closed(t).String(), "--after", s.file("a.zip")), "another journal")
	require.NoFileExists(t, s.file("c.zip"))
}
