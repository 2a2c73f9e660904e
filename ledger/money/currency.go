package money

import "fmt"

// Currency is an ISO 4217 currency known to this package. It is a comparable
// value of four bytes; the zero Currency is invalid.
type Currency struct {
	code     [3]byte
	exponent uint8
}

// The currencies a caller is most likely to name in code. [ParseCurrency]
// knows all of ISO 4217 that is in daily use.
var (
	CNY = mustCurrency("CNY")
	HKD = mustCurrency("HKD")
	MOP = mustCurrency("MOP")
	TWD = mustCurrency("TWD")
	USD = mustCurrency("USD")
	EUR = mustCurrency("EUR")
	GBP = mustCurrency("GBP")
	JPY = mustCurrency("JPY")
	KWD = mustCurrency("KWD")
)

// ParseCurrency returns the currency with the three-letter ISO 4217 code, in
// upper case. It fails with [ErrUnknownCurrency].
func ParseCurrency(code string) (Currency, error) {
	exponent, ok := exponents[code]
	if !ok {
		return Currency{}, fmt.Errorf("%q: %w", code, ErrUnknownCurrency)
	}
	return Currency{code: [3]byte{code[0], code[1], code[2]}, exponent: exponent}, nil
}

// Code returns the ISO 4217 code, or "" for the zero Currency.
func (c Currency) Code() string {
	if !c.IsValid() {
		return ""
	}
	return string(c.code[:])
}

// Exponent returns the number of decimal places of the minor unit: 2 for CNY,
// 0 for JPY, 3 for KWD (ISO 4217 list one).
func (c Currency) Exponent() int { return int(c.exponent) }

// IsValid reports whether c is a known currency.
func (c Currency) IsValid() bool { return c.code[0] != 0 }

// String returns the code.
func (c Currency) String() string { return c.Code() }

// MarshalText writes the code.
func (c Currency) MarshalText() ([]byte, error) {
	if !c.IsValid() {
		return nil, fmt.Errorf("zero currency: %w", ErrUnknownCurrency)
	}
	return []byte(c.Code()), nil
}

// UnmarshalText reads a code as [ParseCurrency] does.
func (c *Currency) UnmarshalText(text []byte) error {
	parsed, err := ParseCurrency(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

func mustCurrency(code string) Currency {
	c, err := ParseCurrency(code)
	if err != nil {
		panic(err)
	}
	return c
}
