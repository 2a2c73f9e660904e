package archive_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/seal"
)

// change is one thing that is wrong with an archive's entries, and what is said
// of it.
type change struct {
	make func(entries map[string]string)
	want string
}

// in changes the first of something in an entry.
func in(entry, old, replacement string) func(map[string]string) {
	return func(e map[string]string) { e[entry] = strings.Replace(e[entry], old, replacement, 1) }
}

// text changes an entry as a whole.
func text(entry string, with func(string) string) func(map[string]string) {
	return func(e map[string]string) { e[entry] = with(e[entry]) }
}

func without(entry string) func(map[string]string) {
	return func(e map[string]string) { delete(e, entry) }
}

func afterFirstLine(s string) string { return strings.SplitN(s, "\n", 2)[1] }

func firstLine(s string) string { return strings.SplitAfterN(s, "\n", 2)[0] }

func TestEveryChangeOfAnArchiveIsFound(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 300, 20)
	entries := contents(t, s.archive(t, 0, 1))
	const journal, closings, manifest = "journal.jsonl", "closings.jsonl", "manifest.json"
	checkpoint := fmt.Sprintf("checkpoints/%d.txt", s.closes[1].Seq)
	last := entries[closings][strings.LastIndex(strings.TrimSuffix(entries[closings], "\n"), "\n")+1:]
	for name, c := range map[string]change{
		"an amount":          {in(journal, `"CNY",7,`, `"CNY",8,`), "do not lead to the root"},
		"a record less":      {text(journal, afterFirstLine), "the journal ends at"},
		"a record more":      {text(journal, func(s string) string { return s + firstLine(s) }), "more than the records"},
		"an empty line":      {text(journal, func(s string) string { return "\n" + s }), "line 1: no archive, or a damaged one: it is empty"},
		"a short line":       {text(journal, func(s string) string { return "{}\n" + s }), "has 2 bytes"},
		"other line ends":    {text(journal, func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }), "do not lead to the root"},
		"no last line end":   {text(journal, func(s string) string { return strings.TrimSuffix(s, "\n") }), "does not end with a line feed"},
		"no journal":         {without(journal), "no journal.jsonl"},
		"no manifest":        {without(manifest), "no manifest.json"},
		"no closings":        {without(closings), "no closings.jsonl"},
		"no last checkpoint": {without(checkpoint), "no checkpoint of"},

		"another format":        {in(manifest, "@v1", "@v9"), "archive@v9"},
		"another root":          {in(manifest, `"root": "`, `"root": "00`), "hash of 66 digits"},
		"another edge":          {text(manifest, flipLast), "do not lead to the root"},
		"another first":         {in(manifest, `"first": `, `"first": 1`), "the edge is not that before"},
		"another end date":      {in(manifest, `"2026-08-31"`, `"2026-08-30"`), "not the close of 2026-08-30"},
		"a node more":           {in(manifest, `"edge": [`, `"edge": [{"level":0,"number":9999},`), "the edge is not that before"},
		"another edge's place":  {in(manifest, `"level": 0`, `"level": 8`), "the edge is not that before"},
		"a manifest's spelling": {in(manifest, `{`, `{ `), "another spelling"},
		"a manifest's addition": {in(manifest, `{`, `{"x":1,`), "another spelling"},

		"a closing":               {in(closings, ",0]", ",1]"), "the closings of 2026-08-31 are not those"},
		"a closing less":          {text(closings, afterFirstLine), "closes 300 accounts, closings.jsonl has 299"},
		"another account":         {in(closings, `"wallet/1.149`, `"wallet/1.1490`), "the closings of 2026-08-31 are not those"},
		"another number":          {in(closings, `[1,`, `[2,`), "two accounts with the number 2"},
		"a closing of no account": {text(closings, func(s string) string { return s + `[999999,"zz","CNY","2026-08-31",5,5]` + "\n" }), "does not have"},
		"a closing of no close":   {text(closings, func(s string) string { return s + strings.Replace(last, "08-31", "09-01", 1) }), "of no close"},
		"a closing before one":    {text(closings, func(s string) string { return olderFirst(t, s) }), "of no close"},
		"a closing twice":         {text(closings, func(s string) string { return s + last }), "not in order"},
		"closings in disorder":    {text(closings, func(s string) string { return afterFirstLine(s) + firstLine(s) }), "not in order"},
		"a closing's spelling":    {in(closings, `[1,`, `[ 1,`), `closing "[ 1,`},
		"a long closing":          {in(closings, `[1,`, `[`+strings.Repeat(" ", 1024)+`1,`), "token too long"},
		"closings' line ends":     {text(closings, func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }), `]\r"`},
		"no last closing end":     {text(closings, func(s string) string { return strings.TrimSuffix(s, "\n") }), "does not end with a line feed"},

		"a signature":          {text(checkpoint, func(s string) string { return s[:len(s)-9] + "AAAAAAA=\n" }), "signature"},
		"a checkpoint before":  {func(e map[string]string) { e["checkpoints/1.txt"] = e[checkpoint] }, "checkpoints of 1 to"},
		"another checkpoint":   {func(e map[string]string) { e[fmt.Sprintf("checkpoints/%d.txt", s.closes[1].Seq-1)] = e[checkpoint] }, seal.ErrProof.Error()},
		"a checkpoint's name":  {func(e map[string]string) { e["checkpoints/x.txt"] = e[checkpoint] }, `entry "checkpoints/x.txt"`},
		"a name's spelling":    {func(e map[string]string) { e["checkpoints/0"+checkpoint[12:]] = e[checkpoint] }, `entry "checkpoints/0`},
		"a checkpoint's bytes": {text(checkpoint, func(s string) string { return s + strings.Repeat(" ", 32<<10) }), "more than 32768 bytes"},
		"another entry":        {func(e map[string]string) { e["closings-corrected.jsonl"] = "" }, `entry "closings-corrected.jsonl"`},
		"another directory":    {func(e map[string]string) { e["more/"] = "" }, `entry "more/"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := maps.Clone(entries)
			c.make(changed)
			require.NotEqual(t, entries, changed)
			require.ErrorContains(t, s.verify(t, zipped(t, changed)), c.want)
		})
	}
	require.NoError(t, s.verify(t, zipped(t, entries)))
	again := maps.Clone(entries)
	again["checkpoints/"] = ""
	require.NoError(t, s.verify(t, zipped(t, again)), "what another program packed again")
	_, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "none.zip"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// The archive of a book's beginning knows its name and all its dates.
func TestAChangeOfTheFirstArchiveIsFound(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 30)
	entries := contents(t, s.archive(t, -1, 1))
	for name, c := range map[string]change{
		"another name":         {in("manifest.json", `"School"`, `"Other School"`), `the book's name is "School", not "Other School"`},
		"a closing's date":     {in("closings.jsonl", `"2026-08-30"`, `"2026-08-29"`), "of no close"},
		"another number later": {in("closings.jsonl", `[8,"wallet/0.7","CNY","2026-08-31"`, `[9,"wallet/0.7","CNY","2026-08-31"`), "of another account with the path"},
		"a record before":      {in("manifest.json", `"first": 1`, `"first": 0`), "records 0 to"},
	} {
		changed := maps.Clone(entries)
		c.make(changed)
		require.NotEqual(t, entries, changed)
		require.ErrorContains(t, s.verify(t, zipped(t, changed)), c.want, name)
	}
}

func TestAnArchiveHasNoTwoEntriesOfOneName(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 20)
	entries := contents(t, s.archive(t, -1, 0))
	name := zipped(t, entries, "journal.jsonl", strings.ReplaceAll(entries["journal.jsonl"], `"sale"`, `"gift"`))
	require.ErrorContains(t, s.verify(t, name), `two entries "journal.jsonl"`)
}

// olderFirst puts another closing of the first account before its own.
func olderFirst(t *testing.T, closings string) string {
	t.Helper()
	first := firstLine(closings)
	older := strings.NewReplacer("2026-08-31", "2026-08-30", "2026-08-30", "2026-08-29").Replace(first)
	require.NotEqual(t, first, older)
	return older + closings
}

// flipLast changes the last digit in the manifest.
func flipLast(text string) string {
	at := strings.LastIndexAny(text, "0123456789abcdef")
	digit := "0"
	if text[at] == '0' {
		digit = "1"
	}
	return text[:at] + digit + text[at+1:]
}

// verify opens and verifies a file.
func (s *school) verify(t *testing.T, name string) error {
	t.Helper()
	a, err := archive.Open(t.Context(), name)
	if err != nil {
		return err
	}
	defer func() { require.NoError(t, a.Close()) }()
	_, err = a.Verify(t.Context(), s.verifier)
	return err
}

// contents returns the entries of an archive.
func contents(t *testing.T, a *archive.Archive) map[string]string {
	t.Helper()
	r, err := zip.OpenReader(a.Name())
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	entries := map[string]string{}
	for _, entry := range r.File {
		in, err := entry.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		entries[entry.Name] = string(text)
	}
	return entries
}

// zipped writes entries, and more of them as names and texts.
func zipped(t *testing.T, entries map[string]string, more ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	add := func(name, text string) {
		entry, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(entry, text)
		require.NoError(t, err)
	}
	for i := 0; i < len(more); i += 2 {
		add(more[i], more[i+1])
	}
	for name, text := range entries {
		add(name, text)
	}
	require.NoError(t, w.Close())
	name := filepath.Join(t.TempDir(), "changed.zip")
	require.NoError(t, os.WriteFile(name, out.Bytes(), 0o600))
	return name
}
