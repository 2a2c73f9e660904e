package identity

import "strings"

// MaskName hides a name: 张三 → 张*, 张小三 → 张*三, 欧阳小三 → 欧**三. The first
// character stays, and the last from three characters on.
func MaskName(name string) string {
	runes := []rune(name)
	switch len(runes) {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return string(runes[:1]) + "*"
	default:
		return maskMiddle(runes, 1, 1)
	}
}

// MaskIDNo hides an identity or registry number but for the first and last
// four characters: 3501**********1234.
func MaskIDNo(no string) string { return maskMiddle([]rune(no), 4, 4) }

// MaskPhone hides a phone number but for the first three and last four
// characters: 138****1234.
func MaskPhone(phone string) string { return maskMiddle([]rune(phone), 3, 4) }

// MaskNumber hides a student, card or bank account number but for the last
// four characters.
func MaskNumber(no string) string { return maskMiddle([]rune(no), 0, 4) }

// maskMiddle keeps head and tail characters if that leaves at least a quarter
// hidden; a shorter text is hidden entirely.
func maskMiddle(runes []rune, head, tail int) string {
	if 3*len(runes) < 4*(head+tail) {
		head, tail = 0, 0
	}
	hidden := len(runes) - head - tail
	return string(runes[:head]) + strings.Repeat("*", hidden) + string(runes[len(runes)-tail:])
}
