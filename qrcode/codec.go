package qrcode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Opener reads the codes of one format. Implementations are safe for
// concurrent use.
type Opener interface {
	// Prefix returns the characters every code of the format begins with, in
	// upper case, never empty. They are compared without regard to case.
	Prefix() string
	// Open returns what a genuine code says. The text is as scanned: trailing
	// CR or TAB and CapsLock are the opener's to undo, because only it knows
	// whether case matters. It fails with one of the errors of a scanned code
	// and never returns a payload it has not authenticated. It does not know
	// the school or the date: see [Payload.Check].
	Open(text string) (Payload, error)
}

// Codec reads and writes the codes of one format. Sealing the same payload
// again gives the same text, so that a card can be printed again.
type Codec interface {
	Opener
	// Seal returns the text to print. It fails with a [RangeError].
	Seal(p Payload) (string, error)
}

// Reader opens codes of several formats, telling them apart by their first
// characters. It is immutable and safe for concurrent use.
type Reader struct {
	openers []Opener // longest prefix first
}

// NewReader returns a reader of the given formats. Where one prefix begins
// another, the longer one wins; two equal prefixes, an empty or lower-case
// one, or no opener at all is [ErrCodec].
func NewReader(openers ...Opener) (*Reader, error) {
	if len(openers) == 0 {
		return nil, fmt.Errorf("no codec: %w", ErrCodec)
	}
	seen := make(map[string]bool, len(openers))
	for _, o := range openers {
		prefix := o.Prefix()
		if prefix == "" || prefix != upper(trimmed(prefix)) || seen[prefix] {
			return nil, fmt.Errorf("prefix %q: %w", prefix, ErrCodec)
		}
		seen[prefix] = true
	}
	sorted := slices.SortedStableFunc(slices.Values(openers), func(a, b Opener) int {
		return cmp.Compare(len(b.Prefix()), len(a.Prefix()))
	})
	return &Reader{openers: sorted}, nil
}

// Open returns what a genuine code says. It fails with [ErrUnknownFormat] when
// no format begins like the text, or as the format's own Open does.
func (r *Reader) Open(text string) (Payload, error) {
	start := upper(trimmed(text))
	for _, o := range r.openers {
		if strings.HasPrefix(start, o.Prefix()) {
			return o.Open(text)
		}
	}
	return Payload{}, ErrUnknownFormat
}
