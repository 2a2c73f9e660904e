package identity

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	keysFormat   = "campusledger-identity-keys/1"
	indexKeySize = 32
)

// Keys are the secrets of a directory: a set of AES-256-GCM keys that seal
// personal data, and one key for the blind indexes and the holder numbers.
// Without them the database is unreadable, so a backup of the one is worth
// nothing without the other. Keys are immutable and safe for concurrent use.
type Keys struct {
	sealing *keyset.Handle
	aead    tink.AEAD
	index   []byte
}

type keysFile struct {
	Format  string          `json:"format"`
	Sealing json.RawMessage `json:"sealing"`
	Index   []byte          `json:"index"`
}

// NewKeys draws new random keys.
func NewKeys() (*Keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("identity: create keys: %w", err)
	}
	index := make([]byte, indexKeySize)
	_, _ = rand.Read(index) // never fails
	return assembleKeys(handle, index)
}

// ParseKeys reads what [Keys.Bytes] wrote.
func ParseKeys(b []byte) (*Keys, error) {
	var file keysFile
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, errors.New("identity: key file is not JSON")
	}
	if file.Format != keysFormat || len(file.Index) != indexKeySize {
		return nil, fmt.Errorf("identity: key file is not of format %q", keysFormat)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(file.Sealing)))
	if err != nil {
		return nil, fmt.Errorf("identity: key file: %w", err)
	}
	return assembleKeys(handle, file.Index)
}

// Bytes is the keys in the clear, as JSON, for a file of mode 0600 or a secret
// store. Whoever reads it can read every name in the database.
func (k *Keys) Bytes() ([]byte, error) {
	var sealing bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.sealing, keyset.NewJSONWriter(&sealing)); err != nil {
		return nil, fmt.Errorf("identity: write keys: %w", err)
	}
	return json.MarshalIndent(keysFile{Format: keysFormat, Sealing: sealing.Bytes(), Index: k.index}, "", "  ")
}

// Rotated returns keys that seal with a new key and still open what the older
// ones sealed. Store them, start with them, then run [Directory.Reseal]. The
// index key stays: changing it would orphan every index and number.
func (k *Keys) Rotated() (*Keys, error) {
	manager := keyset.NewManagerFromHandle(k.sealing)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("identity: rotate keys: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("identity: rotate keys: %w", err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("identity: rotate keys: %w", err)
	}
	return assembleKeys(handle, k.index)
}

func assembleKeys(handle *keyset.Handle, index []byte) (*Keys, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("identity: sealing keys: %w", err)
	}
	return &Keys{sealing: handle, aead: primitive, index: index}, nil
}

// fingerprints tell the keys apart without giving them away: a hash of 256
// random bits cannot be searched.
func (k *Keys) fingerprints() map[string]string {
	prints := map[string]string{indexPurpose: fingerprint(indexPurpose, k.index)}
	for _, key := range insecurecleartextkeyset.KeysetMaterial(k.sealing).GetKey() {
		purpose := fmt.Sprintf("%s%08x", sealPurposePrefix, key.GetKeyId())
		prints[purpose] = fingerprint(purpose, key.GetKeyData().GetValue())
	}
	return prints
}

func fingerprint(purpose string, secret []byte) string {
	sum := sha256.Sum256(append([]byte("campusledger "+purpose+"\x00"), secret...))
	return hex.EncodeToString(sum[:16])
}
