package seal_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// files returns the golden files by name.
func (g *goldenBook) files(t *testing.T) map[string][]byte {
	t.Helper()
	kept := map[int64]string{}
	for s, err := range g.Seals(t.Context(), 1, 0) {
		require.NoError(t, err)
		kept[s.Seq] = s.Note
	}
	require.Len(t, kept, 3, "a checkpoint at each close")
	prover := seal.NewProver(g, 1)
	receipt, err := prover.Receipt(t.Context(), ledger.KeyID("golden", "forgotten"))
	require.NoError(t, err)
	balance, err := prover.Balance(t.Context(), "wallet/s1", firstDay)
	require.NoError(t, err)
	consistency, err := prover.Consistency(t.Context(), 5, kept[14])
	require.NoError(t, err)
	rotated, err := g.sealer(t).Seal(t.Context())
	require.NoError(t, err)
	return map[string][]byte{
		"journal.jsonl":     g.journal(t),
		"key.txt":           []byte(g.keys.Keys[0].Verifier + "\n"),
		"key-next.txt":      []byte(g.keys.Keys[1].Verifier + "\n"),
		"witness.txt":       []byte(goldenKey(t, goldenWitness, witnessSeed).Verifier + "\n"),
		"checkpoint-5.txt":  []byte(kept[5]),
		"checkpoint-14.txt": []byte(kept[14]),
		"cosigned.txt":      []byte(kept[14] + cosign(t, kept[14])),
		"rotated.txt":       []byte(rotated.Note),
		"receipt.txt":       receipt.Marshal(),
		"receipt.qr.txt":    []byte(seal.QRText(receipt.Marshal()) + "\n"),
		"balance.txt":       balance.Marshal(),
		"consistency.txt":   consistency.Marshal(),
	}
}

// cosign returns the witness's line at 2026-09-04T00:00:00Z.
func cosign(t *testing.T, checkpoint string) (line string) {
	t.Helper()
	key, log := goldenKey(t, goldenWitness, witnessSeed), goldenKey(t, origin, goldenSeed)
	verifier, err := seal.NewVerifier([]string{log.Verifier}, nil)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Date(2026, 9, 4, 0, 0, 0, 0, time.UTC)))
		witness := seal.Witness{Signer: key.Signer, Verifier: key.Verifier}
		line, err = witness.Cosign(verifier, &seal.Consistency{Checkpoint: checkpoint})
	})
	require.NoError(t, err)
	return line
}

func TestProofsAreGolden(t *testing.T) {
	t.Parallel()
	g := newGoldenBook(t)
	g.play(t)
	for name, made := range g.files(t) {
		path := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(path, made, 0o644))
		}
		golden, err := os.ReadFile(path)
		require.NoError(t, err)
		if name == "receipt.qr.txt" { // what a release of Go compresses to is its own affair
			golden, made = unpacked(t, golden), unpacked(t, made)
		}
		require.Equal(t, string(golden), string(made), "%s: if it is to change, run with -update", name)
	}
}

func unpacked(t testing.TB, text []byte) []byte {
	t.Helper()
	receipt, err := seal.ParseReceipt(text)
	require.NoError(t, err)
	return receipt.Marshal()
}

func readGolden(t testing.TB, name string) []byte {
	t.Helper()
	golden, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return golden
}

func goldenVerifier(t testing.TB, key string, witnesses ...string) *seal.Verifier {
	t.Helper()
	public := string(bytes.TrimSpace(readGolden(t, key)))
	verifier, err := seal.NewVerifier([]string{public}, &seal.VerifierOptions{Witnesses: witnesses, WitnessesMin: len(witnesses)})
	require.NoError(t, err)
	return verifier
}

func TestGoldenProofsVerify(t *testing.T) {
	t.Parallel()
	verifier := goldenVerifier(t, "key.txt")
	for _, name := range []string{"receipt.txt", "receipt.qr.txt"} {
		receipt, err := seal.ParseReceipt(readGolden(t, name))
		require.NoError(t, err)
		record, checkpoint, err := verifier.Receipt(&receipt)
		require.NoError(t, err)
		require.Equal(t, int64(10), record.Seq)
		require.Equal(t, int64(11), checkpoint.Size)
	}
	balance, err := seal.ParseBalance(readGolden(t, "balance.txt"))
	require.NoError(t, err)
	sealed, _, err := verifier.Balance(&balance)
	require.NoError(t, err)
	require.Equal(t, "-79.50 CNY", sealed.Balance.String())

	earlier, err := verifier.Checkpoint(string(readGolden(t, "checkpoint-5.txt")))
	require.NoError(t, err)
	consistency, err := seal.ParseConsistency(readGolden(t, "consistency.txt"))
	require.NoError(t, err)
	later, err := verifier.Consistency(earlier, &consistency)
	require.NoError(t, err)
	require.Equal(t, string(readGolden(t, "checkpoint-14.txt")), later.Note)

	cosigned := string(readGolden(t, "cosigned.txt"))
	witness := string(bytes.TrimSpace(readGolden(t, "witness.txt")))
	_, err = goldenVerifier(t, "key.txt", witness).Checkpoint(cosigned)
	require.NoError(t, err)
	_, err = goldenVerifier(t, "key.txt", witness).Checkpoint(later.Note)
	require.ErrorIs(t, err, seal.ErrSignature)
	for _, key := range []string{"key.txt", "key-next.txt"} {
		_, err = goldenVerifier(t, key).Checkpoint(string(readGolden(t, "rotated.txt")))
		require.NoError(t, err)
	}
	_, err = goldenVerifier(t, "key-next.txt").Checkpoint(later.Note)
	require.ErrorIs(t, err, seal.ErrSignature)
}
