package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/seal"
)

func TestKeysAreTakenFromAllThatIsGiven(t *testing.T) {
	t.Parallel()
	s, other := newSealed(t, ""), newSealed(t, "")
	checkpoint := s.give(t, "checkpoint", s.checkpoint(t))
	for _, keys := range [][]string{{s.keys, other.keys}, {other.keys, s.keys}} {
		outside(t, exitDone, "verify", checkpoint, "--keys", keys[0], "--keys", keys[1])
		s.do(t, exitDone, "audit", "--keys", keys[0], "--keys", keys[1])
	}
	text, err := os.ReadFile(s.keys)
	require.NoError(t, err)
	windows := s.give(t, "windows.txt", "\ufeff"+strings.ReplaceAll(string(text), "\n", "\r\n"))
	outside(t, exitDone, "verify", checkpoint, "--keys", windows)
	key := strings.Fields(string(text)[strings.LastIndex(strings.TrimSpace(string(text)), "\n"):])[0]
	only := s.give(t, "only.txt", "\ufeff"+key)
	outside(t, exitDone, "verify", checkpoint, "--keys", only)
	require.Contains(t, outside(t, exitFailed, "verify", checkpoint, "--keys", s.give(t, "none.txt", "# none\n")), "give a public key")
}

func TestVerifySaysWhoSigned(t *testing.T) {
	t.Parallel()
	s, other := newSealed(t, ""), newSealed(t, "")
	key, _ := keyID(t, s.keys)
	checkpoint := s.give(t, "checkpoint", s.checkpoint(t))
	require.Contains(t, s.verify(t, exitDone, checkpoint), "is signed by a key that you trust: "+key+".\n")
	require.Contains(t, s.verify(t, exitDone, checkpoint, "--json"), `"signed_by":["`+key+`"]`)

	t.Run("if it is a key of another journal", func(t *testing.T) {
		_, name := keyID(t, other.keys)
		words := other.verify(t, exitFindings, checkpoint)
		require.Contains(t, words, "It says that it is signed by "+key+", which is not among your keys")
		require.Contains(t, words, "they are of "+name+", another journal")
	})
	t.Run("if it is a new key of the school's", func(t *testing.T) {
		s.do(t, exitDone, "key", "rotate")
		s.do(t, exitDone, "close")
		fresh := s.give(t, "fresh.txt", s.do(t, exitDone, "key", "list"))
		late := s.give(t, "late", s.checkpoint(t))
		listed, err := os.ReadFile(fresh)
		require.NoError(t, err)
		keys := keyLines(string(listed))
		newest := keys[len(keys)-1]
		words := s.verify(t, exitFindings, late)
		require.Contains(t, words, "signed by "+strings.Join(strings.SplitN(newest, "+", 3)[:2], "+")+", which is not among your keys")
		require.Contains(t, words, "Ask the school itself for its 'key list'")
		grown := s.file("grown")
		s.do(t, exitDone, "prove", "consistency", "--from", checkpoint, "--out", grown)
		require.Contains(t, s.verify(t, exitFindings, grown, "--old", checkpoint), "not among your keys")
		require.Contains(t, outside(t, exitFindings, "verify", grown, "--old", checkpoint, "--key", newest), "--old "+checkpoint+": The checkpoint of ")
		outside(t, exitDone, "verify", grown, "--old", checkpoint, "--keys", fresh)
	})
	t.Run("if its signature is not valid", func(t *testing.T) {
		forged := s.give(t, "forged", strings.Replace(s.checkpoint(t), "/books/1\n", "/books/1\n9", 1))
		require.Contains(t, s.verify(t, exitFindings, forged, "--keys", s.file("fresh.txt")), "invalid signature for key")
	})
	t.Run("if it has no signature of the school's", func(t *testing.T) {
		text, _, _ := strings.Cut(s.checkpoint(t), "\n\n")
		witness := "\n\n\u2014 parents.example " + strings.Repeat("A", 100) + "\n"
		require.Contains(t, s.verify(t, exitFindings, s.give(t, "bare", text+witness)), "has no signature of the school's.")
	})
}

// keyID returns the first key of a file as name+hash, and its name.
func keyID(t *testing.T, file string) (id, name string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	key := keyLines(string(text))[0]
	name, _, _ = strings.Cut(key, "+")
	return key[:len(name)+len("+01234567")], name
}

func TestVerifyCountsWitnesses(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	school, err := os.ReadFile(s.keys)
	require.NoError(t, err)
	verifier, err := seal.NewVerifier(keyLines(string(school)), nil)
	require.NoError(t, err)
	text := s.checkpoint(t)
	var named []string
	cosigned := text
	for _, name := range []string{"parents.example", "office.example"} {
		witness, err := seal.GenerateWitness(name)
		require.NoError(t, err)
		named = append(named, "--witness", witness.Verifier)
		if name == "parents.example" {
			line, err := witness.Cosign(verifier, &seal.Consistency{Checkpoint: text})
			require.NoError(t, err)
			cosigned += line
		}
	}
	plain, once := s.give(t, "plain", text), s.give(t, "once", cosigned)
	words := s.verify(t, exitFindings, plain, named[:2]...)
	require.Contains(t, words, "has the school's signature, but 0 of 1 witnesses have cosigned it.")
	require.NotContains(t, words, "trusted key")
	require.Contains(t, s.verify(t, exitFindings, once, named...), "but 1 of 2 witnesses have cosigned it.")
	require.Contains(t, s.verify(t, exitDone, once, append(named, "--witnesses", "1")...), "at least 1 of the witnesses")
	require.Contains(t, s.verify(t, exitFailed, once, append(named, "--witnesses", "3")...), "--witnesses 3: --witness names 2\n")
	require.Contains(t, s.verify(t, exitFailed, once, "--witnesses=-1"), "--witnesses -1: --witness names 0\n")
	twice := slices.Concat(named[:2], named[:2])
	s.verify(t, exitDone, once, twice...)
	require.Contains(t, s.verify(t, exitFailed, once, append(twice, "--witnesses", "2")...), "--witness names 1\n")
}

func TestVerifySaysWhatAFileIs(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	s.do(t, exitDone, "prove", "record", "5", "--qr", s.file("qr.png"), "--out", s.file("receipt"))
	s.do(t, exitDone, "archive", s.file("a.zip"), "--until", s.closed(t).String())
	s.give(t, "journal", s.journal(t))
	s.give(t, "hello", "hello\n")
	database, err := os.ReadFile(filepath.Join(s.where.Dir, "ledger.db"))
	require.NoError(t, err)
	s.give(t, "ledger.db", string(database))
	for name, want := range map[string]string{
		"qr.png":    "this file.\nIt is a picture: scan the QR code",
		"a.zip":     "this file.\nIt is a ZIP file: 'archive verify'",
		"journal":   "this file.\nIt is no proof and no checkpoint: 'audit --journal'",
		"ledger.db": "this file.\nIt is no text",
		"hello":     "not a checkpoint, a receipt, another proof, or the text of a QR code",
	} {
		words := s.verify(t, exitFindings, s.file(name))
		require.Contains(t, words, want)
		require.Less(t, len(words), 200, "no dump of it")
	}
	receipt, err := os.ReadFile(s.file("receipt"))
	require.NoError(t, err)
	words := s.verify(t, exitFindings, s.give(t, "tampered", "x"+string(receipt)))
	require.Less(t, len(words), 200, "no dump of it")

	t.Run("and that an earlier checkpoint is none", func(t *testing.T) {
		checkpoint := s.give(t, "checkpoint", s.checkpoint(t))
		s.do(t, exitDone, "seal")
		s.do(t, exitDone, "prove", "consistency", "--from", checkpoint, "--out", s.file("grown"))
		for _, wrong := range []string{"receipt", "qr.png", "hello"} {
			require.Equal(t, "campusledger: cannot verify: --old "+s.file(wrong)+" is not a checkpoint\n",
				s.verify(t, exitFailed, s.file("grown"), "--old", s.file(wrong)))
		}
	})
	t.Run("and a root in one line", func(t *testing.T) {
		proof, err := seal.ParseReceipt(receipt)
		require.NoError(t, err)
		proof.Record = []byte(strings.Replace(string(proof.Record), `"seq":5`, `"seq":6`, 1))
		var verdict struct{ Reason string }
		require.NoError(t, json.Unmarshal([]byte(s.verify(t, exitFindings, s.give(t, "other", string(proof.Marshal())), "--json")), &verdict))
		require.Regexp(t, `^receipt of record 5: the proof does not lead to the root: it leads to [0-9a-f]{64}, not to [0-9a-f]{64}$`, verdict.Reason)
	})
	t.Run("and that standard input is one file", func(t *testing.T) {
		require.Contains(t, s.verify(t, exitFailed, "-", "--old", "-"), "only one file can come from standard input")
		require.Contains(t, outside(t, exitFailed, "verify", "-", "--keys", "-"), "only one file can come from standard input")
	})
}

// TestAnEarlierCheckpointIsReadThroughAPipe runs alone, as it changes the
// process's standard input.
func TestAnEarlierCheckpointIsReadThroughAPipe(t *testing.T) { //nolint:paralleltest // see above
	s := newSealed(t, "")
	checkpoint := s.give(t, "checkpoint", s.checkpoint(t))
	s.do(t, exitDone, "seal")
	s.do(t, exitDone, "prove", "consistency", "--from", checkpoint, "--out", s.file("grown"))
	piped, err := os.Open(checkpoint)
	require.NoError(t, err)
	stdin := os.Stdin
	os.Stdin = piped
	t.Cleanup(func() { os.Stdin = stdin })
	require.Contains(t, s.verify(t, exitDone, s.file("grown"), "--old", "-"), "Nothing in those was changed")
}
