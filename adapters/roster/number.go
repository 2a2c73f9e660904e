package roster

import (
	"strconv"
	"strings"
)

// doubleDigits is how many decimal digits Excel keeps of a number.
const doubleDigits = 15

// looksNumeric is true for plain digits and for E-notation, with a decimal
// point or not.
func looksNumeric(s string) bool {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	return strings.Trim(s, "0123456789.eE+-") == ""
}

// isScientific is true for a number in E-notation such as 3.50199E+17.
func isScientific(s string) bool { return looksNumeric(s) && strings.ContainsAny(s, "eE") }

// wholeDigits writes out a stored number as the digits a person typed,
// "1.3800138E+10" as "13800138000"; ok is false if it is not a whole number.
// It works on the text, because a float64 would round again.
func wholeDigits(stored string) (digits string, ok bool) {
	mantissa, exponentText, scientific := strings.Cut(strings.ToUpper(stored), "E")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent := 0
	if scientific {
		var err error
		if exponent, err = strconv.Atoi(exponentText); err != nil || exponent < 0 || exponent > 30 {
			return "", false
		}
	}
	fraction = strings.TrimRight(fraction, "0")
	if !allDigits(whole) || fraction != "" && !allDigits(fraction) || len(fraction) > exponent {
		return "", false
	}
	digits = strings.TrimLeft(whole+fraction+strings.Repeat("0", exponent-len(fraction)), "0")
	return digits, digits != ""
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
