package qrcode

import "strings"

// trimmed removes what scanners and terminals add around a text: carriage
// return, line feed, tab, NUL and space. Nothing inside the text is touched.
func trimmed(text string) string { return strings.Trim(text, "\r\n\t\x00 ") }

// upper undoes CapsLock on ASCII letters only. strings.ToUpper would also turn
// the long s (U+017F) into S and so accept codes that nobody printed.
func upper(text string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, text)
}

// onlyOf reports whether the text is not empty and every rune of it is allowed.
func onlyOf(text string, allowed func(r rune) bool) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !allowed(r) })
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isUpperOrDigit(r rune) bool { return 'A' <= r && r <= 'Z' || isDigit(r) }
