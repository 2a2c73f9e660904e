package qrcode

import (
	"encoding/base32"
	"fmt"
	"strings"
)

const (
	// SealedLength is the number of characters of every sealed code.
	SealedLength = len(sealedPrefix) + sealedBody

	sealedPrefix  = "S"
	sealedVersion = 1
	sealedTag     = 16 // bytes of the synthetic initialisation vector of AES-SIV
	sealedBytes   = 1 + sealedTag + PayloadSize
	sealedBody    = (sealedBytes*8 + 4) / 5 // characters of 5 bits, no padding

	base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // RFC 4648 part 6
)

// Sealed is the default [Codec]: "S" and the base32 (RFC 4648, no padding) of
//
//	version (4 bits) | key id (4 bits) | AES-SIV of the packed payload (26 bytes)
//
// with the first byte as the one associated datum of AES-SIV (RFC 5297). That
// makes 45 characters of the QR alphanumeric set, a version 3 symbol at
// error correction level Q. The payload is secret as well as authentic, and
// the same payload under the same key is always the same text.
//
// It is immutable and safe for concurrent use.
type Sealed struct {
	ring *Keyring
}

var _ Codec = (*Sealed)(nil)

// NewSealed returns the codec over a keyring, which must not be nil: [ErrKey].
func NewSealed(ring *Keyring) (*Sealed, error) {
	if ring == nil {
		return nil, fmt.Errorf("no keyring: %w", ErrKey)
	}
	return &Sealed{ring: ring}, nil
}

// Prefix returns "S".
func (*Sealed) Prefix() string { return sealedPrefix }

// Seal returns the text to print, [SealedLength] characters from A to Z and 2
// to 7, sealed with the keyring's current key. It fails with a [RangeError].
func (s *Sealed) Seal(p Payload) (string, error) {
	packed, err := p.Pack()
	if err != nil {
		return "", fmt.Errorf("seal code: %w", err)
	}
	header := byte(sealedVersion<<4) | s.ring.current
	ciphertext, err := s.ring.ciphers[s.ring.current].EncryptDeterministically(packed[:], []byte{header})
	if err != nil {
		return "", fmt.Errorf("seal code: %w", err)
	}
	return sealedPrefix + base32NoPadding().EncodeToString(append([]byte{header}, ciphertext...)), nil
}

// Open returns what a genuine code says, whatever the case of its letters and
// with CR, LF, TAB, NUL or space around it. What is wrong is told in this
// order: [ErrUnknownFormat], [ErrMalformed] characters, [ErrVersion],
// [ErrTruncated], [ErrMalformed] length, [ErrUnknownKey], [ErrForged].
func (s *Sealed) Open(text string) (Payload, error) {
	body, ours := strings.CutPrefix(upper(trimmed(text)), sealedPrefix)
	if !ours {
		return Payload{}, ErrUnknownFormat
	}
	raw, err := decodeSealed(body)
	if err != nil {
		return Payload{}, fmt.Errorf("open sealed code: %w", err)
	}
	packed, err := s.ring.unseal(raw)
	if err != nil {
		return Payload{}, fmt.Errorf("open sealed code: %w", err)
	}
	p, err := Unpack(packed)
	if err != nil {
		// Authentic and yet impossible: whoever sealed it holds the key but
		// not this program.
		return Payload{}, fmt.Errorf("open sealed code: %w: %w", ErrMalformed, err)
	}
	return p, nil
}

// decodeSealed returns the bytes behind the characters. The version is looked
// at before the length, because another version may have another length.
func decodeSealed(body string) ([]byte, error) {
	if i := strings.IndexFunc(body, func(r rune) bool { return !strings.ContainsRune(base32Alphabet, r) }); i >= 0 {
		return nil, fmt.Errorf("character %d: %w", len(sealedPrefix)+i+1, ErrMalformed)
	}
	if body == "" {
		return nil, fmt.Errorf("no characters after the first: %w", ErrTruncated)
	}
	if version := strings.IndexByte(base32Alphabet, body[0]) >> 1; version != sealedVersion {
		return nil, fmt.Errorf("version %d: %w", version, ErrVersion)
	}
	if len(body) < sealedBody {
		return nil, fmt.Errorf("%d of %d characters: %w", len(sealedPrefix)+len(body), SealedLength, ErrTruncated)
	}
	if len(body) > sealedBody {
		return nil, fmt.Errorf("%d characters, wanted %d: %w", len(sealedPrefix)+len(body), SealedLength, ErrMalformed)
	}
	raw, err := base32NoPadding().DecodeString(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	// 44 characters carry 220 bits for 216. The decoder ignores the last four;
	// we do not, or every code would have 15 twins.
	if base32NoPadding().EncodeToString(raw) != body {
		return nil, fmt.Errorf("unused bits of the last character: %w", ErrMalformed)
	}
	return raw, nil
}

// unseal authenticates header and ciphertext with the key the header names.
func (r *Keyring) unseal(raw []byte) ([PayloadSize]byte, error) {
	header, ciphertext := raw[:1], raw[1:]
	id := header[0] & MaxKeyID
	siv, known := r.ciphers[id]
	if !known {
		return [PayloadSize]byte{}, fmt.Errorf("key id %d: %w", id, ErrUnknownKey)
	}
	packed, err := siv.DecryptDeterministically(ciphertext, header)
	if err != nil {
		// The only cause left is a tag that does not match; its text adds
		// nothing and is not ours to keep stable.
		return [PayloadSize]byte{}, fmt.Errorf("key id %d: %w", id, ErrForged)
	}
	return [PayloadSize]byte(packed), nil
}

func base32NoPadding() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }
