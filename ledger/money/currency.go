package money

import "fmt"

// Currency is an ISO 4217 currency known to this package. It is a comparable
// value of four bytes; the zero Currency is invalid.
type Currency struct {
	// packed is the code's three letters and the exponent, a byte each. As one
	// number it keeps an Amount in two registers, which makes Add several times as
	// fast as an array of letters does.
	packed uint32
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
	if len(code) != 3 {
		return Currency{}, fmt.Errorf("code of %d bytes, not 3: %w", len(code), ErrUnknownCurrency)
	}
	exponent, ok := exponents[code]
	if !ok {
		return Currency{}, fmt.Errorf("code %q: %w", code, ErrUnknownCurrency)
	}
	packed := uint32(code[0])<<24 | uint32(code[1])<<16 | uint32(code[2])<<8 | uint32(exponent)
	return Currency{packed: packed}, nil
}

// Code returns the ISO 4217 code, or "" for the zero Currency.
func (c Currency) Code() string {
	if !c.IsValid() {
		return ""
	}
	return string([]byte{byte(c.packed >> 24), byte(c.packed >> 16), byte(c.packed >> 8)})
}

// Exponent returns the number of decimal places of the minor unit: 2 for CNY,
// 0 for JPY, 3 for KWD (ISO 4217 list one).
func (c Currency) Exponent() int { return int(c.packed & 0xff) }

// IsValid reports whether c is a known currency.
func (c Currency) IsValid() bool { return c.packed != 0 }

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
