package qrcode_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/campusledger/campusledger/qrcode"
)

// exampleKey returns a key whose bytes everybody knows, so that the examples
// print the same each time. Real keys come from GenerateKey or a key store.
func exampleKey(id uint8) qrcode.Key {
	key, err := qrcode.NewKey(id, bytes.Repeat([]byte{id + 1}, qrcode.KeySize))
	if err != nil {
		log.Fatal(err)
	}
	return key
}

func exampleCodec(current qrcode.Key, others ...qrcode.Key) *qrcode.Sealed {
	ring, err := qrcode.NewKeyring(current, others...)
	if err != nil {
		log.Fatal(err)
	}
	sealed, err := qrcode.NewSealed(ring)
	if err != nil {
		log.Fatal(err)
	}
	return sealed
}

func ExampleSealed_Seal() {
	lastDay, err := qrcode.NewDay(2027, time.July, 31)
	if err != nil {
		log.Fatal(err)
	}
	card := qrcode.Payload{School: 1, Holder: 102938, Random: 42, Expires: lastDay, Serial: 1}
	text, err := exampleCodec(exampleKey(1)).Seal(card)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)
	// Output:
	// SCHSFRKVQPBHJE3OWXU5S5SA7LTBQIHVWIGPLOUQ5FBGQ
}

// A code is opened, then held against the school and the time. CapsLock and
// the carriage return of a keyboard-wedge scanner do no harm.
func ExampleReader_Open() {
	reader, err := qrcode.NewReader(exampleCodec(exampleKey(1)))
	if err != nil {
		log.Fatal(err)
	}
	card, err := reader.Open("schsfrkvqpbhje3owxu5s5sa7ltbqihvwigplouq5fbgq\r")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("holder", card.Holder, "serial", card.Serial, "through", card.Expires)

	lunch := time.Date(2027, time.August, 1, 12, 0, 0, 0, time.FixedZone("CST", 8*60*60))
	fmt.Println(card.Check(1, lunch))
	fmt.Println(card.Check(2, lunch))
	// Output:
	// holder 102938 serial 1 through 2027-07-31
	// valid through 2027-07-31: expired code
	// school 00001, wanted 00002: code of another school
}

// Each way of being wrong has its own error.
func ExampleReader_Open_refused() {
	reader, err := qrcode.NewReader(exampleCodec(exampleKey(1)))
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{
		"SCHSFRKVQPBHJE3OWXU5A5SA7LTBQIHVWIGPLOUQ5FBGQ",
		"SCHSFRKVQPBHJE3OWXU5S5SA7LTBQI",
		"134567890123456789",
	} {
		_, err := reader.Open(text)
		switch {
		case errors.Is(err, qrcode.ErrForged):
			fmt.Println("keep the card and call the office:", err)
		case errors.Is(err, qrcode.ErrTruncated):
			fmt.Println("scan again:", err)
		default:
			fmt.Println(err)
		}
	}
	// Output:
	// keep the card and call the office: open sealed code: key id 1: forged code
	// scan again: open sealed code: 30 of 45 characters: truncated code
	// not a student code of a known format
}

// The current key seals; cards of the older key stay good until it is left out.
func ExampleNewKeyring() {
	printed, err := exampleCodec(exampleKey(1)).Seal(qrcode.Payload{School: 1, Holder: 102938})
	if err != nil {
		log.Fatal(err)
	}
	_, err = exampleCodec(exampleKey(2), exampleKey(1)).Open(printed)
	fmt.Println("rotated:", err)
	_, err = exampleCodec(exampleKey(2)).Open(printed)
	fmt.Println("retired:", err)
	// Output:
	// rotated: <nil>
	// retired: open sealed code: key id 1: unknown code key
}

func ExampleNewReader() {
	_, err := qrcode.NewReader(exampleCodec(exampleKey(1)), exampleCodec(exampleKey(2)))
	fmt.Println(err) // two keys of one format belong in one keyring
	// Output:
	// prefix "S": codecs cannot be told apart
}

func ExampleClassify() {
	for _, text := range []string{
		"SCHSFRKVQPBHJE3OWXU5S5SA7LTBQIHVWIGPLOUQ5FBGQ\r\n",
		"134567890123456789",
		"2812345678901234",
		"2000000100012\r",
		"2000000100013",
		"6901234567892",
		"d-012",
	} {
		scan := qrcode.Classify(text)
		fmt.Printf("%-10s in-store=%-5t %s\n", scan.Kind, scan.InStore, scan.Text)
	}
	// Output:
	// student    in-store=false SCHSFRKVQPBHJE3OWXU5S5SA7LTBQIHVWIGPLOUQ5FBGQ
	// wechat     in-store=false 134567890123456789
	// alipay     in-store=false 2812345678901234
	// ean13      in-store=true  2000000100012
	// unknown    in-store=false 2000000100013
	// ean13      in-store=false 6901234567892
	// short-dish in-store=false D-012
}

func ExampleEAN13Check() {
	digit, err := qrcode.EAN13Check("210001201250")
	fmt.Println("210001201250"+string(digit), err)
	fmt.Println(qrcode.ValidateEAN13("2100012012505"))
	// Output:
	// 2100012012508 <nil>
	// ends in 5, wanted 8: wrong EAN-13 check digit
}

func ExampleNewSymbol() {
	symbol, err := qrcode.NewSymbol("SCHSFRKVQPBHJE3OWXU5S5SA7LTBQIHVWIGPLOUQ5FBGQ")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("version", symbol.Version(), "with", symbol.Size(), "modules a side")
	err = symbol.WriteSVG(os.Stdout, &qrcode.RenderOptions{SideMM: 5})
	fmt.Println(err)
	// Output:
	// version 3 with 29 modules a side
	// modules of 0.14 mm, at least 0.25: symbol cannot be drawn at this size
}
