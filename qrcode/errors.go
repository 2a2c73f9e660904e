package qrcode

import (
	"errors"
	"fmt"
)

// What can be wrong with a scanned code. Each has one meaning, which does not
// change between releases; branch on them with errors.Is.
var (
	// ErrUnknownFormat means that the first characters belong to no codec
	// that is configured: this is not a student code, or not one of ours.
	ErrUnknownFormat = errors.New("not a student code of a known format")
	// ErrMalformed means that the text cannot be a code of its format: a
	// character outside the alphabet, too many characters, or unused bits set.
	ErrMalformed = errors.New("malformed code")
	// ErrTruncated means that the text is the beginning of a code: the
	// scanner lost characters, and scanning again may help.
	ErrTruncated = errors.New("truncated code")
	// ErrVersion means that the code says it was written by a version of its
	// format that this software does not read.
	ErrVersion = errors.New("unknown code version")
	// ErrUnknownKey means that the code names a key id that is not in the
	// keyring: a key that was retired, never installed, or another school's.
	ErrUnknownKey = errors.New("unknown code key")
	// ErrForged means that the code was not made with the key it names: it
	// was invented, altered, or sealed under another key with the same id.
	ErrForged = errors.New("forged code")
	// ErrOtherSchool means that the code is genuine but of another school.
	ErrOtherSchool = errors.New("code of another school")
	// ErrExpired means that the code is genuine but its last day is over.
	ErrExpired = errors.New("expired code")
)

// What can be wrong with what the caller hands in.
var (
	// ErrRange means that a value does not fit its field. See [RangeError].
	ErrRange = errors.New("out of range")
	// ErrKey means that a key is unusable or a keyring contradicts itself.
	ErrKey = errors.New("unusable code key")
	// ErrCodec means that a reader was given codecs it cannot tell apart.
	ErrCodec = errors.New("codecs cannot be told apart")
	// ErrBarcode means that a text is not 13 digits (12 without the check
	// digit) and so cannot be an EAN-13 number.
	ErrBarcode = errors.New("not an EAN-13 number")
	// ErrCheckDigit means that the last digit of an EAN-13 number does not
	// follow from the others: a typing or reading error.
	ErrCheckDigit = errors.New("wrong EAN-13 check digit")
	// ErrSymbol means that a text is empty or too long for a QR symbol.
	ErrSymbol = errors.New("text does not fit a QR symbol")
	// ErrSize means that a symbol cannot be drawn as large as asked: its
	// modules would be too small to read, or the picture too large to hold.
	ErrSize = errors.New("symbol cannot be drawn at this size")
)

// RangeError says which field a value does not fit. It unwraps to [ErrRange].
// Its message leaves the value out, because a holder number must not reach a
// log through an error.
type RangeError struct {
	Field string // the field of [Payload], in lower case, or "day"
	Value int64  // the value that does not fit
	Max   int64  // the largest value that fits; the smallest is always 0
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("%s %v 0 to %d", e.Field, ErrRange, e.Max)
}

// Unwrap returns [ErrRange].
func (e *RangeError) Unwrap() error { return ErrRange }
