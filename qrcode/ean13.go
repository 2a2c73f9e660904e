package qrcode

import "fmt"

// EAN13Check returns the check digit, '0' to '9', that completes the first
// twelve digits of an EAN-13 number (GS1 General Specifications: weights 1 and
// 3 in turn from the left, complement to the next ten). Anything but twelve
// ASCII digits is [ErrBarcode].
func EAN13Check(digits12 string) (byte, error) {
	if len(digits12) != 12 || !onlyOf(digits12, isDigit) {
		return 0, fmt.Errorf("%d bytes, wanted 12 digits: %w", len(digits12), ErrBarcode)
	}
	sum := 0
	for i := range len(digits12) {
		weight := 1 + 2*(i%2)
		sum += weight * int(digits12[i]-'0')
	}
	return '0' + byte((10-sum%10)%10), nil
}

// ValidateEAN13 returns nil for a complete EAN-13 number, [ErrBarcode] for
// anything but 13 ASCII digits, and [ErrCheckDigit] for a last digit that does
// not follow from the others. It trims nothing: see [Classify] for scans.
func ValidateEAN13(number string) error {
	if len(number) != 13 {
		return fmt.Errorf("%d bytes, wanted 13 digits: %w", len(number), ErrBarcode)
	}
	if !onlyOf(number, isDigit) {
		return fmt.Errorf("a character is not a digit: %w", ErrBarcode)
	}
	want, err := EAN13Check(number[:12])
	if err != nil {
		return err
	}
	if got := number[12]; got != want {
		return fmt.Errorf("ends in %c, wanted %c: %w", got, want, ErrCheckDigit)
	}
	return nil
}

// InStoreEAN13 reports whether a valid EAN-13 number begins with 20 to 29, the
// GS1 prefixes for circulation within one shop: the canteen gave the number
// itself, possibly with a weight or a price inside.
func InStoreEAN13(number string) bool {
	return ValidateEAN13(number) == nil && number[0] == '2'
}
