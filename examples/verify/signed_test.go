package verify_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
)

// hashesOf returns the root of the tree over some leaves, and those that prove
// that one is in it (RFC 6962, 2.1.1).
func hashesOf(t testing.TB, leaves []string, index int) (root [32]byte, path [][32]byte) {
	t.Helper()
	tree := ledger.NewTree()
	for _, leaf := range leaves {
		require.NoError(t, tree.Append(ledger.LeafHash([]byte(leaf)), nil))
	}
	hash, err := tree.Root()
	require.NoError(t, err)
	root = [32]byte(hash)
	if len(leaves) == 1 || index < 0 {
		return root, nil
	}
	half := 1
	for half*2 < len(leaves) {
		half *= 2
	}
	var sibling [32]byte
	if index < half {
		_, path = hashesOf(t, leaves[:half], index)
		sibling, _ = hashesOf(t, leaves[half:], -1)
	} else {
		_, path = hashesOf(t, leaves[half:], index-half)
		sibling, _ = hashesOf(t, leaves[:half], -1)
	}
	return root, append(path, sibling)
}

// signedTree returns a receipt of the first of some leaves that the golden key
// has signed.
func signedTree(t testing.TB, leaves ...string) attempt {
	t.Helper()
	r := seal.Receipt{Record: []byte(leaves[0])}
	var root [32]byte
	root, r.Hashes = hashesOf(t, leaves, 0)
	r.Checkpoint = sign(t, fmt.Sprintf("school.example/books/1\n%d\n%s\n", len(leaves), base64.StdEncoding.EncodeToString(root[:])))
	a := golden(t, receipt, "receipt.txt")
	return a.changed(r.Marshal())
}

// sign signs a text with the golden key.
func sign(t testing.TB, text string) string {
	t.Helper()
	signer, err := note.NewSigner(goldenSigner(t))
	require.NoError(t, err)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	require.NoError(t, err)
	return string(signed)
}

// goldenSigner returns the private half of the golden key: TEST 1 of RFC 8032,
// 7.1.
func goldenSigner(t testing.TB) string {
	t.Helper()
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	require.NoError(t, err)
	return "PRIVATE+KEY+school.example/books/1+363ed4a2+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))
}

func TestWhatAJournalHasSignedIsStillRead(t *testing.T) {
	t.Parallel()
	genesis, rest, _ := strings.Cut(string(readGolden(t, "journal.jsonl")), "\n")
	second, _, _ := strings.Cut(rest, "\n")
	c := golden(t, checkpoint, "checkpoint-14.txt")
	text, _, _ := strings.Cut(string(c.Data), "\n\n")
	requireVerdicts(t, []forgery{
		{"a checkpoint", c.changed([]byte(sign(t, text+"\n"))), proven},
		{"a checkpoint of another journal", c.changed([]byte(sign(t, strings.Replace(text, "books/1", "books/2", 1)+"\n"))), notProven},
		{"its first record", signedTree(t, genesis), proven},
		{"its first record of two", signedTree(t, genesis, second), proven},
		{"a record in another place", signedTree(t, second, genesis), notProven},
		{"a text that is no record", signedTree(t, "hello"), unreadable},
		{"a record with a key twice", signedTree(t, strings.Replace(genesis, `"kind"`, `"id":"fa0141fa-aa7a-5aee-87f2-d9cfb3243d61","kind"`, 1)), unreadable},
		{"a record with keys out of order", signedTree(t, `{"kind":"ledger.genesis","at":"2026-09-01T08:00:00.000000Z","seq":1}`), unreadable},
		{"a number", signedTree(t, "1"), unreadable},
		{"a list", signedTree(t, "[]"), unreadable},
	})
}

// signedBalance returns the proof that a leaf is among those of a close in a
// journal of nothing else.
func signedBalance(t testing.TB, leaves []string, index int) seal.Balance {
	t.Helper()
	root, path := hashesOf(t, leaves, index)
	close := fmt.Sprintf(`{"at":"2026-09-01T08:00:00.000000Z","balances":{"accounts":%d,"root":"%x"},"book":1,"date":"2026-09-01",`+
		`"id":"fa0141fa-aa7a-5aee-87f2-d9cfb3243d61","kind":"ledger.close","next":"2026-09-02","seq":1}`, len(leaves), root)
	receipt, err := seal.ParseReceipt(signedTree(t, close).Data)
	require.NoError(t, err)
	return seal.Balance{Line: []byte(leaves[index]), Index: int64(index), Hashes: path, Close: receipt}
}

func TestALeafHasOnePlace(t *testing.T) {
	t.Parallel()
	var attempts []attempt
	good := 0
	for size := 3; size <= 6; size++ {
		var leaves []string
		for i := range size {
			leaves = append(leaves, string(ledger.BalanceLine(fmt.Sprintf("wallet/%d", i), money.CNY, 0, int64(i))))
		}
		for index := range size {
			proof := signedBalance(t, leaves, index)
			for claimed := range int64(12) {
				proof.Index = claimed
				a := golden(t, balance, "balance.txt")
				attempts = append(attempts, a.changed(proof.Marshal()))
			}
			good++
		}
	}
	require.Equal(t, [3]int{proven: good, notProven: len(attempts) - good}, requireSame(t, attempts))
}

func TestALeafIsRead(t *testing.T) {
	t.Parallel()
	var forgeries []forgery
	for leaf, want := range map[string]int{
		`["wallet/1","JPY",0,10]`: proven, `["wallet/1","JPY", 0,10]`: unreadable, `["wallet/1","JPY",0]`: unreadable,
		`["wallet/1","JPY",0,10,1]`: unreadable, `["wallet/1","JPY",0,1e1]`: unreadable, `["wallet/1","JPY",0,true]`: unreadable,
		`["wallet/1","yen",0,10]`: unreadable, `["wallet\u002f1","JPY",0,10]`: unreadable, `{}`: unreadable, `wallet`: unreadable,
	} {
		proof := signedBalance(t, []string{leaf}, 0)
		a := golden(t, balance, "balance.txt")
		forgeries = append(forgeries, forgery{leaf, a.changed(proof.Marshal()), want})
	}
	requireVerdicts(t, forgeries)
}

func TestALineIsRead(t *testing.T) {
	t.Parallel()
	var forgeries []forgery
	for line, want := range map[string]int{
		`["bank","CNY",1,1,0]`: proven, `["bank","CNY",1,1,7,"upto",2]`: proven,
		`["bank","CNY",1,1]`: unreadable, `["bank","CNY",1,1,"upto",2]`: unreadable, `["bank","CNY",1,1,"0"]`: unreadable,
		`["bank","CNY",1,1,true]`: unreadable, `["bank","CNY",1,null,0]`: unreadable, `["bank","CNY",1,1,1.0]`: unreadable,
	} {
		a := signedTree(t, `{"at":"2026-09-01T08:00:00.000000Z","book":1,"date":"2026-09-01","id":"fa0141fa-aa7a-5aee-87f2-d9cfb3243d61",`+
			`"kind":"sale","lines":[`+line+`,["shop","CNY",-1,-1,0]],"seq":1}`)
		forgeries = append(forgeries, forgery{line, a, want})
	}
	requireVerdicts(t, forgeries)
}

func TestOneJournalDoesNotSpeakForAnother(t *testing.T) {
	t.Parallel()
	other, err := seal.GenerateKeys("school.example/books/2", time.Now())
	require.NoError(t, err)
	signer, err := note.NewSigner(other.Keys[0].Signer)
	require.NoError(t, err)
	c := golden(t, consistency, "consistency.txt")
	text, _, _ := strings.Cut(strings.Replace(string(c.Old), "books/1", "books/2", 1), "\n\n")
	signed, err := note.Sign(&note.Note{Text: text + "\n"}, signer)
	require.NoError(t, err)
	c.Old, c.Keys = signed, append(c.Keys, other.Verifiers()...)

	// A witness with the name of the journal is none of its keys.
	next := golden(t, checkpoint, "checkpoint-14.txt")
	verifier, err := seal.NewVerifier(next.Keys, nil)
	require.NoError(t, err)
	private, public := goldenSigner(t), next.Keys[0]
	line, err := (&seal.Witness{Signer: private, Verifier: public}).Cosign(verifier, &seal.Consistency{Checkpoint: string(next.Data)})
	require.NoError(t, err)
	next.Witnesses = []string{public}
	text, _, _ = strings.Cut(string(next.Data), "\n\n")
	requireVerdicts(t, []forgery{
		{"an earlier checkpoint of another journal", c, notProven},
		{"only a witness of the journal's name", next.changed([]byte(text + "\n\n" + line)), notProven},
		{"the journal and a witness of its name", next.changed([]byte(string(next.Data) + line)), proven},
	})
}

func TestAForkIsSeen(t *testing.T) {
	t.Parallel()
	var forgeries []forgery
	for _, size := range []string{"4", "5", "14"} { // a power of two, neither, and the size of the later one
		c := golden(t, consistency, "consistency.txt")
		_, proof, _ := strings.Cut(string(c.Data), "\n")
		if size == "14" {
			proof = "\n" + string(readGolden(t, "checkpoint-14.txt"))
		}
		root := base64.StdEncoding.EncodeToString(make([]byte, 32))
		c.Old = []byte(sign(t, "school.example/books/1\n"+size+"\n"+root+"\n"))
		forgeries = append(forgeries, forgery{"from " + size, c.changed([]byte("old " + size + "\n" + proof)), notProven})
	}
	requireVerdicts(t, forgeries)
}
