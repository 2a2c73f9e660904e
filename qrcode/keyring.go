package qrcode

import (
	"crypto/rand"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"
)

const (
	// KeySize is the number of bytes of a key's secret: two 256-bit AES keys,
	// as RFC 5297 joins them.
	KeySize = subtle.AESSIVKeySize
	// MaxKeyID is the largest key id; the smallest is 0.
	MaxKeyID uint8 = 15
)

// Key is a secret that codes are sealed with, and the id by which a code names
// it. Printing a Key in any way shows its id only. The zero Key is unusable.
type Key struct {
	id     uint8
	secret [KeySize]byte
}

// NewKey returns the key of an id and [KeySize] bytes, which are copied. An id
// above [MaxKeyID], another length, or a secret of zero bytes only (a setting
// that was never made) is [ErrKey].
func NewKey(id uint8, secret []byte) (Key, error) {
	if id > MaxKeyID {
		return Key{}, fmt.Errorf("key id %d, at most %d: %w", id, MaxKeyID, ErrKey)
	}
	if len(secret) != KeySize {
		return Key{}, fmt.Errorf("key %d has %d bytes, wanted %d: %w", id, len(secret), KeySize, ErrKey)
	}
	k := Key{id: id, secret: [KeySize]byte(secret)}
	if k.isEmpty() {
		return Key{}, fmt.Errorf("key %d is all zero: %w", id, ErrKey)
	}
	return k, nil
}

// GenerateKey returns a new key from the operating system's random source. An
// id above [MaxKeyID] is [ErrKey].
func GenerateKey(id uint8) (Key, error) {
	secret := make([]byte, KeySize)
	_, _ = rand.Read(secret) // documented never to fail
	return NewKey(id, secret)
}

// ID returns the number by which codes name the key.
func (k Key) ID() uint8 { return k.id }

// Secret returns a copy of the key's bytes, to be kept where secrets are kept.
// Whoever has them can make codes.
func (k Key) Secret() []byte { return append([]byte(nil), k.secret[:]...) }

// Format writes the key's id and never its secret, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "code key %d", k.id) }

func (k Key) isEmpty() bool { return k.secret == [KeySize]byte{} }

// Keyring holds the keys of a deployment: the current one seals, all open. It
// is immutable and safe for concurrent use.
//
// To rotate, first give every server a keyring with the new key among the
// others, then one with the new key as current; keep the old key until the
// last card sealed with it has expired. After a leak, leave the key out at
// once: all its cards must then be issued again.
type Keyring struct {
	current uint8
	ciphers map[uint8]*subtle.AESSIV
}

// NewKeyring returns a keyring that seals with current and opens with it and
// the others. Two keys with one id, or a zero Key, is [ErrKey].
func NewKeyring(current Key, others ...Key) (*Keyring, error) {
	ring := &Keyring{current: current.id, ciphers: make(map[uint8]*subtle.AESSIV, 1+len(others))}
	if err := ring.add(current); err != nil {
		return nil, err
	}
	for _, k := range others {
		if err := ring.add(k); err != nil {
			return nil, err
		}
	}
	return ring, nil
}

func (r *Keyring) add(k Key) error {
	if k.isEmpty() {
		return fmt.Errorf("key %d is empty: %w", k.id, ErrKey)
	}
	if _, twice := r.ciphers[k.id]; twice {
		return fmt.Errorf("two keys have id %d: %w", k.id, ErrKey)
	}
	siv, err := subtle.NewAESSIV(k.secret[:])
	if err != nil {
		return fmt.Errorf("key %d: %w: %w", k.id, ErrKey, err)
	}
	r.ciphers[k.id] = siv
	return nil
}
