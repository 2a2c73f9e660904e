package seal

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// consistencyHashesMax is how many hashes the witness protocol allows.
const consistencyHashesMax = 63

// Consistency proves that the journal of a checkpoint begins with the journal
// that an earlier checkpoint is about: nothing was rewritten between the two.
type Consistency struct {
	From       int64 // the size of the earlier checkpoint
	Hashes     [][hashBytes]byte
	Checkpoint string // the text of the later one
}

// Marshal returns the proof as a file: the body of an add-checkpoint request of
// the C2SP tlog-witness protocol (c2sp.org/tlog-witness).
func (c *Consistency) Marshal() []byte {
	b := strconv.AppendInt([]byte("old "), c.From, 10)
	b = append(appendHashes(append(b, '\n'), c.Hashes), '\n')
	return append(b, c.Checkpoint...)
}

// ParseConsistency reads what [Consistency.Marshal] wrote. It believes what it
// reads: see [Verifier.Consistency].
func ParseConsistency(file []byte) (Consistency, error) {
	if len(file) > fileBytesMax {
		return Consistency{}, fmt.Errorf("consistency proof of %d bytes: %w", len(file), ErrFormat)
	}
	line, rest, _ := strings.Cut(string(file), "\n")
	from, err := parseNumber(line, "old ")
	if err != nil {
		return Consistency{}, fmt.Errorf("consistency proof: %w", err)
	}
	c := Consistency{From: from}
	if c.Hashes, c.Checkpoint, err = cutHashes(rest); err != nil {
		return Consistency{}, fmt.Errorf("consistency proof: %w", err)
	}
	if len(c.Hashes) > consistencyHashesMax {
		return Consistency{}, fmt.Errorf("consistency proof: %w: %d hashes", ErrFormat, len(c.Hashes))
	}
	return c, nil
}

// Consistency checks that the proof leads from an earlier checkpoint to a later
// one that the verifier trusts, and returns that one. The earlier one is the
// caller's own: the verifier does not look at its signatures again.
func (v *Verifier) Consistency(earlier Checkpoint, c *Consistency) (Checkpoint, error) {
	later, err := v.Checkpoint(c.Checkpoint)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("consistency proof: %w", err)
	}
	if earlier.Origin != later.Origin || earlier.Size != c.From {
		return Checkpoint{}, fmt.Errorf("consistency proof: %w: it is from %d of %s, not from %d of %s",
			ErrProof, c.From, later.Origin, earlier.Size, earlier.Origin)
	}
	if err := checkConsistency(earlier, later, slicesOf(c.Hashes)); err != nil {
		return Checkpoint{}, fmt.Errorf("consistency proof %w", err)
	}
	return later, nil
}

func checkConsistency(earlier, later Checkpoint, hashes [][]byte) error {
	err := merkle.VerifyConsistency(rfc6962.DefaultHasher, uint64(earlier.Size), uint64(later.Size), hashes, earlier.Root[:], later.Root[:])
	if err != nil {
		return fmt.Errorf("from %d to %d: %w", earlier.Size, later.Size, leadsElsewhere(err))
	}
	return nil
}

func appendHashes(b []byte, hashes [][hashBytes]byte) []byte {
	for i := range hashes {
		b = append(base64.StdEncoding.AppendEncode(b, hashes[i][:]), '\n')
	}
	return b
}

// cutHashes reads hashes, one a line, up to an empty line, and returns what
// follows it.
func cutHashes(text string) (hashes [][hashBytes]byte, rest string, err error) {
	for {
		line, rest, ok := strings.Cut(text, "\n")
		switch {
		case !ok:
			return nil, "", fmt.Errorf("%w: no empty line after the hashes", ErrFormat)
		case line == "":
			return hashes, rest, nil
		}
		hash, ok := decode64(line)
		if !ok || len(hash) != hashBytes {
			return nil, "", fmt.Errorf("%w: %.60q is no hash", ErrFormat, line)
		}
		hashes, text = append(hashes, [hashBytes]byte(hash)), rest
	}
}

// decode64 reads Base64 in its only spelling: the decoder skips carriage returns.
func decode64(text string) ([]byte, bool) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	return data, err == nil && !strings.Contains(text, "\r")
}

// parseNumber reads a line of a word and a number in its only spelling.
func parseNumber(line, word string) (int64, error) {
	digits, ok := strings.CutPrefix(line, word)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 0 || strconv.FormatInt(n, 10) != digits {
		return 0, fmt.Errorf("%w: %.40q, want %q and a number", ErrFormat, line, word)
	}
	return n, nil
}
