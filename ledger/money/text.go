package money

import (
	"fmt"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// maxTextLength bounds what Parse reads: a sign, 19 digits and a point, with
// room for leading zeros that people type.
const maxTextLength = 32

// Parse reads a plain decimal number such as "12.5" or "-0.07" as an amount of
// the currency. It is exact: exponents, NaN, infinities, digit separators,
// blanks and texts of more than 32 bytes are [ErrSyntax], more decimal places
// than the currency has are [ErrPrecision] (even if they are zeros), numbers
// that do not fit are [ErrOverflow], the zero Currency is [ErrUnknownCurrency].
//
// Errors say where the text is wrong but do not repeat it: a cell from a wrong
// column may be a phone or identity number.
func Parse(text string, c Currency) (Amount, error) {
	if !c.IsValid() {
		return Amount{}, fmt.Errorf("parse amount: zero currency: %w", ErrUnknownCurrency)
	}
	d, err := plainDecimal(text)
	if err != nil {
		return Amount{}, fmt.Errorf("parse amount: %w", err)
	}
	minor, err := minorUnits(d, c)
	if err != nil {
		return Amount{}, fmt.Errorf("parse amount: %w", err)
	}
	return Amount{minor: minor, currency: c}, nil
}

// MustParse is [Parse] for constants in programs and tests: it panics on what
// Parse refuses.
func MustParse(text string, c Currency) Amount {
	a, err := Parse(text, c)
	if err != nil {
		panic(fmt.Sprintf("money.MustParse(%q, %s): %v", text, c, err))
	}
	return a
}

// Decimal returns the amount as a plain decimal number with all places of its
// currency, such as "12.50". [Parse] reads it back.
func (a Amount) Decimal() string {
	return apd.New(a.minor, -int32(a.currency.Exponent())).Text('f')
}

// String returns the decimal number and the currency code: "12.50 CNY".
func (a Amount) String() string {
	if !a.IsValid() {
		return strconv.FormatInt(a.minor, 10) + " (no currency)"
	}
	return a.Decimal() + " " + a.currency.Code()
}

// plainDecimal reads [+-]digits[.digits] in ASCII and nothing else: apd alone
// would take exponents, "NaN" and ".5" too.
func plainDecimal(text string) (*apd.Decimal, error) {
	if len(text) > maxTextLength {
		return nil, fmt.Errorf("%d bytes, more than %d: %w", len(text), maxTextLength, ErrSyntax)
	}
	digits, point := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && !point && digits > 0 && i < len(text)-1:
			point = true
		case i > 0 || (c != '-' && c != '+'):
			return nil, fmt.Errorf("byte %d of %d: %w", i+1, len(text), ErrSyntax)
		}
	}
	if digits == 0 {
		return nil, fmt.Errorf("no digits: %w", ErrSyntax)
	}
	d, _, err := apd.NewFromString(text)
	if err != nil {
		return nil, fmt.Errorf("%d digits: %w", digits, ErrSyntax)
	}
	return d, nil
}

// minorUnits scales d to the currency's minor unit, exactly or not at all.
func minorUnits(d *apd.Decimal, c Currency) (int64, error) {
	if -int(d.Exponent) > c.Exponent() {
		return 0, fmt.Errorf("%d decimal places, %s has %d: %w", -d.Exponent, c, c.Exponent(), ErrPrecision)
	}
	d.Exponent += int32(c.Exponent())
	minor, err := d.Int64()
	if err != nil {
		return 0, fmt.Errorf("number of %s: %w", c, ErrOverflow)
	}
	return minor, nil
}
