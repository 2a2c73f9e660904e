package seal

import (
	"fmt"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// VerifierOptions tune [NewVerifier]. The zero value of each field is its
// default.
type VerifierOptions struct {
	// Witnesses are the public keys of witnesses, as [Witness.Verifier] gives
	// them. Default: none.
	Witnesses []string
	// WitnessesMin is how many of them must have cosigned a checkpoint.
	// Default: 0.
	WitnessesMin int
}

// Verifier checks checkpoints and proofs with the public keys that its owner
// trusts, and with nothing else: it needs no store and no network.
type Verifier struct {
	known        note.Verifiers
	logs         map[keyName]bool
	witnesses    map[keyName]bool
	witnessesMin int
}

type keyName struct {
	name string
	hash uint32
}

func nameOf(v note.Verifier) keyName { return keyName{v.Name(), v.KeyHash()} }

// NewVerifier returns a verifier that trusts a journal's public keys: all that
// [Keys.Verifiers] lists or that were handed out. One of them must have signed.
func NewVerifier(keys []string, options *VerifierOptions) (*Verifier, error) {
	if options == nil {
		options = &VerifierOptions{}
	}
	v := &Verifier{logs: map[keyName]bool{}, witnesses: map[keyName]bool{}, witnessesMin: options.WitnessesMin}
	var known []note.Verifier
	add := func(list []string, into map[keyName]bool, parse func(string) (note.Verifier, error)) error {
		for _, text := range list {
			verifier, err := parse(text)
			if err != nil {
				return fmt.Errorf("public key %.60q: %w: %w", text, ErrFormat, err)
			}
			if !into[nameOf(verifier)] { // twice would be ambiguous
				known = append(known, verifier)
			}
			into[nameOf(verifier)] = true
		}
		return nil
	}
	if err := add(keys, v.logs, note.NewVerifier); err != nil {
		return nil, err
	}
	if err := add(options.Witnesses, v.witnesses, newWitnessKey); err != nil {
		return nil, err
	}
	switch {
	case len(v.logs) == 0:
		return nil, fmt.Errorf("public keys: %w: there are none", ErrFormat)
	case v.witnessesMin > len(v.witnesses):
		return nil, fmt.Errorf("%d of %d witnesses: %w", v.witnessesMin, len(v.witnesses), ErrFormat)
	}
	v.known = note.VerifierList(known...)
	return v, nil
}

// newWitnessKey reads a witness's public key, as a note key or as a key of
// cosignatures, and checks its hash, which the package of cosignatures does not.
func newWitnessKey(text string) (note.Verifier, error) {
	verifier, err := cosignature.NewVerifierForCosignatureV1(text)
	if err != nil || strings.HasPrefix(text, fmt.Sprintf("%s+%08x+", verifier.Name(), verifier.KeyHash())) {
		return verifier, err
	}
	_, err = note.NewVerifier(text)
	return verifier, err
}

// Checkpoint reads a checkpoint and checks its signatures: a trusted key of the
// checkpoint's origin must have signed it, and enough of the witnesses.
// Signatures of keys unknown to the verifier are ignored; an invalid one of a
// known key is [ErrSignature].
func (v *Verifier) Checkpoint(text string) (Checkpoint, error) {
	checkpoint, err := ParseCheckpoint(text)
	if err != nil {
		return Checkpoint{}, err
	}
	opened, err := note.Open([]byte(text), v.known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint of %s at %d: %w: %w", checkpoint.Origin, checkpoint.Size, ErrSignature, err)
	}
	signed, cosigned := false, map[keyName]bool{}
	for _, s := range opened.Sigs {
		key := keyName{s.Name, s.Hash}
		signed = signed || v.logs[key] && s.Name == checkpoint.Origin
		if v.witnesses[key] {
			cosigned[key] = true
		}
	}
	switch {
	case !signed:
		return Checkpoint{}, fmt.Errorf("checkpoint of %s at %d: %w", checkpoint.Origin, checkpoint.Size, ErrSignature)
	case len(cosigned) < v.witnessesMin:
		return Checkpoint{}, fmt.Errorf("checkpoint of %s at %d: %w: %d of %d witnesses",
			checkpoint.Origin, checkpoint.Size, ErrSignature, len(cosigned), v.witnessesMin)
	}
	return checkpoint, nil
}
