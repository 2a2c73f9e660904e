package money

import "errors"

var (
	// ErrOverflow means that a result does not fit an int64 of minor units.
	ErrOverflow = errors.New("amount out of range")
	// ErrCurrencyMismatch means that two currencies met in one operation.
	ErrCurrencyMismatch = errors.New("currencies differ")
	// ErrUnknownCurrency means that a code is not an active ISO 4217 code
	// this package knows.
	ErrUnknownCurrency = errors.New("unknown currency")
	// ErrSyntax means that a text is not a plain decimal number.
	ErrSyntax = errors.New("not a decimal amount")
	// ErrPrecision means that a text has more decimal places than the
	// currency has.
	ErrPrecision = errors.New("more decimal places than the currency has")
	// ErrRounding means that a rounding mode is none of those named here.
	ErrRounding = errors.New("unknown rounding mode")
	// ErrRatios means that an allocation was asked for without a positive
	// weight, or with a negative one.
	ErrRatios = errors.New("allocation needs weights of zero or more, one of them positive")
)
