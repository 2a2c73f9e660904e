package qrcode_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode"
)

// secretFrom returns the key bytes first, first+1, first+2 … of the vectors.
func secretFrom(first byte) []byte {
	secret := make([]byte, qrcode.KeySize)
	for i := range secret {
		secret[i] = first + byte(i)
	}
	return secret
}

func newKey(t testing.TB, id uint8, first byte) qrcode.Key {
	t.Helper()
	key, err := qrcode.NewKey(id, secretFrom(first))
	require.NoError(t, err)
	return key
}

func newSealed(t testing.TB, current qrcode.Key, others ...qrcode.Key) *qrcode.Sealed {
	t.Helper()
	ring, err := qrcode.NewKeyring(current, others...)
	require.NoError(t, err)
	sealed, err := qrcode.NewSealed(ring)
	require.NoError(t, err)
	return sealed
}

func day(t testing.TB, year int, month time.Month, d int) qrcode.Day {
	t.Helper()
	out, err := qrcode.NewDay(year, month, d)
	require.NoError(t, err)
	return out
}

// aliceText is alice sealed with key 1 of the bytes 0, 1, 2 …
const aliceText = "SCHWPF6TZ6AGJNJM6DC3O22DW2OVVHTQ5CYUVWTR6ANJQ"

func alice(t testing.TB) qrcode.Payload {
	t.Helper()
	return qrcode.Payload{School: 1, Holder: 102938, Random: 42, Expires: day(t, 2027, time.July, 31), Serial: 1}
}
