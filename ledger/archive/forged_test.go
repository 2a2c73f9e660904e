package archive_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/seal"
)

// Whoever has the key can sign any lines: an archive of them must neither be
// verified nor be the end of who reads it.
func TestAnArchiveThatIsSignedCanStillBeWrong(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 20, 20)
	entries := contents(t, s.archive(t, -1, 1))
	lines := strings.SplitAfter(strings.TrimSuffix(entries["journal.jsonl"], "\n"), "\n")
	for name, c := range map[string]struct {
		line     int // from 1, negative from the end
		old, new string
		want     string
	}{
		"nothing is":                      {1, `"School"`, `"School"`, ""},
		"fewer accounts than none":        {-1, `"accounts":300`, `"accounts":-1`, "has no balances"},
		"more accounts than there can be": {-1, `"accounts":300`, `"accounts":9007199254740991`, "closings.jsonl has 300"},
		"fewer accounts than closings":    {-1, `"accounts":300`, `"accounts":299`, "an account that the close does not have"},
		"a record of another book":        {2, `"book":1,`, `"book":2,`, "line 2: no archive, or a damaged one: record 2 of book 2"},
		"a record of another position":    {2, `"seq":2`, `"seq":3`, "line 2: no archive, or a damaged one: record 3 of book 1"},
		"a line that is no record":        {2, `"book":1,`, `"book": 1,`, "line 2"},
		"no genesis":                      {1, `"ledger.genesis"`, `"ledger.opening"`, "the book's name"},
		"no close at the end":             {-1, `"ledger.close"`, `"ledger.clove"`, "ends with ledger.clove"},
		"another date closed":             {-1, `"date":"2026-08-31"`, `"date":"2026-09-02"`, "not the close of 2026-08-31"},
		"another root of balances":        {-1, `"root":"`, ``, "are not those of record"},
		"a close without balances":        {-1, `"balances"`, ``, "has no balances"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forged := append([]string(nil), lines...)
			at := (c.line + len(lines)) % len(lines)
			if c.line > 0 {
				at = c.line - 1
			}
			switch name {
			case "another root of balances":
				start := strings.Index(forged[at], c.old) + len(c.old)
				forged[at] = forged[at][:start] + strings.Repeat("a", 64) + forged[at][start+64:]
			case "a close without balances":
				start := strings.Index(forged[at], c.old)
				end := strings.Index(forged[at], "},") + 2
				forged[at] = forged[at][:start] + forged[at][end:]
			default:
				require.Contains(t, forged[at], c.old)
				forged[at] = strings.Replace(forged[at], c.old, c.new, 1)
			}
			file, verifier := sign(t, forged, entries["closings.jsonl"])
			a, err := archive.Open(t.Context(), file)
			require.NoError(t, err)
			defer func() { require.NoError(t, a.Close()) }()
			_, err = a.Verify(t.Context(), verifier)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, archive.ErrFormat)
			require.ErrorContains(t, err, c.want)
			if strings.HasPrefix(c.old, `"accounts"`) {
				_, err = seal.NewProver(a, 1).Balance(t.Context(), "wallet/1.7", firstDay.AddDays(1))
				require.Error(t, err, "nor is a balance proven from it")
			}
		})
	}
}

// sign returns an archive of lines, and who trusts it.
func sign(t *testing.T, lines []string, closings string) (string, *seal.Verifier) {
	t.Helper()
	tree := ledger.NewTree()
	for _, line := range lines {
		require.NoError(t, tree.Append(ledger.LeafHash([]byte(strings.TrimSuffix(line, "\n"))), nil))
	}
	root, err := tree.Root()
	require.NoError(t, err)
	keys, err := seal.GenerateKeys("school.example/books/1", time.Now())
	require.NoError(t, err)
	signer, err := note.NewSigner(keys.Keys[0].Signer)
	require.NoError(t, err)
	text := log.Checkpoint{Origin: signer.Name(), Size: uint64(len(lines)), Hash: root}.Marshal()
	checkpoint, err := note.Sign(&note.Note{Text: string(text)}, signer)
	require.NoError(t, err)
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	require.NoError(t, err)
	manifest, err := json.MarshalIndent(archive.Manifest{
		Format: "campusledger/archive@v1", Book: 1, Name: "School", First: 1, Last: int64(len(lines)),
		Until: firstDay.AddDays(1), Root: [32]byte(root),
	}, "", " ")
	require.NoError(t, err)
	return zipped(t, map[string]string{
		"manifest.json": string(manifest) + "\n", "journal.jsonl": strings.Join(lines, "") + "\n", "closings.jsonl": closings,
		fmt.Sprintf("checkpoints/%d.txt", len(lines)): string(checkpoint),
	}), verifier
}
