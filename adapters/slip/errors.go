package slip

import "errors"

var (
	// ErrTooLong is a proof too long for a QR code that can be read from a
	// receipt, such as one of a record with a large document.
	ErrTooLong = errors.New("the proof is too long for a QR code on a receipt")
	// ErrFont is a font that cannot be read, or one without Chinese.
	ErrFont = errors.New("no usable font with Chinese")
)
