package archive_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/archive"
)

// TestASmallFileDoesNotBecomeALargeOne is not parallel: it measures memory.
func TestASmallFileDoesNotBecomeALargeOne(t *testing.T) {
	s := newSchool(t, 20)
	entries := contents(t, s.archive(t, -1, 0))
	line := firstLine(entries["journal.jsonl"])
	for name, c := range map[string]struct {
		last  int64 // record
		block string
		want  string
	}{
		"empty lines":                {1 << 40, strings.Repeat("\n", 1<<20), "it is empty"},
		"short lines":                {1 << 40, strings.Repeat("1\n", 1<<19), "has 1 bytes"},
		"more lines than it says":    {3, strings.Repeat(line, 1<<20/len(line)), "more than the records 1 to 3"},
		"a line without end":         {1, strings.Repeat("1", 1<<20), "token too long"},
		"more records than a number": {1 << 53, line, "records 1 to 9007199254740992"},
	} {
		file := bomb(t, c.last, c.block)
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(1<<20), name)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = archive.Open(t.Context(), file)
		runtime.ReadMemStats(&after)
		require.ErrorIs(t, err, archive.ErrFormat, name)
		require.ErrorContains(t, err, c.want, name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(160<<20), name)
	}
}

// bomb returns an archive whose journal is one block again and again, 40 times.
func bomb(t *testing.T, last int64, block string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "bomb.zip")
	file, err := os.Create(name)
	require.NoError(t, err)
	manifest, err := json.MarshalIndent(archive.Manifest{
		Format: "campusledger/archive@v1", Book: 1, Name: "School", First: 1, Last: last, Until: firstDay,
	}, "", " ")
	require.NoError(t, err)
	w := zip.NewWriter(file)
	entry, err := w.Create("manifest.json")
	require.NoError(t, err)
	_, err = entry.Write(append(manifest, '\n'))
	require.NoError(t, err)
	entry, err = w.Create("journal.jsonl")
	require.NoError(t, err)
	for range 40 {
		_, err = io.WriteString(entry, block)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, file.Close())
	return name
}
