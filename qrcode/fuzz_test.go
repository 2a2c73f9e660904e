package qrcode_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode"
)

// FuzzOpen holds Open to two promises: what it refuses has exactly one meaning,
// and what it accepts is, but for case and the scanner's additions, the one
// text that sealing the payload gives.
func FuzzOpen(f *testing.F) {
	for _, text := range []string{
		aliceText, strings.ToLower(aliceText), aliceText + "\r\n", aliceText[:44], aliceText[:44] + "R", aliceText + "A",
		"", "S", "s", "SA", "SE", "SC", "S1", "#S00001202600012342942D#20270731#", "ſ", "Ｓ", "S\xff", "S\r\nC",
	} {
		f.Add(text)
	}
	sealed := newSealed(f, newKey(f, 1, 0))
	reader, err := qrcode.NewReader(sealed)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := reader.Open(text)
		if err != nil {
			require.Equal(t, 1, matches(err), "%v", err)
			require.Equal(t, qrcode.Payload{}, p)
			return
		}
		again, err := sealed.Seal(p)
		require.NoError(t, err)
		require.Equal(t, again, strings.ToUpper(strings.Trim(text, "\r\n\t\x00 ")))
		require.Equal(t, qrcode.KindStudent, qrcode.Classify(text).Kind)
	})
}

// FuzzClassify holds Classify to never panicking, to answering the same again,
// also for its own text, and to calling nothing an EAN-13 that is not valid.
func FuzzClassify(f *testing.F) {
	for _, text := range []string{
		aliceText, "134567890123456789", "2812345678901234", "6212345678901234567", "0112345678901234567",
		"2000000100012", "2000000100013", "d-012", "２０００００", "S", "#s1#", "\r\n", "ſ12", "\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		scan := qrcode.Classify(text)
		require.Equal(t, scan, qrcode.Classify(text))
		require.Equal(t, scan, qrcode.Classify(scan.Text))
		require.Equal(t, scan.Kind, qrcode.Classify(text+"\r\n").Kind)
		require.Equal(t, scan.Kind == qrcode.KindEAN13, qrcode.ValidateEAN13(scan.Text) == nil)
		require.False(t, scan.InStore && scan.Kind != qrcode.KindEAN13)
	})
}
