package qrcode

import "strings"

// Kind is what a scanned text is, judged by its length and first characters.
type Kind uint8

// The kinds, in the order in which [Classify] looks for them; KindUnknown is
// what remains.
const (
	// KindUnknown is none of the others. The text is not to be guessed at.
	KindUnknown Kind = iota
	// KindStudent is a student code, whole or not, genuine or not: letter S
	// and letters or digits, or "#S…" of cards printed by older systems. Give
	// it to a [Reader], which says what is wrong with it.
	KindStudent
	// KindWeChat is a WeChat payment code: 18 digits, 10 to 15 first.
	KindWeChat
	// KindAlipay is an Alipay payment code: 16 to 24 digits, 25 to 30 first.
	KindAlipay
	// KindUnionPay is a UnionPay payment code: 19 digits, 62 first.
	KindUnionPay
	// KindECNY is a digital renminbi payment code: 19 digits, 01 first.
	KindECNY
	// KindEAN13 is a dish's EAN-13 number with a right check digit.
	KindEAN13
	// KindShortDish is a dish's short code, as canteens print it in Code 128:
	// 2 to 7 letters, digits or hyphens, the first not a hyphen and not S.
	// Longer texts are left out so that a damaged EAN, EAN-8 or payment code
	// is not taken for one.
	KindShortDish
)

// String returns a short stable word, such as "student" or "ean13".
func (k Kind) String() string {
	switch k {
	case KindStudent:
		return "student"
	case KindWeChat:
		return "wechat"
	case KindAlipay:
		return "alipay"
	case KindUnionPay:
		return "unionpay"
	case KindECNY:
		return "ecny"
	case KindEAN13:
		return "ean13"
	case KindShortDish:
		return "short-dish"
	case KindUnknown:
	}
	return "unknown"
}

// IsPayment reports whether the text is a payer's code of a payment app. Such
// a text is worth money for a minute: it belongs in no log.
func (k Kind) IsPayment() bool {
	switch k {
	case KindWeChat, KindAlipay, KindUnionPay, KindECNY:
		return true
	case KindUnknown, KindStudent, KindEAN13, KindShortDish:
	}
	return false
}

// Scan is a classified text.
type Scan struct {
	// Kind is what the text is.
	Kind Kind
	// Text is the text to go on with: without what the scanner added around
	// it and, for a short dish code, in upper case.
	Text string
	// InStore is true for an EAN-13 number that begins with 20 to 29: one the
	// canteen gave itself, possibly with a weight or a price inside.
	InStore bool
}

// Classify tells what a scanned text is. CR, LF, TAB, NUL and space around it
// do not matter, nor does the case of letters; full-width characters are not
// digits. It looks at the shape only: a student code may still be forged and a
// payment code stale. It never fails.
func Classify(text string) Scan {
	scan := Scan{Text: trimmed(text)}
	capital := upper(scan.Text)
	switch {
	case isStudentCode(capital):
		scan.Kind = KindStudent
	case isShortDishCode(capital):
		scan.Kind, scan.Text = KindShortDish, capital
	case onlyOf(scan.Text, isDigit):
		scan.Kind = kindOfDigits(scan.Text)
		scan.InStore = scan.Kind == KindEAN13 && InStoreEAN13(scan.Text)
	}
	return scan
}

// isStudentCode takes more than a codec would: a misread student code must
// reach the codec, whose error tells the cashier to scan again.
func isStudentCode(capital string) bool {
	if strings.HasPrefix(capital, "#S") {
		return onlyOf(capital, func(r rune) bool { return '!' <= r && r <= '~' })
	}
	return strings.HasPrefix(capital, sealedPrefix) && onlyOf(capital, isUpperOrDigit)
}

// isShortDishCode never takes a payment code or EAN-13 number: they are longer.
func isShortDishCode(capital string) bool {
	if len(capital) < 2 || len(capital) > 7 || capital[0] == '-' {
		return false
	}
	return onlyOf(capital, func(r rune) bool { return isUpperOrDigit(r) || r == '-' })
}

// kindOfDigits tells texts of digits apart. The shapes are those the payment
// schemes use at merchants' scanners; no two of them overlap.
func kindOfDigits(digits string) Kind {
	length := len(digits)
	if length < 13 {
		return KindUnknown
	}
	switch start := digits[:2]; {
	case length == 18 && "10" <= start && start <= "15":
		return KindWeChat
	case length >= 16 && length <= 24 && "25" <= start && start <= "30":
		return KindAlipay
	case length == 19 && start == "62":
		return KindUnionPay
	case length == 19 && start == "01":
		return KindECNY
	case ValidateEAN13(digits) == nil:
		return KindEAN13
	}
	return KindUnknown
}
