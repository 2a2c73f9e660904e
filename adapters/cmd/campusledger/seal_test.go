package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// sealed is a demo school whose day is closed, and an empty directory of
// somebody else's who has its public keys.
type sealed struct {
	place []string
	where school.Location
	keys  string // file of the public keys
	files string
}

func newSealed(t *testing.T, database string) *sealed {
	t.Helper()
	s := &sealed{where: school.Location{Dir: t.TempDir(), Database: database}, files: t.TempDir()}
	s.place = []string{"--data", s.where.Dir}
	if database != "" {
		s.place = append(s.place, "--database", database)
	}
	s.do(t, exitDone, "demo", "--pupils", "12", "--scans", "30")
	s.keys = s.give(t, "keys.txt", s.do(t, exitDone, "key", "list"))
	return s
}

// do runs a command on the school and returns all that it printed.
func (s *sealed) do(t *testing.T, want int, args ...string) string {
	t.Helper()
	return outside(t, want, append(args, s.place...)...)
}

// outside runs a command and returns all that it printed.
func outside(t *testing.T, want int, args ...string) string {
	t.Helper()
	code, out, errs := call(t, args...)
	require.Equal(t, want, code, "%s%s", out, errs)
	return out + errs
}

// file is a file of the outsider's.
func (s *sealed) file(name string) string { return filepath.Join(s.files, name) }

func (s *sealed) give(t *testing.T, name, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(s.file(name), []byte(text), 0o600))
	return s.file(name)
}

// checkpoint is the latest, without what is said about it.
func (s *sealed) checkpoint(t *testing.T) string {
	t.Helper()
	code, out, errs := call(t, append([]string{"checkpoint"}, s.place...)...)
	require.Equal(t, exitDone, code, errs)
	return out
}

func (s *sealed) verify(t *testing.T, want int, file string, flags ...string) string {
	t.Helper()
	return outside(t, want, append([]string{"verify", file, "--keys", s.keys}, flags...)...)
}

// record returns the last record of a kind.
func (s *sealed) record(t *testing.T, kind string) (found ledger.StoredRecord) {
	t.Helper()
	store, closer, err := school.OpenLedger(t.Context(), s.where)
	require.NoError(t, err)
	defer func() { require.NoError(t, closer.Close()) }()
	for stored, err := range store.Records(t.Context(), 1, ledger.RecordQuery{}) {
		require.NoError(t, err)
		record, err := ledger.ParseRecord(stored.Body)
		require.NoError(t, err)
		if record.Kind == kind {
			found = stored
		}
	}
	require.NotZero(t, found.Seq, kind)
	return found
}

func TestWhatAGuardianIsGivenVerifiesOffline(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"embedded": "", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSealed(t, database)
			checkpoint := s.give(t, "checkpoint", s.checkpoint(t))
			require.Contains(t, s.verify(t, exitDone, checkpoint), "PROVEN")
			require.Contains(t, s.do(t, exitDone, "checkpoint", "--list"), "campusledger/")

			sale, file := s.record(t, "sale"), s.file("sale.tlog-proof")
			s.do(t, exitDone, "prove", "record", sale.ID.String(), "--out", file)
			words := s.verify(t, exitDone, file)
			for _, want := range []string{"PROVEN", sale.ID.String(), "merchant/canteen1", "a key that you trust"} {
				require.Contains(t, words, want)
			}
			var verdict struct {
				Proven bool
				Record json.RawMessage
			}
			require.NoError(t, json.Unmarshal([]byte(s.verify(t, exitDone, file, "--json")), &verdict))
			require.True(t, verdict.Proven)
			require.JSONEq(t, string(sale.Body), string(verdict.Record))

			closed := s.record(t, ledger.KindDayClose)
			balance := s.file("balance")
			s.do(t, exitDone, "prove", "balance", "bank/main", closed.Date.String(), "--out", balance)
			require.Contains(t, s.verify(t, exitDone, balance), "At the end of "+closed.Date.String()+" the account bank/main")

			s.do(t, exitDone, "merchant", "canteen2", "Canteen")
			require.Contains(t, s.do(t, exitFindings, "prove", "record", "1000000"), "unknown record")
			require.Contains(t, s.do(t, exitFindings, "prove", "record", s.record(t, ledger.KindOpening).ID.String()), "not sealed yet")
			require.Contains(t, s.do(t, exitFindings, "prove", "balance", "bank/main", "2020-01-01"), "not closed")
			require.Contains(t, s.do(t, exitDone, "seal"), "Sealed the first")
			grown := s.file("consistency")
			s.do(t, exitDone, "prove", "consistency", "--from", checkpoint, "--out", grown)
			require.Contains(t, s.verify(t, exitDone, grown, "--old", checkpoint), "Nothing in those was changed")
			require.Contains(t, s.verify(t, exitFailed, grown), "--old")
			require.Contains(t, s.verify(t, exitFailed, file, "--old", checkpoint), "--old")
			require.Contains(t, s.do(t, exitDone, "audit"), "Clean")
		})
	}
}

func TestVerifySeesTampering(t *testing.T) {
	t.Parallel()
	s, other := newSealed(t, ""), newSealed(t, "")
	text := s.checkpoint(t)
	checkpoint, file := s.give(t, "checkpoint", text), s.file("sale.tlog-proof")
	s.do(t, exitDone, "prove", "record", s.record(t, "sale").ID.String(), "--out", file)
	receipt, err := os.ReadFile(file)
	require.NoError(t, err)
	parsed, err := seal.ParseReceipt(receipt)
	require.NoError(t, err)
	other.do(t, exitDone, "seal")
	s.do(t, exitDone, "seal")
	grown := s.file("consistency")
	s.do(t, exitDone, "prove", "consistency", "--from", checkpoint, "--out", grown)

	record := base64.StdEncoding.EncodeToString(parsed.Record)
	richer := base64.StdEncoding.EncodeToString(bytes.Replace(parsed.Record, []byte(`"price":"`), []byte(`"price":"9`), 1))
	require.NotEqual(t, record, richer)
	for name, tampered := range map[string]string{
		"another price":        strings.Replace(string(receipt), record, richer, 1),
		"another position":     strings.Replace(string(receipt), "\nindex ", "\nindex 1", 1),
		"a size too large":     strings.Replace(text, "/books/1\n", "/books/1\n9", 1),
		"a text of nothing":    "hello",
		"an empty file":        "",
		"half a receipt":       string(receipt[:len(receipt)/2]),
		"another's checkpoint": other.checkpoint(t),
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, s.verify(t, exitFindings, s.give(t, "tampered", tampered)), "NOT PROVEN")
		})
	}
	t.Run("said in JSON", func(t *testing.T) {
		require.Contains(t, s.verify(t, exitFindings, s.give(t, "tampered", text[:40]), "--json"), `{"proven":false,"kind":"checkpoint","reason":"`)
	})
	t.Run("an earlier checkpoint that is not of this journal", func(t *testing.T) {
		earlier := s.give(t, "earlier", other.checkpoint(t))
		require.Contains(t, s.verify(t, exitFindings, grown, "--old", earlier), "NOT PROVEN")
	})
	t.Run("nobody to trust", func(t *testing.T) {
		require.Contains(t, outside(t, exitFailed, "verify", file), "--key")
		require.Contains(t, outside(t, exitFailed, "verify", file, "--key", "x"), "public key")
		require.Contains(t, s.verify(t, exitFailed, s.file("none")), "none")
	})
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	early := s.file("early.tlog-proof")
	s.do(t, exitDone, "prove", "record", "1", "--out", early)
	before := s.checkpoint(t)

	require.Contains(t, s.do(t, exitDone, "key", "rotate"), "A new key signs from now on")
	listed := s.do(t, exitDone, "key", "list")
	require.Equal(t, 1, strings.Count(listed, ", retired "))
	require.Equal(t, 1, strings.Count(listed, ", signs"))
	file, err := os.ReadFile(school.SealKeyPath(s.where.Dir, 1))
	require.NoError(t, err)
	require.Equal(t, 1, bytes.Count(file, []byte(`"signer"`)), "the earlier private half is gone")

	handover := s.give(t, "handover", s.checkpoint(t))
	require.NotEqual(t, before, s.checkpoint(t))
	s.verify(t, exitDone, handover) // with the earlier key, which signed it too
	fresh := &sealed{keys: s.give(t, "new.txt", listed[strings.LastIndex(strings.TrimSpace(listed), "\n")+1:])}
	fresh.verify(t, exitDone, handover)
	fresh.verify(t, exitFindings, early)
	s.verify(t, exitDone, early)

	s.do(t, exitDone, "merchant", "canteen2", "Canteen")
	s.do(t, exitDone, "seal")
	late := s.give(t, "late", s.checkpoint(t))
	fresh.verify(t, exitDone, late)
	s.verify(t, exitFindings, late)
	require.Contains(t, s.do(t, exitDone, "key", "list", "--json"), `"signs":true`)
	require.Contains(t, s.do(t, exitFailed, "key", "generate"), "rotate them instead")
}

// TestARotationThatWasKilled leaves what a rotation leaves that was killed after
// each of its steps.
func TestARotationThatWasKilled(t *testing.T) {
	t.Parallel()
	for name, sealedToo := range map[string]bool{"before the handover": false, "after the handover": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSealed(t, "")
			path := school.SealKeyPath(s.where.Dir, 1)
			keys, err := school.ReadSealKeys(s.where.Dir, 1)
			require.NoError(t, err)
			require.NoError(t, keys.Rotate(keys.Keys[0].Made))
			text, err := json.Marshal(keys)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, text, 0o600))
			if sealedToo {
				s.do(t, exitDone, "seal")
			}
			s.do(t, exitDone, "key", "rotate")
			rotated, err := school.ReadSealKeys(s.where.Dir, 1)
			require.NoError(t, err)
			require.Equal(t, keys.Verifiers(), rotated.Verifiers(), "no third key")
			require.Empty(t, rotated.Keys[0].Signer)
			require.NotEmpty(t, rotated.Keys[1].Signer)
			for _, key := range keys.Verifiers() {
				outside(t, exitDone, "verify", s.give(t, "handover", s.checkpoint(t)), "--key", key)
			}
		})
	}
}

func TestKeysAreMadeOnceAndFoundOrGivenUp(t *testing.T) {
	t.Parallel()
	s := &sealed{where: school.Location{Dir: t.TempDir()}, files: t.TempDir()}
	s.place = []string{"--data", s.where.Dir}
	require.Contains(t, s.do(t, exitDone, "key", "generate", "--origin", "school.example/books/1"), "school.example/books/1+")
	s.keys = s.give(t, "keys.txt", s.do(t, exitDone, "key", "list"))
	require.Contains(t, s.do(t, exitFailed, "key", "generate", "--origin", "a b"), "origin")
	s.do(t, exitDone, "merchant", "canteen1", "Canteen")
	require.Contains(t, s.do(t, exitDone, "close"), "it is sealed")
	s.verify(t, exitDone, s.give(t, "checkpoint", s.checkpoint(t)))

	require.NoError(t, os.Remove(school.SealKeyPath(s.where.Dir, 1)))
	require.Contains(t, s.do(t, exitFailed, "close"), "find their file")
	require.Contains(t, s.do(t, exitFailed, "key", "generate"), "find their file")
	require.NoFileExists(t, school.SealKeyPath(s.where.Dir, 1))
	s.do(t, exitDone, "key", "generate", "--lost")
	s.do(t, exitFailed, "key", "generate", "--lost")
	s.do(t, exitDone, "close")
	s.verify(t, exitFindings, s.give(t, "after", s.checkpoint(t)))
	s.keys = s.give(t, "keys.txt", s.do(t, exitDone, "key", "list"))
	require.Contains(t, s.verify(t, exitDone, s.file("after")), "school.example/books/1", "the name stays")
}

// TestACloseThatWasKilledIsSealedLater closes a day as a process does that is
// killed before it seals.
func TestACloseThatWasKilledIsSealedLater(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"embedded": "", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sealed{where: school.Location{Dir: t.TempDir(), Database: database}, files: t.TempDir()}
			s.place = []string{"--data", s.where.Dir, "--database", database}
			killed, err := school.Open(t.Context(), s.where, nil)
			require.NoError(t, err)
			head, err := killed.Book.Head(t.Context())
			require.NoError(t, err)
			closed, err := killed.Book.CloseDay(t.Context(), ledger.DayClose{Date: head.OpenDate})
			require.NoError(t, err)
			require.NoError(t, killed.Close())
			require.Contains(t, s.do(t, exitFindings, "checkpoint"), "not sealed yet")

			s.do(t, exitDone, "merchant", "canteen1", "Canteen")
			checkpoint, err := seal.ParseCheckpoint(s.checkpoint(t))
			require.NoError(t, err)
			require.Equal(t, closed.Record.Seq, checkpoint.Size)
		})
	}
}

func TestWitnessesFollowASchool(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	state := s.file("witness.json")
	words := outside(t, exitDone, "witness", "new", "parents.example", "--state", state)
	outside(t, exitFailed, "witness", "new", "parents.example", "--state", state) // a key is not overwritten
	key := words[strings.LastIndex(strings.TrimSpace(words), "\n")+1:]
	witnessed := []string{"--witness", strings.TrimSpace(key), "--witnesses", "1"}
	proof, cosigned := s.file("proof"), s.file("cosigned")
	cosign := func(want int) string {
		t.Helper()
		return outside(t, want, "witness", "cosign", proof, "--state", state, "--keys", s.keys, "--out", cosigned)
	}
	from := "0"
	for range 2 {
		s.do(t, exitDone, "close")
		s.do(t, exitDone, "prove", "consistency", "--from", from, "--out", proof)
		s.verify(t, exitFindings, s.give(t, "checkpoint", s.checkpoint(t)), witnessed...)
		cosign(exitDone)
		require.Contains(t, s.do(t, exitDone, "cosign", cosigned), "parents.example")
		require.Contains(t, s.verify(t, exitDone, s.give(t, "checkpoint", s.checkpoint(t)), witnessed...), "at least 1 of the witnesses")
		from = s.file("checkpoint")
	}
	t.Run("but no other history, nor one told from elsewhere", func(t *testing.T) {
		s.do(t, exitDone, "close")
		s.do(t, exitDone, "prove", "consistency", "--from", "3", "--out", proof)
		require.Contains(t, cosign(exitFindings), "prove from there")
		s.give(t, "proof", "hello")
		cosign(exitFindings)
		require.Contains(t, s.do(t, exitFailed, "cosign", proof), "whole checkpoint")
	})
}

// paddedReceipt is the receipt of a record as a book of a million records gives it,
// with two witnesses: its hashes are of nothing.
func (s *sealed) paddedReceipt(t *testing.T, kind string) []byte {
	t.Helper()
	file := s.file(kind)
	s.do(t, exitDone, "prove", "record", s.record(t, kind).ID.String(), "--out", file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	receipt, err := seal.ParseReceipt(text)
	require.NoError(t, err)
	receipt.Hashes = make([][32]byte, 20)
	for i := range receipt.Hashes {
		_, _ = rand.Read(receipt.Hashes[i][:])
	}
	for range 2 {
		var signature [76]byte
		_, _ = rand.Read(signature[:])
		receipt.Checkpoint += "\u2014 parents.example " + base64.StdEncoding.EncodeToString(signature[:]) + "\n"
	}
	return receipt.Marshal()
}

func TestQRCodesAreReadFromAReceipt(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	t.Run("and verify like the file", func(t *testing.T) {
		t.Parallel()
		picture := s.file("sale.png")
		s.do(t, exitDone, "prove", "record", s.record(t, "sale").ID.String(), "--qr", picture)
		require.Contains(t, s.verify(t, exitDone, s.give(t, "qr", scanned(t, picture))), "PROVEN")
		s.do(t, exitDone, "prove", "balance", "bank/main", s.record(t, ledger.KindDayClose).Date.String(), "--qr", s.file("balance.png"))
		require.Contains(t, s.verify(t, exitDone, s.give(t, "balance.qr", scanned(t, s.file("balance.png")))), "bank/main")
	})
	for _, kind := range []string{"sale", "topup", "fee.paid", ledger.KindDayClose} {
		t.Run("of a million records: "+kind, func(t *testing.T) {
			t.Parallel()
			receipt := s.paddedReceipt(t, kind)
			require.NoError(t, writeQR(s.file(kind+".png"), receipt))
			require.Equal(t, seal.QRText(receipt), scanned(t, s.file(kind+".png")))
		})
	}
	t.Run("up to a limit", func(t *testing.T) {
		t.Parallel()
		noise := make([]byte, 1980)
		_, _ = rand.Read(noise)
		require.InDelta(t, 3_000, len(seal.QRText(noise)), 20)
		require.NoError(t, writeQR(s.file("most.png"), noise))
		require.Equal(t, seal.QRText(noise), scanned(t, s.file("most.png")))
		more := make([]byte, 2020)
		_, _ = rand.Read(more)
		require.ErrorContains(t, writeQR(s.file("more.png"), more), "hand out the file instead")
	})
}
