package identity

import (
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// matchForm is how two spellings of one name or number are compared: full-width
// forms, spaces, case and the variants of the name dot make no difference.
func matchForm(s string) string {
	form := make([]rune, 0, len(s))
	for _, r := range norm.NFKC.String(s) {
		if r = foldForMatch(r); r >= 0 {
			form = append(form, r)
		}
	}
	return string(form)
}

// foldForMatch maps a rune to the one it is compared as, or to -1 where it
// makes no difference.
func foldForMatch(r rune) rune {
	switch {
	case unicode.IsSpace(r), unicode.Is(unicode.Cf, r): // spaces, zero-width characters
		return -1
	case r == '·', r == '•', r == '・', r == '‧', r == '∙': // one name dot, typed five ways
		return '·'
	default:
		return unicode.ToUpper(r)
	}
}
