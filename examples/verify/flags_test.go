package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/seal"
)

func TestKeysAreReadFromFiles(t *testing.T) {
	t.Parallel()
	testdata := filepath.Join("..", "..", "ledger", "seal", "testdata")
	receipt, key := filepath.Join(testdata, "receipt.txt"), readKey(t, "key.txt")
	give := func(name, text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	next := give("next", readKey(t, "key-next.txt"))
	for name, text := range map[string]string{
		"one key":              key,
		"with comments":        "# made 2026\n\n" + key + "\n# the end\n",
		"from Windows":         "\ufeff" + key + "\r\n",
		"with a comment first": "\ufeff# made 2026\r\n  " + key + " \r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, code := call(t, "verify.py", receipt, "--keys", give("keys", text))
			require.Equal(t, proven, code, output)
			output, code = call(t, "verify.py", "--keys", give("keys", text), "--keys", next, receipt)
			require.Equal(t, proven, code, "all files count: %s", output)
			output, code = call(t, "verify.py", "--key", key, "--keys", next, "--keys", give("keys", text), receipt)
			require.Equal(t, proven, code, output)
			require.Equal(t, 1, strings.Count(output, "signed by"), "a key that is given twice is one")
		})
	}
	for name, c := range map[string]struct{ text, want string }{
		"a file without keys": {"# none\n", "could not be read: there is no public key in "},
		"a checkpoint":        {string(readGolden(t, "checkpoint-5.txt")), "could not be read: no public key: 'school.example/books/1'"},
		"a picture":           {"\x89PNG\r\n\x1a\n", "could not be read: no public key: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, code := call(t, "verify.py", receipt, "--keys", give("keys", c.text))
			require.Equal(t, unreadable, code)
			require.True(t, strings.HasPrefix(output, c.want), "%s", output)
		})
	}
}

func TestAProofFromNothingNeedsNoEarlierCheckpoint(t *testing.T) {
	t.Parallel()
	later := string(readGolden(t, "checkpoint-14.txt"))
	from := func(proof *seal.Consistency) attempt {
		proof.Checkpoint = later
		a := golden(t, receipt, "receipt.txt")
		a.kind, a.Data = consistency, proof.Marshal()
		return a
	}
	nothing, hashes := from(&seal.Consistency{}), from(&seal.Consistency{Hashes: make([][32]byte, 1)})
	five := from(&seal.Consistency{From: 5})
	require.Equal(t, [3]int{proven: 1, notProven: 1, unreadable: 1}, requireSame(t, []attempt{nothing, hashes, five}))
	output, _ := run(t, &nothing)
	require.Contains(t, output, "proven\nnothing earlier was compared\n")
	output, _ = run(t, &five)
	require.Equal(t, "could not be read: it starts from a checkpoint of 5 records: give that with --old\n", output)
}

func TestAPictureIsNoProof(t *testing.T) {
	t.Parallel()
	a := golden(t, checkpoint, "checkpoint-5.txt")
	a.Data = []byte("\x89PNG\r\n\x1a\n")
	output, code := run(t, &a)
	require.Equal(t, "could not be read: it is a picture: scan its QR code, and check the text of that\n", output)
	require.Equal(t, unreadable, code)
}
