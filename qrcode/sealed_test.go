package qrcode_test

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode"
)

// The texts were computed with another implementation of AES-SIV (pyca/cryptography).
func TestSealedVectors(t *testing.T) {
	t.Parallel()
	reissued := alice(t)
	reissued.Serial = 2
	for name, c := range map[string]struct {
		key     qrcode.Key
		payload qrcode.Payload
		text    string
	}{
		"nothing":               {newKey(t, 0, 0), qrcode.Payload{}, "SCBZSY72FSNRVREIYFUZBP5LG6OFTZGZLPNQFPEMTBNPA"},
		"the largest":           {newKey(t, 0, 0), qrcode.Payload{School: 99999, Holder: 9999999999, Random: 127, Expires: qrcode.MaxDay, Serial: 255}, "SCBEBQWTEXJWYJQLLAX6PKEGVKNIXHHDHAGP2VFNO2M5A"},
		"a card":                {newKey(t, 1, 0), alice(t), aliceText},
		"its reissue":           {newKey(t, 1, 0), reissued, "SCEVCT23ETT6Q3A5QEJNIJIGK7UPTRCKKBLJD3OPVNAHA"},
		"a card of another key": {newKey(t, 2, 64), alice(t), "SCLD2EGTFQQOOPALHNCXK556H45Z4E6ZZJF2GQZVJPQUQ"},
		"a card of the last id": {newKey(t, 15, 64), qrcode.Payload{School: 12026, Holder: 1, Expires: day(t, 2026, 2, 28), Serial: 2}, "SD5VEVQADWE7O2HCO3JKOWOZKUXVAQ65GMMT7SGNCOZBQ"},
	} {
		t.Run(name+" seals to its text and opens again", func(t *testing.T) {
			t.Parallel()
			sealed := newSealed(t, c.key)
			text, err := sealed.Seal(c.payload)
			require.NoError(t, err)
			require.Equal(t, c.text, text)
			require.Len(t, text, qrcode.SealedLength)
			again, err := sealed.Seal(c.payload)
			require.NoError(t, err)
			require.Equal(t, text, again, "the same card prints the same code")
			back, err := sealed.Open(text)
			require.NoError(t, err)
			require.Equal(t, c.payload, back)
		})
	}
}

func TestSealRefusesValuesOutOfRange(t *testing.T) {
	t.Parallel()
	text, err := newSealed(t, newKey(t, 1, 0)).Seal(qrcode.Payload{School: 100_000})
	require.ErrorIs(t, err, qrcode.ErrRange)
	require.Empty(t, text)
}

func TestOpenUndoesTheScanner(t *testing.T) {
	t.Parallel()
	sealed := newSealed(t, newKey(t, 1, 0))
	for name, text := range map[string]string{
		"CapsLock":                        strings.ToLower(aliceText),
		"CapsLock in the middle":          strings.ToLower(aliceText[:20]) + aliceText[20:],
		"a trailing CR and LF":            aliceText + "\r\n",
		"a trailing TAB":                  aliceText + "\t",
		"NULs and spaces on both sides":   "\x00 " + aliceText + " \x00\x00",
		"CapsLock and everything besides": "\t \r\n" + strings.ToLower(aliceText) + "\x00\n",
	} {
		t.Run(name+" does not matter", func(t *testing.T) {
			t.Parallel()
			p, err := sealed.Open(text)
			require.NoError(t, err)
			require.Equal(t, alice(t), p)
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                                {"", qrcode.ErrUnknownFormat},
		"another first character":                {"T" + aliceText[1:], qrcode.ErrUnknownFormat},
		"a full-width S":                         {"Ｓ" + aliceText[1:], qrcode.ErrUnknownFormat},
		"a long s, which Unicode folds to S":     {"ſ" + aliceText[1:], qrcode.ErrUnknownFormat},
		"the first character alone":              {"S", qrcode.ErrTruncated},
		"half a code":                            {aliceText[:22], qrcode.ErrTruncated},
		"a code without its last character":      {aliceText[:44], qrcode.ErrTruncated},
		"a character too many":                   {aliceText + "A", qrcode.ErrMalformed},
		"two scans in one":                       {aliceText + aliceText, qrcode.ErrMalformed},
		"a character outside the alphabet":       {aliceText[:20] + "1" + aliceText[21:], qrcode.ErrMalformed},
		"padding":                                {aliceText[:44] + "=", qrcode.ErrMalformed},
		"a line break inside":                    {aliceText[:20] + "\n" + aliceText[20:], qrcode.ErrMalformed},
		"a line break in a character's place":    {aliceText[:20] + "\r" + aliceText[21:], qrcode.ErrMalformed},
		"a full-width letter":                    {aliceText[:20] + "Ａ" + aliceText[21:], qrcode.ErrMalformed},
		"broken UTF-8":                           {aliceText[:20] + "\xff" + aliceText[21:], qrcode.ErrMalformed},
		"unused bits set":                        {aliceText[:44] + "R", qrcode.ErrMalformed},
		"a version of the past":                  {"SA" + aliceText[2:], qrcode.ErrVersion},
		"a version of the future":                {"SE" + aliceText[2:], qrcode.ErrVersion},
		"a version of the future, longer":        {"SE" + aliceText[2:] + "AAAA", qrcode.ErrVersion},
		"a key id not in the ring":               {"SCLD2EGTFQQOOPALHNCXK556H45Z4E6ZZJF2GQZVJPQUQ", qrcode.ErrUnknownKey},
		"two characters swapped":                 {aliceText[:20] + aliceText[21:22] + aliceText[20:21] + aliceText[22:], qrcode.ErrForged},
		"an impossible payload, truly sealed":    {"SCFQVB4DCWHCYHYU34LMIC4Q2A2JN7SOEGBMZ45BYXRVA", qrcode.ErrMalformed},
		"an alphabet of the right length, alone": {"SCE" + strings.Repeat("A", 42), qrcode.ErrForged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := newSealed(t, newKey(t, 1, 0)).Open(c.text)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, qrcode.Payload{}, p)
			require.Equal(t, 1, matches(err), "one meaning only: %v", err)
		})
	}
	t.Run("another key of the same id", func(t *testing.T) {
		t.Parallel()
		_, err := newSealed(t, newKey(t, 1, 64)).Open(aliceText)
		require.ErrorIs(t, err, qrcode.ErrForged)
	})
}

func scanErrors() []error {
	return []error{
		qrcode.ErrUnknownFormat, qrcode.ErrMalformed, qrcode.ErrTruncated, qrcode.ErrVersion,
		qrcode.ErrUnknownKey, qrcode.ErrForged, qrcode.ErrOtherSchool, qrcode.ErrExpired,
	}
}

// matches counts the errors of a scanned code that err is.
func matches(err error) int {
	n := 0
	for _, sentinel := range scanErrors() {
		if errors.Is(err, sentinel) {
			n++
		}
	}
	return n
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	t.Parallel()
	// All sixteen ids hold the same secret, so that a flipped key id finds a
	// key that works: only the header's authentication is left to refuse it.
	others := make([]qrcode.Key, 0, qrcode.MaxKeyID)
	for id := range qrcode.MaxKeyID + 1 {
		if id != 1 {
			others = append(others, newKey(t, id, 0))
		}
	}
	sealed := newSealed(t, newKey(t, 1, 0), others...)

	t.Run("in the characters, but for the bit that is the letter's case", func(t *testing.T) {
		t.Parallel()
		for i := range len(aliceText) {
			for bit := range 8 {
				flipped := []byte(aliceText)
				flipped[i] ^= 1 << bit
				p, err := sealed.Open(string(flipped))
				if strings.EqualFold(string(flipped), aliceText) {
					require.NoError(t, err)
					require.Equal(t, alice(t), p)
					continue
				}
				require.Error(t, err, "character %d bit %d: %q", i, bit, flipped)
				require.Equal(t, 1, matches(err), "%v", err)
			}
		}
	})
	t.Run("in the 216 bits behind the characters", func(t *testing.T) {
		t.Parallel()
		encoding := base32.StdEncoding.WithPadding(base32.NoPadding)
		raw, err := encoding.DecodeString(aliceText[1:])
		require.NoError(t, err)
		require.Len(t, raw, 27)
		for bit := range len(raw) * 8 {
			raw[bit/8] ^= 0x80 >> (bit % 8)
			want := qrcode.ErrForged
			if bit < 4 {
				want = qrcode.ErrVersion
			}
			_, err := sealed.Open("S" + encoding.EncodeToString(raw))
			require.ErrorIs(t, err, want, "bit %d", bit)
			raw[bit/8] ^= 0x80 >> (bit % 8)
		}
	})
	t.Run("in the four unused bits of the last character", func(t *testing.T) {
		t.Parallel()
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
		last := strings.IndexByte(alphabet, aliceText[44])
		for unused := 1; unused < 16; unused++ {
			_, err := sealed.Open(aliceText[:44] + string(alphabet[last^unused]))
			require.ErrorIs(t, err, qrcode.ErrMalformed, "unused bits %04b", unused)
		}
	})
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	older, newer := newKey(t, 1, 0), newKey(t, 2, 64)
	rotated := newSealed(t, newer, older)
	t.Run("cards of the older key still open", func(t *testing.T) {
		t.Parallel()
		p, err := rotated.Open(aliceText)
		require.NoError(t, err)
		require.Equal(t, alice(t), p)
	})
	t.Run("new cards are sealed with the newer key", func(t *testing.T) {
		t.Parallel()
		text, err := rotated.Seal(alice(t))
		require.NoError(t, err)
		p, err := newSealed(t, newer).Open(text)
		require.NoError(t, err)
		require.Equal(t, alice(t), p)
		_, err = newSealed(t, older).Open(text)
		require.ErrorIs(t, err, qrcode.ErrUnknownKey)
	})
	t.Run("cards of a key that was left out are refused", func(t *testing.T) {
		t.Parallel()
		_, err := newSealed(t, newer).Open(aliceText)
		require.ErrorIs(t, err, qrcode.ErrUnknownKey)
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	t.Run("unusable keys are refused", func(t *testing.T) {
		t.Parallel()
		for name, c := range map[string]struct {
			id     uint8
			secret []byte
		}{
			"id 16":     {16, secretFrom(0)},
			"63 bytes":  {1, secretFrom(0)[:63]},
			"65 bytes":  {1, append(secretFrom(0), 1)},
			"no bytes":  {1, nil},
			"all zeros": {1, make([]byte, qrcode.KeySize)},
		} {
			_, err := qrcode.NewKey(c.id, c.secret)
			require.ErrorIs(t, err, qrcode.ErrKey, name)
		}
		_, err := qrcode.GenerateKey(16)
		require.ErrorIs(t, err, qrcode.ErrKey)
	})
	t.Run("keyrings that contradict themselves are refused", func(t *testing.T) {
		t.Parallel()
		_, err := qrcode.NewKeyring(qrcode.Key{})
		require.ErrorIs(t, err, qrcode.ErrKey)
		_, err = qrcode.NewKeyring(newKey(t, 1, 0), newKey(t, 1, 64))
		require.ErrorIs(t, err, qrcode.ErrKey)
		_, err = qrcode.NewKeyring(newKey(t, 1, 0), qrcode.Key{})
		require.ErrorIs(t, err, qrcode.ErrKey)
		_, err = qrcode.NewSealed(nil)
		require.ErrorIs(t, err, qrcode.ErrKey)
	})
	t.Run("a generated key survives being stored", func(t *testing.T) {
		t.Parallel()
		key, err := qrcode.GenerateKey(9)
		require.NoError(t, err)
		other, err := qrcode.GenerateKey(9)
		require.NoError(t, err)
		require.NotEqual(t, key.Secret(), other.Secret())
		stored, err := qrcode.NewKey(key.ID(), key.Secret())
		require.NoError(t, err)
		require.Equal(t, key, stored)
	})
	t.Run("changing the bytes outside does not change the key", func(t *testing.T) {
		t.Parallel()
		secret := secretFrom(0)
		key, err := qrcode.NewKey(1, secret)
		require.NoError(t, err)
		clear(secret)
		clear(key.Secret())
		require.Equal(t, newKey(t, 1, 0), key)
	})
	t.Run("no verb prints the secret", func(t *testing.T) {
		t.Parallel()
		key := newKey(t, 3, 0)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q"} {
			require.Equal(t, "code key 3", fmt.Sprintf(verb, key), verb)
			require.Equal(t, "[code key 3]", fmt.Sprintf(strings.Replace(verb, "#", "", 1), []qrcode.Key{key}), verb)
		}
	})
}
