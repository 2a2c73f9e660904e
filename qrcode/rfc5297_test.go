package qrcode_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	sivtink "github.com/tink-crypto/tink-go/v2/daead/subtle"
)

// The primitive takes 64-byte keys only, and RFC 5297 has vectors for 32-byte
// keys only. So a plain transcription of the RFC, for keys of any size, is held
// to the RFC's vector here and then held against the primitive.

func TestPrimitiveIsRFC5297(t *testing.T) {
	t.Parallel()
	t.Run("the transcription reproduces the vector of RFC 5297 A.1", func(t *testing.T) {
		t.Parallel()
		key := unhex(t, "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
		ad := unhex(t, "101112131415161718191a1b1c1d1e1f2021222324252627")
		plaintext := unhex(t, "112233445566778899aabbccddee")
		require.Equal(t, "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c",
			hex.EncodeToString(rfc5297Encrypt(t, key, ad, plaintext)))
	})
	t.Run("the primitive agrees with the transcription on short plaintexts", func(t *testing.T) {
		t.Parallel()
		key := secretFrom(7)
		siv, err := sivtink.NewAESSIV(key)
		require.NoError(t, err)
		for length := range aes.BlockSize {
			plaintext := secretFrom(100)[:length]
			got, err := siv.EncryptDeterministically(plaintext, []byte{0x1f})
			require.NoError(t, err)
			require.Equal(t, rfc5297Encrypt(t, key, []byte{0x1f}, plaintext), got, "length %d", length)
		}
	})
	t.Run("a sealed code is header and RFC 5297 ciphertext in base32", func(t *testing.T) {
		t.Parallel()
		p := alice(t)
		text, err := newSealed(t, newKey(t, 1, 0)).Seal(p)
		require.NoError(t, err)
		packed, err := p.Pack()
		require.NoError(t, err)
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text[1:])
		require.NoError(t, err)
		require.Equal(t, byte(0x11), raw[0], "version 1, key 1")
		require.Equal(t, rfc5297Encrypt(t, secretFrom(0), raw[:1], packed[:]), raw[1:])
	})
}

// rfc5297Encrypt is SIV-Encrypt of RFC 5297 part 2.6 with one associated datum
// and a plaintext shorter than a block.
func rfc5297Encrypt(t *testing.T, key, ad, plaintext []byte) []byte {
	t.Helper()
	mac, err := aes.NewCipher(key[:len(key)/2])
	require.NoError(t, err)
	ctr, err := aes.NewCipher(key[len(key)/2:])
	require.NoError(t, err)
	// S2V, part 2.4.
	d := rfc4493CMAC(mac, make([]byte, aes.BlockSize))
	d = xored(doubled(d), rfc4493CMAC(mac, ad))
	v := rfc4493CMAC(mac, xored(doubled(d), padded(plaintext)))
	// CTR with two bits of V cleared, part 2.5.
	q := append([]byte(nil), v...)
	q[8] &= 0x7f
	q[12] &= 0x7f
	out := make([]byte, len(plaintext))
	cipher.NewCTR(ctr, q).XORKeyStream(out, plaintext)
	return append(v, out...)
}

func rfc4493CMAC(block cipher.Block, message []byte) []byte {
	subkey := make([]byte, aes.BlockSize)
	block.Encrypt(subkey, subkey)
	subkey = doubled(subkey)
	mac := make([]byte, aes.BlockSize)
	for len(message) > aes.BlockSize {
		block.Encrypt(mac, xored(mac, message[:aes.BlockSize]))
		message = message[aes.BlockSize:]
	}
	if len(message) < aes.BlockSize {
		message, subkey = padded(message), doubled(subkey)
	}
	block.Encrypt(mac, xored(xored(mac, message), subkey))
	return mac
}

// doubled multiplies by x in GF(2^128), RFC 5297 part 2.3.
func doubled(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = b[i] << 1
		if i+1 < len(b) {
			out[i] |= b[i+1] >> 7
		}
	}
	if b[0]&0x80 != 0 {
		out[len(out)-1] ^= 0x87
	}
	return out
}

func padded(b []byte) []byte {
	out := make([]byte, aes.BlockSize)
	copy(out, b)
	out[len(b)] = 0x80
	return out
}

func xored(a, b []byte) []byte {
	out := make([]byte, len(a))
	subtle.XORBytes(out, a, b)
	return out
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}
