package seal

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
)

// hashBytes is the length of SHA-256.
const hashBytes = sha256.Size

// noteBytesMax bounds what is read as a checkpoint: one with a hundred
// signatures has half of it.
const noteBytesMax = 32 << 10

// Checkpoint says what a journal was when it had Size records.
type Checkpoint struct {
	// Origin names the journal, the same in all its checkpoints: the name of
	// the key that signs them.
	Origin string
	Size   int64
	Root   [hashBytes]byte // RFC 6962, 2.1
	// Note is the checkpoint's text with its signatures, as it was signed.
	Note string
}

// ParseCheckpoint reads a checkpoint and believes whatever it says: whether
// somebody signed it is for a [Verifier] to check. It must be as
// c2sp.org/tlog-checkpoint says, and without extension lines.
func ParseCheckpoint(text string) (Checkpoint, error) {
	if len(text) > noteBytesMax {
		return Checkpoint{}, fmt.Errorf("checkpoint of %d bytes: %w", len(text), ErrFormat)
	}
	// Opened by nobody: an error other than that nobody was known is one of form.
	_, err := note.Open([]byte(text), note.VerifierList())
	unverified, ok := err.(*note.UnverifiedNoteError) //nolint:errorlint // what Open documents
	if !ok {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: %w", ErrFormat, err)
	}
	for _, s := range unverified.Note.UnverifiedSigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil { // one spelling only
			return Checkpoint{}, fmt.Errorf("checkpoint: signature of %s: %w: %w", s.Name, ErrFormat, err)
		}
	}
	return parseText(unverified.Note.Text, text)
}

// parseText reads what was signed.
func parseText(signed, text string) (Checkpoint, error) {
	var parsed log.Checkpoint
	rest, err := parsed.Unmarshal([]byte(signed))
	if err != nil { // which repeats whole lines
		return Checkpoint{}, fmt.Errorf("checkpoint %.60q: %w: want origin, size and root", signed, ErrFormat)
	}
	// One spelling only: no leading zero, no other base64, nothing after it.
	if len(rest) > 0 || len(parsed.Hash) != hashBytes || string(parsed.Marshal()) != signed || int64(parsed.Size) < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint %.60q: %w", signed, ErrFormat)
	}
	return Checkpoint{Origin: parsed.Origin, Size: int64(parsed.Size), Root: [hashBytes]byte(parsed.Hash), Note: text}, nil
}

// sign returns the checkpoint signed by all signers, the first of which names
// its origin.
func sign(size int64, root [hashBytes]byte, signers ...note.Signer) (Checkpoint, error) {
	origin := signers[0].Name()
	text := log.Checkpoint{Origin: origin, Size: uint64(size), Hash: root[:]}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(text)}, signers...)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign a checkpoint of %s: %w", origin, err)
	}
	return Checkpoint{Origin: origin, Size: size, Root: root, Note: string(signed)}, nil
}
