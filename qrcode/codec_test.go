package qrcode_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode"
)

// echo is an opener of another format: it answers with a serial of its own and
// remembers nothing.
type echo struct {
	prefix string
	serial uint8
}

func (e echo) Prefix() string { return e.prefix }

func (e echo) Open(text string) (qrcode.Payload, error) {
	if strings.HasSuffix(text, "\r") { // as scanned: trimming is the opener's
		return qrcode.Payload{School: 7, Serial: e.serial}, nil
	}
	return qrcode.Payload{Serial: e.serial}, nil
}

func TestReaderPicksTheCodec(t *testing.T) {
	t.Parallel()
	reader, err := qrcode.NewReader(newSealed(t, newKey(t, 1, 0)), echo{"#", 1}, echo{"SX", 2})
	require.NoError(t, err)
	t.Run("by the first characters", func(t *testing.T) {
		t.Parallel()
		p, err := reader.Open(aliceText)
		require.NoError(t, err)
		require.Equal(t, alice(t), p)
		p, err = reader.Open("#anything")
		require.NoError(t, err)
		require.Equal(t, qrcode.Payload{Serial: 1}, p)
	})
	t.Run("whatever is around them and whatever their case", func(t *testing.T) {
		t.Parallel()
		p, err := reader.Open(" \r\n" + strings.ToLower(aliceText) + "\r\n")
		require.NoError(t, err)
		require.Equal(t, alice(t), p)
	})
	t.Run("and takes the longer prefix before the shorter", func(t *testing.T) {
		t.Parallel()
		p, err := reader.Open("sxabc")
		require.NoError(t, err)
		require.Equal(t, qrcode.Payload{Serial: 2}, p)
	})
	t.Run("and hands it the text as scanned", func(t *testing.T) {
		t.Parallel()
		p, err := reader.Open("#abc\r")
		require.NoError(t, err)
		require.Equal(t, qrcode.Payload{School: 7, Serial: 1}, p)
	})
	t.Run("and refuses what no codec begins like", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"", "\r\n", "134567890123456789", "Ｓ" + aliceText[1:], "ſ" + aliceText[1:]} {
			_, err := reader.Open(text)
			require.ErrorIs(t, err, qrcode.ErrUnknownFormat, "%q", text)
		}
	})
	t.Run("and returns the codec's own error", func(t *testing.T) {
		t.Parallel()
		_, err := reader.Open(aliceText[:30])
		require.ErrorIs(t, err, qrcode.ErrTruncated)
	})
}

func TestNewReaderRefusesCodecsItCannotTellApart(t *testing.T) {
	t.Parallel()
	for name, openers := range map[string][]qrcode.Opener{
		"none":                 nil,
		"two of one prefix":    {echo{"S", 1}, echo{"#", 2}, echo{"S", 3}},
		"an empty prefix":      {echo{"", 1}},
		"a lower-case prefix":  {echo{"s", 1}},
		"a prefix of a space":  {echo{" S", 1}},
		"a prefix of a CR":     {echo{"\r", 1}},
		"the default, doubled": {newSealed(t, newKey(t, 1, 0)), newSealed(t, newKey(t, 2, 0))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := qrcode.NewReader(openers...)
			require.ErrorIs(t, err, qrcode.ErrCodec)
		})
	}
}
