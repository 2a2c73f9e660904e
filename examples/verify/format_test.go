package verify_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// journalVerifier returns the Python program in FORMAT.md.
func journalVerifier(t testing.TB) string {
	t.Helper()
	page, err := os.ReadFile("../../ledger/FORMAT.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)\n```python\n(.*?)```\n").FindAllSubmatch(page, -1)
	require.Len(t, blocks, 1)
	return string(blocks[0][1])
}

// rootOf returns the root of the journal's tree, in hexadecimal digits.
func rootOf(t testing.TB, journal []byte) string {
	t.Helper()
	tree := ledger.NewTree()
	for line := range bytes.Lines(journal) {
		require.NoError(t, tree.Append(ledger.LeafHash(bytes.TrimSuffix(line, []byte("\n"))), nil))
	}
	root, err := tree.Root()
	require.NoError(t, err)
	return hex.EncodeToString(root)
}

func TestTheVerifierOnThePageIsRight(t *testing.T) {
	t.Parallel()
	program, journal := journalVerifier(t), readGolden(t, "journal.jsonl")
	root := rootOf(t, journal)
	require.Equal(t, root+"\n", script(t, program, bytes.NewBuffer(journal)))
	rotated, err := seal.ParseCheckpoint(string(readGolden(t, "rotated.txt")))
	require.NoError(t, err)
	require.Equal(t, hex.EncodeToString(rotated.Root[:]), root)

	school := newSchool(t)
	fresh := school.journal(t)
	require.Equal(t, rootOf(t, fresh)+"\n", script(t, program, bytes.NewBuffer(fresh)))

	for name, change := range map[string][2]string{
		"a root of balances":    {`"root":"db579d`, `"root":"db579e`},
		"how many accounts":     {`"balances":{"accounts":6`, `"balances":{"accounts":7`},
		"a date":                {`"date":"2026-09-01","id":"c70c8ba9`, `"date":"2026-09-02","id":"c70c8ba9`},
		"an account's currency": {`"currency":"JPY","path":"trip"`, `"currency":"CNY","path":"trip"`},
		"an amount":             {`["wallet/s1","CNY",800,-7950,4]`, `["wallet/s1","CNY",801,-7949,4]`},
		"the record before":     {`["wallet/s1","CNY",800,-7950,4]`, `["wallet/s1","CNY",800,-7950,3]`},
		"a first record":        {`["bank","CNY",10000,10000,0]`, `["bank","CNY",10000,10000,1]`},
		"a spelling":            {`"final":true`, `"final": true`},
	} {
		t.Run("it sees a change of "+name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(string(journal), change[0], change[1], 1)
			require.NotEqual(t, string(journal), changed)
			cmd := exec.CommandContext(t.Context(), python(t), "-c", program)
			cmd.Stdin = strings.NewReader(changed)
			output, err := cmd.CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(output), "AssertionError")
		})
	}
}
