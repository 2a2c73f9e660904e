package seal_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 3)
	before, err := s.sealer.Seal(t.Context())
	require.NoError(t, err)
	old := s.verifier(t)

	require.NoError(t, s.keys.Rotate(now.Add(time.Hour)))
	s.sealer, err = seal.NewSealer(s, 1, s.keys)
	require.NoError(t, err)
	s.post(t, 2)
	handover, err := s.sealer.Seal(t.Context())
	require.NoError(t, err)
	_, err = old.Checkpoint(handover.Note)
	require.NoError(t, err, "whoever trusts the old key learns of the new")

	s.keys.Retire(now.Add(2 * time.Hour))
	require.Empty(t, s.keys.Keys[0].Signer)
	require.Equal(t, now.Add(2*time.Hour), s.keys.Keys[0].Retired)
	s.sealer, err = seal.NewSealer(s, 1, s.keys)
	require.NoError(t, err)
	s.post(t, 2)
	after, err := s.sealer.Seal(t.Context())
	require.NoError(t, err)
	_, err = old.Checkpoint(after.Note)
	require.ErrorIs(t, err, seal.ErrSignature)
	for _, checkpoint := range []seal.Checkpoint{before, handover, after} {
		_, err = s.verifier(t).Checkpoint(checkpoint.Note)
		require.NoError(t, err)
	}

	s.keys.Keys = s.keys.Keys[:1]
	_, err = seal.NewSealer(s, 1, s.keys)
	require.ErrorIs(t, err, seal.ErrNoSigner)
}

func TestWitnessesCosign(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 3)
	parents, err := seal.GenerateWitness("parents.example")
	require.NoError(t, err)
	demanding, err := seal.NewVerifier(s.keys.Verifiers(), &seal.VerifierOptions{Witnesses: []string{parents.Verifier}, WitnessesMin: 1})
	require.NoError(t, err)

	from := int64(0)
	for range 3 {
		s.post(t, 2)
		checkpoint, err := s.sealer.Seal(t.Context())
		require.NoError(t, err)
		_, err = demanding.Checkpoint(checkpoint.Note)
		require.ErrorIs(t, err, seal.ErrSignature)

		c, err := s.prover.Consistency(t.Context(), from, checkpoint.Note)
		require.NoError(t, err)
		read, err := seal.ParseConsistency(c.Marshal())
		require.NoError(t, err)
		line, err := parents.Cosign(s.verifier(t), &read)
		require.NoError(t, err)
		cosigned, err := s.sealer.Cosign(t.Context(), checkpoint.Size, line)
		require.NoError(t, err)
		_, err = demanding.Checkpoint(cosigned.Note)
		require.NoError(t, err)
		again, err := s.sealer.Seal(t.Context())
		require.NoError(t, err)
		require.Equal(t, cosigned, again, "sealing again loses no cosignature")
		from = checkpoint.Size
	}
	t.Run("but no other history", func(t *testing.T) {
		t.Parallel()
		other := newSchool(t, 3)
		other.postMany(t, 10)
		sealer, err := seal.NewSealer(other, 1, s.keys) // the same key
		require.NoError(t, err)
		forked, err := sealer.Seal(t.Context())
		require.NoError(t, err)
		c, err := other.prover.Consistency(t.Context(), from, forked.Note)
		require.NoError(t, err)
		_, err = parents.Cosign(s.verifier(t), &c)
		require.ErrorIs(t, err, seal.ErrProof)
		for _, c := range []seal.Consistency{{From: 0, Checkpoint: forked.Note}, {From: from, Checkpoint: forked.Note}} {
			_, err = parents.Cosign(s.verifier(t), &c)
			require.ErrorIs(t, err, seal.ErrProof)
		}
	})
}

func TestSealingAgain(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 3)
	for day := range 3 {
		s.post(t, 2)
		s.closeDay(t, firstDay.AddDays(day))
	}
	sealed, err := s.sealer.SealCloses(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, sealed, "closes of before there was a key")
	sealed, err = s.sealer.SealCloses(t.Context())
	require.NoError(t, err)
	require.Zero(t, sealed)

	t.Run("a rewritten journal is not sealed over its checkpoint", func(t *testing.T) {
		other := newSchool(t, 3)
		other.post(t, 3)
		other.postMany(t, 5)
		head, err := other.Head(t.Context(), 1)
		require.NoError(t, err)
		for kept, err := range s.Seals(t.Context(), 1, 0) {
			require.NoError(t, err)
			if kept.Seq == head.Seq {
				require.NoError(t, other.PutSeal(t.Context(), 1, kept, ""))
			}
		}
		_, err = other.sealer.Seal(t.Context())
		require.ErrorIs(t, err, seal.ErrFormat)
	})
}

// deaf is a school whose seals cannot be read.
type deaf struct{ *school }

func (deaf) Seals(context.Context, ledger.BookID, int64) iter.Seq2[ledger.Seal, error] {
	return func(yield func(ledger.Seal, error) bool) { yield(ledger.Seal{}, errors.New("connection reset")) }
}

func TestNothingThatWasKeptIsLost(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 2)
	checkpoint, err := s.sealer.Seal(t.Context())
	require.NoError(t, err)
	cosign := func(name string) (string, *seal.Witness) {
		witness, err := seal.GenerateWitness(name)
		require.NoError(t, err)
		line, err := witness.Cosign(s.verifier(t), &seal.Consistency{Checkpoint: checkpoint.Note})
		require.NoError(t, err)
		return line, witness
	}
	line, parents := cosign("parents.example")
	forged := []byte(line)
	forged[len(forged)-20] ^= 1 // another letter of Base64, or the form is refused
	if _, err := s.sealer.Cosign(t.Context(), checkpoint.Size, string(forged)); err != nil {
		require.ErrorIs(t, err, seal.ErrFormat)
	}
	_, err = s.sealer.Cosign(t.Context(), checkpoint.Size, line)
	require.NoError(t, err)
	verifier, err := seal.NewVerifier(s.keys.Verifiers(), &seal.VerifierOptions{Witnesses: []string{parents.Verifier}, WitnessesMin: 1})
	require.NoError(t, err)
	kept := func() string {
		for stored, err := range s.Seals(t.Context(), 1, 0) {
			require.NoError(t, err)
			return stored.Note
		}
		return ""
	}
	_, err = verifier.Checkpoint(kept())
	require.NoError(t, err, "a true line takes the place of a false one")

	sealer, err := seal.NewSealer(deaf{s}, 1, s.keys)
	require.NoError(t, err)
	before := kept()
	_, err = sealer.Seal(t.Context())
	require.ErrorContains(t, err, "connection reset")
	_, err = sealer.SealCloses(t.Context())
	require.NoError(t, err, "there is no close yet")
	require.Equal(t, before, kept())

	var all sync.WaitGroup
	lines := make([]string, 12)
	for i := range lines {
		lines[i], _ = cosign(fmt.Sprintf("witness%d.example", i))
	}
	for _, line := range lines {
		all.Go(func() {
			if _, err := s.sealer.Cosign(t.Context(), checkpoint.Size, line); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, line := range lines {
		require.Contains(t, kept(), line)
	}

	own := seal.Checkpoint{}
	for range 80 {
		line, _ := cosign("crowd.example")
		if own, err = s.sealer.Cosign(t.Context(), checkpoint.Size, line); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, seal.ErrFormat)
	require.Zero(t, own.Size)
	require.NoError(t, s.keys.Rotate(now))
	sealer, err = seal.NewSealer(s, 1, s.keys)
	require.NoError(t, err)
	_, err = sealer.Seal(t.Context())
	require.NoError(t, err, "there is room for the journal's own keys")
}

func TestADamagedSealStaysAsItIs(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 2)
	closed := s.closeDay(t, firstDay)
	damaged := ledger.Seal{Seq: closed.Seq, Note: "damaged"}
	require.NoError(t, s.PutSeal(t.Context(), 1, damaged, ""))
	_, err := s.sealer.Seal(t.Context())
	require.ErrorIs(t, err, ledger.ErrCorrupt)
	_, err = s.sealer.SealCloses(t.Context())
	require.ErrorIs(t, err, ledger.ErrCorrupt)
	for kept, err := range s.Seals(t.Context(), 1, 0) {
		require.NoError(t, err)
		require.Equal(t, damaged, kept)
	}
}

// looping is a school whose close takes the place of itself.
type looping struct{ *school }

func (l looping) Records(context.Context, ledger.BookID, ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		record := ledger.Record{Book: 1, Seq: 3, ID: ledger.NewID(), Kind: ledger.KindDayClose, Date: firstDay, At: now, Prev: 3}
		yield(ledger.StoredRecord{Seq: 3, Body: record.Canonical()}, nil)
	}
}

func TestSealingEndsWhateverClosesSay(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 2)
	s.closeDay(t, firstDay)
	sealer, err := seal.NewSealer(looping{s}, 1, s.keys)
	require.NoError(t, err)
	_, err = sealer.SealCloses(t.Context())
	require.ErrorIs(t, err, ledger.ErrCorrupt)
}
