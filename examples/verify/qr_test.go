package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/campusledger/campusledger/ledger/seal"
)

func TestForgeriesOfQRCodes(t *testing.T) {
	t.Parallel()
	r := golden(t, receipt, "receipt.qr.txt")
	b := golden(t, balance, "balance.txt")
	text := strings.TrimSpace(string(r.Data))
	var whole attempt // a code without a group of two digits at its end
	for name := "餐"; whole.Data == nil || len(whole.Data[len("CLR1:"):])%3 != 0; name += "饭" {
		leaf := fmt.Sprintf(`[%q,"CNY",0,1]`, name)
		proof := signedBalance(t, []string{leaf}, 0)
		whole = b.changed([]byte(seal.QRText(proof.Marshal())))
	}
	requireVerdicts(t, []forgery{
		{"a code of an even number of bytes", whole, proven},
		{"with two bytes after the stream", whole.changed([]byte(string(whole.Data) + "000")), unreadable},
		{"with a byte after the stream", whole.changed([]byte(string(whole.Data) + "00")), unreadable},
		{"the code of a balance", b.changed([]byte(seal.QRText(b.Data))), proven},
		{"without the line feed", r.changed([]byte(text)), proven},
		{"with more of them", r.changed([]byte(text + "\r\n\n\r")), proven},
		{"in lower case", r.changed([]byte(strings.ToLower(text))), unreadable},
		{"of another version", replace(t, r, "CLR1:", "CLR2:"), unreadable},
		{"with a digit less", r.changed([]byte(text[:len(text)-1])), unreadable},
		{"with three digits less", r.changed([]byte(text[:len(text)-3])), unreadable},
		{"with a number too large", whole.changed([]byte(string(whole.Data) + ":::")), unreadable},
		{"with a digit more", whole.changed([]byte(string(whole.Data) + "0")), unreadable},
		{"with a space at its end", r.changed([]byte(text + " ")), unreadable},
		{"empty", r.changed([]byte("CLR1:")), unreadable},
	})
}
