package qrcode_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	digits := func(start string, length int) string { return start + strings.Repeat("7", length-len(start)) }
	for name, c := range map[string]struct {
		text string
		want qrcode.Kind
	}{
		"a sealed code":                                {aliceText, qrcode.KindStudent},
		"a sealed code under CapsLock":                 {strings.ToLower(aliceText), qrcode.KindStudent},
		"a truncated student code":                     {aliceText[:9], qrcode.KindStudent},
		"the S alone":                                  {"S", qrcode.KindStudent},
		"a misread student code, with 1 for I":         {aliceText[:20] + "1" + aliceText[21:], qrcode.KindStudent},
		"a printed paper code":                         {"#S00001202600012342942D#20270731#", qrcode.KindStudent},
		"a paper code under CapsLock":                  {"#s00001202600012342942d#20270731#", qrcode.KindStudent},
		"a paper code with spaces inside":              {"#S00001 2026#", qrcode.KindUnknown},
		"a # without S":                                {"#200001#", qrcode.KindUnknown},
		"an S and a sentence":                          {"Swan lake", qrcode.KindUnknown},
		"a full-width S":                               {"Ｓ" + aliceText[1:], qrcode.KindUnknown},
		"the lowest WeChat start":                      {digits("10", 18), qrcode.KindWeChat},
		"the highest WeChat start":                     {digits("15", 18), qrcode.KindWeChat},
		"18 digits from 16":                            {digits("16", 18), qrcode.KindUnknown},
		"18 digits from 09":                            {digits("09", 18), qrcode.KindUnknown},
		"a WeChat start of 17 digits":                  {digits("13", 17), qrcode.KindUnknown},
		"a WeChat start of 19 digits":                  {digits("13", 19), qrcode.KindUnknown},
		"the lowest Alipay start, shortest":            {digits("25", 16), qrcode.KindAlipay},
		"the highest Alipay start, longest":            {digits("30", 24), qrcode.KindAlipay},
		"an Alipay code of 18 digits, like WeChat's":   {digits("28", 18), qrcode.KindAlipay},
		"an Alipay code of 19 digits, like UnionPay's": {digits("28", 19), qrcode.KindAlipay},
		"an Alipay start of 15 digits":                 {digits("28", 15), qrcode.KindUnknown},
		"an Alipay start of 25 digits":                 {digits("28", 25), qrcode.KindUnknown},
		"18 digits from 24":                            {digits("24", 18), qrcode.KindUnknown},
		"18 digits from 31":                            {digits("31", 18), qrcode.KindUnknown},
		"a UnionPay code":                              {digits("62", 19), qrcode.KindUnionPay},
		"a UnionPay start of 18 digits":                {digits("62", 18), qrcode.KindUnknown},
		"an e-CNY code":                                {digits("01", 19), qrcode.KindECNY},
		"an e-CNY start of 20 digits":                  {digits("01", 20), qrcode.KindUnknown},
		"a payment code with a letter":                 {digits("13", 17) + "O", qrcode.KindUnknown},
		"a payment code with a space inside":           {digits("13", 9) + " " + digits("7", 9), qrcode.KindUnknown},
		"full-width digits":                            {"２００００００１０００１２", qrcode.KindUnknown},
		"Arabic-Indic digits":                          {"٢٠٠٠٠٠٠١٠٠٠١٢", qrcode.KindUnknown},
		"a dish":                                       {"2000000100012", qrcode.KindEAN13},
		"a packaged drink":                             {"6901234567892", qrcode.KindEAN13},
		"a dish with a bad check digit":                {"2000000100013", qrcode.KindUnknown},
		"a dish without its check digit":               {"200000010001", qrcode.KindUnknown},
		"an EAN-13 and a digit":                        {"20000001000120", qrcode.KindUnknown},
		"an EAN-8":                                     {"20000004", qrcode.KindUnknown},
		"a short dish code":                            {"D-012", qrcode.KindShortDish},
		"a short dish code of digits":                  {"12", qrcode.KindShortDish},
		"the longest short dish code":                  {"A123456", qrcode.KindShortDish},
		"one letter too many for a dish":               {"A1234567", qrcode.KindUnknown},
		"one letter":                                   {"A", qrcode.KindUnknown},
		"a hyphen first":                               {"-12", qrcode.KindUnknown},
		"a dish code with S first, which is kept free": {"S12", qrcode.KindStudent},
		"a price":       {"12.50", qrcode.KindUnknown},
		"nothing":       {"", qrcode.KindUnknown},
		"a return":      {"\r\n", qrcode.KindUnknown},
		"a web address": {"https://example.org/SABC", qrcode.KindUnknown},
		"Chinese":       {"米饭", qrcode.KindUnknown},
		"broken UTF-8":  {"\xff\xfe12", qrcode.KindUnknown},
	} {
		t.Run(name+" is "+c.want.String(), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, qrcode.Classify(c.text).Kind)
			require.Equal(t, c.want, qrcode.Classify("\x00 "+c.text+"\r\n\t").Kind, "with the scanner's additions")
		})
	}
}

func TestClassifyReturnsTheTextToGoOnWith(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want qrcode.Scan
	}{
		"a student code keeps its case":            {strings.ToLower(aliceText) + "\r", qrcode.Scan{Kind: qrcode.KindStudent, Text: strings.ToLower(aliceText)}},
		"a short dish code is in upper case":       {"d-012\r", qrcode.Scan{Kind: qrcode.KindShortDish, Text: "D-012"}},
		"a dish of the canteen is in-store":        {"2000000100012\r\n", qrcode.Scan{Kind: qrcode.KindEAN13, Text: "2000000100012", InStore: true}},
		"the last in-store prefix":                 {"2900000000001", qrcode.Scan{Kind: qrcode.KindEAN13, Text: "2900000000001", InStore: true}},
		"a packaged drink is not in-store":         {"6901234567892", qrcode.Scan{Kind: qrcode.KindEAN13, Text: "6901234567892"}},
		"a misread in-store number is nothing":     {"2000000100013", qrcode.Scan{Text: "2000000100013"}},
		"an unknown text is trimmed and unchanged": {"\tWhat is this\n", qrcode.Scan{Text: "What is this"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, qrcode.Classify(c.text))
		})
	}
}

func TestKindsHaveStableWords(t *testing.T) {
	t.Parallel()
	for kind, c := range map[qrcode.Kind]struct {
		word    string
		payment bool
	}{
		qrcode.KindUnknown: {"unknown", false}, qrcode.KindStudent: {"student", false},
		qrcode.KindWeChat: {"wechat", true}, qrcode.KindAlipay: {"alipay", true},
		qrcode.KindUnionPay: {"unionpay", true}, qrcode.KindECNY: {"ecny", true},
		qrcode.KindEAN13: {"ean13", false}, qrcode.KindShortDish: {"short-dish", false},
		qrcode.Kind(200): {"unknown", false},
	} {
		require.Equal(t, c.word, kind.String())
		require.Equal(t, c.payment, kind.IsPayment(), c.word)
	}
}
