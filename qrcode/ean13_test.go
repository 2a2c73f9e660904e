package qrcode_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode"
)

func TestEAN13Check(t *testing.T) {
	t.Parallel()
	for digits12, want := range map[string]byte{
		"210001201250": '8', "690123456789": '2', // an item by weight; a packaged one
		"200000010001": '2', "400638133393": '1', "000000000000": '0', "999999999999": '4',
	} {
		t.Run(digits12+" is completed", func(t *testing.T) {
			t.Parallel()
			got, err := qrcode.EAN13Check(digits12)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
			require.NoError(t, qrcode.ValidateEAN13(digits12+string(got)))
		})
	}
	t.Run("anything but twelve digits is refused", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"", "69012345678", "6901234567892", "69012345678X", "-90123456789", "２００００", " 9012345678 "} {
			_, err := qrcode.EAN13Check(text)
			require.ErrorIs(t, err, qrcode.ErrBarcode, "%q", text)
		}
	})
}

func TestValidateEAN13(t *testing.T) {
	t.Parallel()
	t.Run("every single wrong digit is found", func(t *testing.T) {
		t.Parallel()
		const number = "2100012012508"
		for i := range len(number) {
			for digit := byte('0'); digit <= '9'; digit++ {
				misread := []byte(number)
				misread[i] = digit
				if err := qrcode.ValidateEAN13(string(misread)); digit == number[i] {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, qrcode.ErrCheckDigit, "%s", misread)
				}
			}
		}
	})
	t.Run("the right digit is told", func(t *testing.T) {
		t.Parallel()
		require.EqualError(t, qrcode.ValidateEAN13("6901234567890"), "ends in 0, wanted 2: wrong EAN-13 check digit")
	})
	t.Run("anything but thirteen digits is refused", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"", "690123456789", "69012345678920", "690123456789X", "X901234567892", "6901234567892\r", "２３４５6"} {
			require.ErrorIs(t, qrcode.ValidateEAN13(text), qrcode.ErrBarcode, "%q", text)
		}
	})
	t.Run("only valid numbers from 20 to 29 are in-store", func(t *testing.T) {
		t.Parallel()
		for text, want := range map[string]bool{
			"2000000100012": true, "2900000000001": true, "2000000100013": false,
			"6901234567892": false, "2": false, "": false,
		} {
			require.Equal(t, want, qrcode.InStoreEAN13(text), "%q", text)
		}
	})
}
