package verify_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func readGolden(t testing.TB, name string) []byte {
	t.Helper()
	golden, err := os.ReadFile(filepath.Join("..", "..", "ledger", "seal", "testdata", name))
	require.NoError(t, err)
	return golden
}

func readKey(t testing.TB, name string) string {
	t.Helper()
	return string(bytes.TrimSpace(readGolden(t, name)))
}

// golden returns the attempt to verify a golden file with the golden key.
func golden(t testing.TB, kind kind, name string) attempt {
	t.Helper()
	a := attempt{kind: kind, Data: readGolden(t, name), Keys: []string{readKey(t, "key.txt")}}
	if kind == consistency {
		a.Old = readGolden(t, "checkpoint-5.txt")
	}
	return a
}

func TestGoldenFilesAreProven(t *testing.T) {
	t.Parallel()
	const (
		eleven   = "in school.example/books/1 of 11 records, root n9QrsKpg2FBbCcBhUw4f5OgyOV9y/0/1K7aMaKTwUZs=\n"
		fourteen = "in school.example/books/1 of 14 records, root xjUMe2/JOI95Mxha1ow5BMIgtmCa9RSGLynhPrhuxKQ=\n"
		byKey    = "  signed by school.example/books/1+363ed4a2\n"
	)
	witnessed := golden(t, checkpoint, "cosigned.txt")
	witness := readKey(t, "witness.txt")
	witnessed.Witnesses = []string{witness}
	rotated := golden(t, checkpoint, "rotated.txt")
	rotated.Keys = append(rotated.Keys, readKey(t, "key-next.txt"))
	sale := "record 10, sale, of 2026-09-01, journaled at 2026-09-01T08:09:00.000000Z\n" +
		"  wallet/s1 debit 8.00 CNY\n  merchant/m1 credit 8.00 CNY\n" + eleven + byKey
	cases := map[string]struct {
		attempt
		told string
	}{
		"a receipt":          {golden(t, receipt, "receipt.txt"), sale},
		"a receipt's QR":     {golden(t, receipt, "receipt.qr.txt"), sale},
		"a checkpoint":       {golden(t, checkpoint, "checkpoint-14.txt"), fourteen + byKey},
		"a consistency":      {golden(t, consistency, "consistency.txt"), "the first 5 records are those of the earlier checkpoint\n" + fourteen + byKey},
		"witnesses not seen": {golden(t, checkpoint, "cosigned.txt"), fourteen + byKey},
		"a witness":          {witnessed, fourteen + byKey + "  signed by " + strings.Join(strings.Split(witness, "+")[:2], "+") + "\n"},
		"two keys": {
			rotated, "in school.example/books/1 of 15 records, root 6BfBiADqFzPNo7mMkK98H8my2ZVoMrEXoVSmymnzrMo=\n" +
				byKey + "  signed by school.example/books/1+7425bf3c\n",
		},
		"a balance": {
			golden(t, balance, "balance.txt"), "wallet/s1 at the end of 2026-09-01: credit 79.50 CNY\n" +
				"record 11, ledger.close, of 2026-09-01, journaled at 2026-09-01T08:10:00.000000Z\n" + eleven + byKey,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, code := run(t, &c.attempt)
			require.Equal(t, "proven\n"+c.told, output)
			require.Equal(t, proven, code)
			require.Equal(t, proven, inGo(t, &c.attempt))
		})
	}
}

func TestReadmeShowsWhatItPrints(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, a := range []attempt{golden(t, receipt, "receipt.txt"), golden(t, balance, "balance.txt")} {
		output, _ := run(t, &a)
		require.Contains(t, string(readme), output)
	}
	for _, line := range strings.Split(string(readGolden(t, "key.txt")), "\n") {
		require.Contains(t, string(readme), line)
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	a := golden(t, receipt, "receipt.txt")
	a.Data = append(a.Data, '\n')
	output, code := run(t, &a)
	require.True(t, strings.HasPrefix(output, "could not be read: "), "%s", output)
	require.Equal(t, unreadable, code)

	b := golden(t, receipt, "receipt.txt")
	b.Keys = []string{readKey(t, "key-next.txt")}
	output, code = run(t, &b)
	require.Equal(t, "NOT PROVEN: no given key has signed for school.example/books/1; it says that it is signed by school.example/books/1+363ed4a2: "+
		"the school may have a new key, ask the school itself for it\n", output)
	require.Equal(t, notProven, code)
}
