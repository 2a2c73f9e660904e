package seal

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Keys are the keys of one journal, the oldest first. They marshal to JSON,
// which holds private keys: keep it where nobody else reads it.
type Keys struct {
	Keys []Key `json:"keys"`
}

// Key is an Ed25519 key in the encoding of golang.org/x/mod/sumdb/note.
type Key struct {
	// Verifier is the public half, "<origin>+<hash>+<key>": hand it out, on
	// paper if you can.
	Verifier string `json:"verifier"`
	// Signer is the private half, "" once the key is retired.
	Signer string    `json:"signer,omitempty"`
	Made   time.Time `json:"made"`
	// Retired is when the private half was erased, zero if it was not.
	Retired time.Time `json:"retired,omitzero"`
}

// GenerateKeys returns a first key. The origin names the journal in all its
// checkpoints, such as "school.example/books/1": a name that no other journal
// has, of at most 200 bytes of UTF-8 without spaces and "+".
func GenerateKeys(origin string, now time.Time) (*Keys, error) {
	k := &Keys{}
	if err := k.generate(origin, now); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *Keys) generate(origin string, now time.Time) error {
	if len(origin) > 200 {
		return fmt.Errorf("origin of %d bytes: %w", len(origin), ErrFormat)
	}
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return fmt.Errorf("generate a key for %q: %w", origin, err)
	}
	if _, err := note.NewSigner(private); err != nil {
		return fmt.Errorf("origin %q: %w: %w", origin, ErrFormat, err)
	}
	k.Keys = append(k.Keys, Key{Verifier: public, Signer: private, Made: now.UTC()})
	return nil
}

// ParseKeys reads what [Keys] marshal to. Their origins may differ.
func ParseKeys(text []byte) (*Keys, error) {
	var k Keys
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("keys: %w: %w", ErrFormat, err)
	}
	if len(k.Keys) == 0 {
		return nil, fmt.Errorf("keys: %w: there are none", ErrFormat)
	}
	for i, key := range k.Keys {
		if err := key.check(); err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
	}
	return &k, nil
}

func (k *Key) check() error {
	verifier, err := note.NewVerifier(k.Verifier)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if k.Signer == "" {
		return nil
	}
	signer, err := note.NewSigner(k.Signer)
	if err != nil {
		return fmt.Errorf("%w: private half: %w", ErrFormat, err)
	}
	if signer.Name() != verifier.Name() || signer.KeyHash() != verifier.KeyHash() {
		return fmt.Errorf("%w: the halves are not of one key", ErrFormat)
	}
	return nil
}

// Origin returns the journal's name, the newest key's.
func (k *Keys) Origin() string {
	name, _, _ := strings.Cut(k.Keys[len(k.Keys)-1].Verifier, "+")
	return name
}

// Verifiers returns the public halves of all keys, retired ones too: earlier
// checkpoints were signed with them.
func (k *Keys) Verifiers() []string {
	public := make([]string, len(k.Keys))
	for i := range k.Keys {
		public[i] = k.Keys[i].Verifier
	}
	return public
}

// Rotate adds a new key. Until [Keys.Retire] checkpoints are signed by the
// earlier key as well, so that whoever trusts that one learns to trust the new.
func (k *Keys) Rotate(now time.Time) error { return k.generate(k.Origin(), now) }

// Remember puts the public half of an earlier key before the others, whose
// private half is elsewhere or lost: what it has signed is still verified.
func (k *Keys) Remember(verifier string, now time.Time) error {
	earlier := Key{Verifier: verifier, Made: now.UTC(), Retired: now.UTC()}
	if err := earlier.check(); err != nil {
		return fmt.Errorf("public key %q: %w", verifier, err)
	}
	k.Keys = append([]Key{earlier}, k.Keys...)
	return nil
}

// Retire erases the private halves of all keys but the newest.
func (k *Keys) Retire(now time.Time) {
	for i := range k.Keys[:len(k.Keys)-1] {
		if key := &k.Keys[i]; key.Signer != "" {
			key.Signer, key.Retired = "", now.UTC()
		}
	}
}

// signers returns a signer for each private half.
func (k *Keys) signers() ([]note.Signer, error) {
	var signers []note.Signer
	for i := range k.Keys {
		if k.Keys[i].Signer == "" {
			continue
		}
		signer, err := note.NewSigner(k.Keys[i].Signer)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w: %w", i+1, ErrFormat, err)
		}
		signers = append(signers, signer)
	}
	if len(signers) == 0 {
		return nil, ErrNoSigner
	}
	return signers, nil
}
