// Package money holds exact amounts of money.
//
// An [Amount] is a whole number of minor units (int64) of one ISO 4217
// [Currency]. Arithmetic is checked: it never wraps, never mixes currencies and
// never touches a float. Text is read and written exactly, through apd; JSON is
// {"amount":"12.50","currency":"CNY"}.
//
//	price := money.MustParse("12.50", money.CNY)
//	total, err := price.Mul(3)                       // 37.50 CNY
//	fee, err := total.Percent("0.6", money.HalfUp)   // 0.23 CNY
//	parts, err := total.Allocate(1, 1, 2)            // 9.38, 9.37, 18.75
//
// Errors: [ErrOverflow], [ErrCurrencyMismatch], [ErrUnknownCurrency],
// [ErrSyntax], [ErrPrecision], [ErrRounding], [ErrRatios]; branch on them with errors.Is.
//
// Concurrency: all types are immutable values.
//
// Limits: amounts from -9223372036854775808 to 9223372036854775807 minor units.
package money
