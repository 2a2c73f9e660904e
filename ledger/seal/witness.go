package seal

import (
	"crypto/rand"
	"fmt"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// Witness is somebody else, such as a parents' committee, who follows a journal
// by its checkpoints alone and cosigns each that is consistent with all it saw
// before: then nobody can be shown another history.
type Witness struct {
	// Signer is the private key, as [GenerateWitness] makes it.
	Signer string `json:"signer"`
	// Verifier is the public key that others check cosignatures with.
	Verifier string `json:"verifier"`
	// Seen is the text of the last checkpoint cosigned, by origin.
	Seen map[string]string `json:"seen"`
}

// GenerateWitness returns a witness with a new key and a name of its own.
func GenerateWitness(name string) (*Witness, error) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("generate a key for %q: %w", name, err)
	}
	if _, err := note.NewSigner(private); err != nil {
		return nil, fmt.Errorf("witness %q: %w: %w", name, ErrFormat, err)
	}
	return &Witness{Signer: private, Verifier: public, Seen: map[string]string{}}, nil
}

// Cosign checks a checkpoint against the last one seen of its origin, with the
// proof of their consistency, and returns the witness's signature line: a C2SP
// tlog-cosignature (c2sp.org/tlog-cosignature), with the time. The witness then
// remembers the checkpoint: keep it before the line is given away. A first
// checkpoint is taken as it is, with a proof from 0.
func (w *Witness) Cosign(keys *Verifier, c *Consistency) (line string, err error) {
	checkpoint, err := keys.Checkpoint(c.Checkpoint)
	if err != nil {
		return "", err
	}
	if seen, ok := w.Seen[checkpoint.Origin]; ok {
		err = w.follows(keys, seen, c)
	} else if c.From != 0 {
		err = fmt.Errorf("%w: nothing of %s was seen before: prove from 0", ErrProof, checkpoint.Origin)
	}
	if err != nil {
		return "", fmt.Errorf("cosign %s at %d: %w", checkpoint.Origin, checkpoint.Size, err)
	}
	signer, err := cosignature.NewSignerForCosignatureV1(w.Signer)
	if err != nil {
		return "", fmt.Errorf("cosign: %w: %w", ErrFormat, err)
	}
	text, _, _ := strings.Cut(checkpoint.Note, "\n\n")
	signed, err := note.Sign(&note.Note{Text: text + "\n"}, signer)
	if err != nil {
		return "", fmt.Errorf("cosign: %w", err)
	}
	if w.Seen == nil {
		w.Seen = map[string]string{}
	}
	w.Seen[checkpoint.Origin] = checkpoint.Note
	_, line, _ = strings.Cut(string(signed), "\n\n")
	return line, nil
}

func (w *Witness) follows(keys *Verifier, seen string, c *Consistency) error {
	earlier, err := ParseCheckpoint(seen)
	if err != nil {
		return err
	}
	if c.From != earlier.Size {
		return fmt.Errorf("%w: the last one seen is at %d: prove from there", ErrProof, earlier.Size)
	}
	_, err = keys.Consistency(earlier, c)
	return err
}
