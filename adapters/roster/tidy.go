package roster

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// tidy is a cell's text without what copying and typing add: full-width forms,
// invisible characters, spaces around and repeated, the apostrophe that marks
// text in Excel.
func tidy(s string) string {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r == '\uFEFF' {
			return -1
		}
		return r
	}, width.Fold.String(s))
	folded = strings.Join(strings.Fields(folded), " ")
	return strings.TrimSpace(strings.TrimLeft(folded, "'‘’`"))
}

// tidyName also closes up a Chinese name spaced out to align a column, and
// writes one name dot.
func tidyName(s string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune("•・‧∙", r) {
			return '·'
		}
		return r
	}, tidy(s))
	for _, r := range name {
		if r != ' ' && r != '·' && !unicode.Is(unicode.Han, r) {
			return name
		}
	}
	return strings.ReplaceAll(name, " ", "")
}

// tidyNumber also drops spaces inside and writes letters large.
func tidyNumber(s string) string {
	return strings.ToUpper(strings.ReplaceAll(tidy(s), " ", ""))
}

// tidyPhone also drops hyphens and China's country code.
func tidyPhone(s string) string {
	phone := strings.ReplaceAll(tidyNumber(s), "-", "")
	if rest, ok := strings.CutPrefix(phone, "+86"); ok {
		return rest
	}
	if len(phone) == 13 && strings.HasPrefix(phone, "86") {
		return phone[2:]
	}
	return phone
}
