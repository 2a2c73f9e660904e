package seal

import (
	"fmt"
	"slices"
	"strings"
)

// signaturePrefix begins each signature line of a note: an em dash.
const signaturePrefix = "\u2014 "

// merge adds to a checkpoint the signature lines of more: lines alone, or those
// of the same checkpoint. Of a key that has signed it already the line stays or,
// if newer is set and it is not the journal's own, gives way.
func merge(checkpoint, more string, newer bool) (string, error) {
	text, signatures, _ := strings.Cut(checkpoint, "\n\n")
	if other, lines, ok := strings.Cut(more, "\n\n"); ok {
		if other != text {
			return "", fmt.Errorf("%w: signatures of another checkpoint", ErrFormat)
		}
		more = lines
	}
	origin, _, _ := strings.Cut(text, "\n")
	lines := slices.Collect(strings.Lines(signatures))
	for line := range strings.Lines(more) {
		if !strings.HasPrefix(line, signaturePrefix) || !strings.HasSuffix(line, "\n") {
			return "", fmt.Errorf("%w: %.60q is no signature line", ErrFormat, line)
		}
		key := keyOf(line)
		at := slices.IndexFunc(lines, func(kept string) bool { return keyOf(kept) == key })
		switch {
		case at < 0:
			lines = append(lines, line)
		case newer && !strings.HasPrefix(line, signaturePrefix+origin+" "):
			lines[at] = line
		}
	}
	merged := text + "\n\n" + strings.Join(lines, "")
	if _, err := ParseCheckpoint(merged); err != nil {
		return "", err
	}
	return merged, nil
}

// keyOf returns what names the key in a signature line: its name and, in the
// first of the Base64, the four bytes of its id.
func keyOf(line string) string {
	name, encoded, _ := strings.Cut(strings.TrimPrefix(line, signaturePrefix), " ")
	return name + " " + encoded[:min(len(encoded), 5)]
}
