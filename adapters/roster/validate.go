package roster

import (
	"strings"
	"time"
)

// checkIDNo checks an identity number by GB 11643-1999: 18 characters with a
// birth date and a check character, or the 15 digits issued before. The result
// is empty if it is right.
func checkIDNo(no string) Code {
	switch {
	case len(no) == 15 && allDigits(no) && isDate("19"+no[6:12]):
		return ""
	case len(no) != 18 || !allDigits(no[:17]) || !isCheckCharacter(no[17]) || !isDate(no[6:14]):
		return IDInvalid
	case no[17] != checkCharacter(no[:17]):
		return IDCheckDigit
	default:
		return ""
	}
}

// checkCharacter is the ISO 7064 MOD 11-2 character over 17 digits.
func checkCharacter(digits string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	var sum int
	for i, weight := range weights {
		sum += weight * int(digits[i]-'0')
	}
	return "10X98765432"[sum%11]
}

func isCheckCharacter(c byte) bool { return c == 'X' || '0' <= c && c <= '9' }

// lostItsTail recognises an identity number whose last digits Excel replaced by
// zeros before it was saved as text.
func lostItsTail(no string) bool {
	return len(no) == 18 && strings.HasSuffix(no, "000") && checkIDNo(no) == IDCheckDigit
}

func isDate(digits string) bool {
	_, err := time.Parse("20060102", digits)
	return err == nil
}

// isRegistryNo checks a national student registry number (学籍号): G and an
// identity number, J and 18 coded alike for pupils without one, L and a
// temporary one without check character, or 16 digits of the older local form.
func isRegistryNo(no string) bool {
	if len(no) == 16 {
		return allDigits(no)
	}
	if len(no) != 19 {
		return false
	}
	switch no[0] {
	case 'G', 'J':
		return checkIDNo(no[1:]) == ""
	case 'L':
		return allDigits(no[1:]) && isDate(no[7:15])
	default:
		return false
	}
}

// isMobile checks a mobile number of mainland China.
func isMobile(phone string) bool {
	return len(phone) == 11 && allDigits(phone) && phone[0] == '1' && phone[1] >= '3'
}

// isStudentNo bounds what a school may use as its own number.
func isStudentNo(no string) bool {
	return len(no) <= 20 && strings.Trim(no, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == ""
}
