package archive

import (
	"encoding/hex"
	"fmt"
)

// hash is a SHA-256 that JSON has in hexadecimal.
type hash [32]byte

// MarshalText writes hexadecimal digits.
func (h hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads them.
func (h *hash) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(h) {
		return fmt.Errorf("hash of %d digits: %w", len(text), ErrFormat)
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return fmt.Errorf("hash: %w: %w", ErrFormat, err)
	}
	return nil
}
