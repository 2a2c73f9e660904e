package books

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The spelling of names is in the package comment. No two texts are spelled
// alike: one or two '-' are a mark between letters or digits, three begin the
// code of a mark, four only follow an X at the beginning.

// beancountControl spells a control account, such as 2307-01 for 2307.01.
func beancountControl(control string) string { return beancountComponent(control, ".-") }

// beancountPath spells a path, such as Wallet-h1 for wallet/h1.
func beancountPath(path string) string { return beancountComponent(path, "/-") }

// beancountComponent spells a text in which some marks are common.
func beancountComponent(text, marks string) string {
	var b strings.Builder
	b.Grow(len(text) + 8)
	for i := range len(text) {
		c := text[i]
		within := i > 0 && i < len(text)-1 && isAlphanumeric(text[i-1]) && isAlphanumeric(text[i+1])
		if i == 0 && c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		} else if i == 0 && (c < '0' || c > '9') {
			b.WriteString("X----")
		}
		switch nth := strings.IndexByte(marks, c); {
		case isAlphanumeric(c):
			b.WriteByte(c)
		case within && nth >= 0:
			b.WriteString("--"[:nth+1])
		default:
			fmt.Fprintf(&b, "---%02X", c)
		}
	}
	return b.String()
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// beancountRoot begins with an upper-case letter.
func beancountRoot(root string) string {
	first, size := utf8.DecodeRuneInString(root)
	return string(unicode.ToUpper(first)) + root[size:]
}
