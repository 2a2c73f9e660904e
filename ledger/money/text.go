package money

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// maxTextLength bounds what Parse reads: a sign, 19 digits and a point, with
// room for leading zeros that people type.
const maxTextLength = 32

// Parse reads a plain decimal number such as "12.5" or "-0.07" as an amount of
// the currency. It is exact: exponents, NaN, infinities, digit separators and
// blanks are [ErrSyntax], more decimal places than the currency has are
// [ErrPrecision] (even if they are zeros), numbers that do not fit are
// [ErrOverflow].
func Parse(text string, c Currency) (Amount, error) {
	if !c.IsValid() {
		return Amount{}, fmt.Errorf("parse amount: %w", ErrUnknownCurrency)
	}
	if !isPlainDecimal(text) {
		return Amount{}, fmt.Errorf("%.40q: %w", text, ErrSyntax)
	}
	d, _, err := apd.NewFromString(text)
	if err != nil {
		return Amount{}, fmt.Errorf("%.40q: %w", text, ErrSyntax)
	}
	minor, err := minorUnits(d, c)
	if err != nil {
		return Amount{}, fmt.Errorf("%.40q %s: %w", text, c, err)
	}
	return Amount{minor: minor, currency: c}, nil
}

// MustParse is [Parse] for constants in programs and tests: it panics on what
// Parse refuses.
func MustParse(text string, c Currency) Amount {
	a, err := Parse(text, c)
	if err != nil {
		panic(err)
	}
	return a
}

// Decimal returns the amount as a plain decimal number with all places of its
// currency, such as "12.50". [Parse] reads it back.
func (a Amount) Decimal() string {
	return apd.New(a.minor, -int32(a.currency.exponent)).Text('f')
}

// String returns the decimal number and the currency code: "12.50 CNY".
func (a Amount) String() string {
	if !a.IsValid() {
		return strconv.FormatInt(a.minor, 10) + " (no currency)"
	}
	return a.Decimal() + " " + a.currency.Code()
}

type amountJSON struct {
	Amount   *string `json:"amount"`
	Currency string  `json:"currency"`
}

// MarshalJSON writes {"amount":"12.50","currency":"CNY"}.
func (a Amount) MarshalJSON() ([]byte, error) {
	if !a.IsValid() {
		return nil, fmt.Errorf("marshal amount: %w", ErrUnknownCurrency)
	}
	text := a.Decimal()
	return json.Marshal(amountJSON{Amount: &text, Currency: a.currency.Code()})
}

// UnmarshalJSON reads what [Amount.MarshalJSON] writes. The amount must be a
// JSON string: a JSON number may have been through a float.
func (a *Amount) UnmarshalJSON(data []byte) error {
	var raw amountJSON
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("%w: want {\"amount\":\"12.50\",\"currency\":\"CNY\"}: %w", ErrSyntax, err)
	}
	if raw.Amount == nil {
		return fmt.Errorf("%w: no \"amount\"", ErrSyntax)
	}
	c, err := ParseCurrency(raw.Currency)
	if err != nil {
		return err
	}
	parsed, err := Parse(*raw.Amount, c)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// isPlainDecimal accepts [+-]digits[.digits] in ASCII and nothing else.
func isPlainDecimal(text string) bool {
	if len(text) > maxTextLength {
		return false
	}
	if text != "" && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	digits, point := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && !point && digits > 0 && i < len(text)-1:
			point = true
		default:
			return false
		}
	}
	return digits > 0
}

// minorUnits scales d to the currency's minor unit, exactly or not at all.
func minorUnits(d *apd.Decimal, c Currency) (int64, error) {
	if -d.Exponent > int32(c.exponent) {
		return 0, ErrPrecision
	}
	scaled := new(apd.Decimal).Set(d)
	scaled.Exponent += int32(c.exponent)
	minor, err := scaled.Int64()
	if err != nil {
		return 0, ErrOverflow
	}
	return minor, nil
}
