package seal

import (
	"fmt"
	"strings"
)

// signaturePrefix begins each signature line of a note: an em dash.
const signaturePrefix = "\u2014 "

// merge adds to a checkpoint the signature lines of more that it does not have:
// lines alone, or those of the same checkpoint.
func merge(checkpoint, more string) (string, error) {
	text, signatures, _ := strings.Cut(checkpoint, "\n\n")
	if other, lines, ok := strings.Cut(more, "\n\n"); ok {
		if other != text {
			return "", fmt.Errorf("%w: signatures of another checkpoint", ErrFormat)
		}
		more = lines
	}
	for line := range strings.Lines(more) {
		if !strings.HasPrefix(line, signaturePrefix) || !strings.HasSuffix(line, "\n") {
			return "", fmt.Errorf("%w: %.60q is no signature line", ErrFormat, line)
		}
		if !strings.Contains(signatures, line) {
			signatures += line
		}
	}
	merged := text + "\n\n" + signatures
	if _, err := ParseCheckpoint(merged); err != nil {
		return "", err
	}
	return merged, nil
}
