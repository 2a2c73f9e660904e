package verify_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/seal"
)

// cosignatureKey returns a witness's public key with the byte 0x04, as C2SP
// writes it.
func cosignatureKey(t testing.TB, key string) string {
	t.Helper()
	name, rest, _ := strings.Cut(key, "+")
	_, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	raw[0] = 4
	id := sha256.Sum256(append([]byte(name+"\n"), raw...))
	return fmt.Sprintf("%s+%s+%s", name, hex.EncodeToString(id[:4]), base64.StdEncoding.EncodeToString(raw))
}

// reencode changes what is encoded in the record's line of a receipt.
func reencode(t testing.TB, from, to string) func(string) string {
	return func(line string) string {
		record, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "extra "))
		require.NoError(t, err)
		require.Contains(t, string(record), from)
		return "extra " + base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(record), from, to, 1)))
	}
}

func to(text string) func(string) string { return func(string) string { return text } }

func receiptForgeries(t testing.TB) []forgery {
	t.Helper()
	r := golden(t, receipt, "receipt.txt")
	hash := strings.Split(string(r.Data), "\n")[3]
	bare := func(s string) string { return strings.TrimRight(s, "=") }
	return []forgery{
		{"another amount", line(t, r, 1, reencode(t, "800,", "900,")), notProven},
		{"another place in the record", line(t, r, 1, reencode(t, `"seq":10`, `"seq":11`)), notProven},
		{"no record", line(t, r, 1, to("extra ")), notProven},
		{"another index", line(t, r, 2, to("index 8")), notProven},
		{"an index beyond the tree", line(t, r, 2, to("index 11")), notProven},
		{"another hash", line(t, r, 3, func(s string) string { return "z" + s[1:] }), notProven},
		{"swapped hashes", swap(t, r, 3, 4), notProven},
		{"a hash less", replace(t, r, hash+"\n", ""), notProven},
		{"a hash more", replace(t, r, hash, hash+"\n"+hash), notProven},
		{"seventy hashes more", replace(t, r, hash, strings.Repeat(hash+"\n", 70)+hash), notProven},
		{"another checkpoint", spliced(t, r, "checkpoint-14.txt"), notProven},
		{"a checkpoint of before", spliced(t, r, "checkpoint-5.txt"), notProven},
		{"another root", replace(t, r, "n9Qr", "n9Qs"), notProven},
		{"another size", replace(t, r, "\n11\n", "\n12\n"), notProven},
		{"no checkpoint", r.changed(r.Data[:bytes.Index(r.Data, []byte("\n\n"))+2]), unreadable},
		{"another header", replace(t, r, "proof@v1", "proof@v2"), unreadable},
		{"a word for another", line(t, r, 2, to("old 9")), unreadable},
		{"a leading zero", line(t, r, 2, to("index 09")), unreadable},
		{"a negative index", line(t, r, 2, to("index -1")), unreadable},
		{"an index of 2^64", line(t, r, 2, to("index 18446744073709551616")), unreadable},
		{"a carriage return in a hash", line(t, r, 3, func(s string) string { return s + "\r" }), unreadable},
		{"a carriage return in the record", line(t, r, 1, func(s string) string { return s + "\r" }), unreadable},
		{"a hash without padding", line(t, r, 3, bare), unreadable},
		{"a hash of 31 bytes", line(t, r, 3, to(base64.StdEncoding.EncodeToString(make([]byte, 31)))), unreadable},
		{"a record in other Base64", line(t, r, 1, func(s string) string { return strings.Replace(s, "H0=", "H1=", 1) }), unreadable},
		{"a space at the end of a line", line(t, r, 2, func(s string) string { return s + " " }), unreadable},
		{"a byte after its end", r.changed(append(bytes.Clone(r.Data), 'x')), unreadable},
		{"a byte before its beginning", r.changed(append([]byte("\n"), r.Data...)), unreadable},
		{"two receipts", r.changed(append(bytes.Clone(r.Data), r.Data...)), unreadable},
		{"more than 4 MiB", line(t, r, 1, to("extra "+strings.Repeat("AAAA", 2<<20))), unreadable},
	}
}

// spliced returns a receipt with another checkpoint at its end.
func spliced(t testing.TB, r attempt, name string) attempt {
	t.Helper()
	proof, _, _ := bytes.Cut(r.Data, []byte("\n\n"))
	return r.changed(slices.Concat(proof, []byte("\n\n"), readGolden(t, name)))
}

func balanceForgeries(t testing.TB) []forgery {
	t.Helper()
	b := golden(t, balance, "balance.txt")
	proof, _, _ := bytes.Cut(b.Data, []byte("\n\n"))
	return []forgery{
		{"another balance", replace(t, b, ",10000]", ",20000]"), notProven},
		{"another account", replace(t, b, "wallet/s1", "wallet/s2"), notProven},
		{"a leaf in another spelling", replace(t, b, `"CNY",`, `"CNY", `), notProven},
		{"a leaf that is no UTF-8", replace(t, b, "wallet", "\xff"), notProven},
		{"another index of the leaf", replace(t, b, "index 0\n", "index 1\n"), notProven},
		{"swapped hashes of the leaf", swap(t, b, 3, 4), notProven},
		{"another date of the close", line(t, b, 8, reencode(t, `"date":"2026-09-01"`, `"date":"2026-09-02"`)), notProven},
		{"the receipt of a sale", b.changed(slices.Concat(proof, []byte("\n\n"), readGolden(t, "receipt.txt"))), notProven},
		{"a leaf of 5 MiB", line(t, b, 1, to(strings.Repeat("x", 5<<20))), unreadable},
		{"no receipt", b.changed(proof), unreadable},
		{"another header of a balance", replace(t, b, "balance@v1", "balance@v2"), unreadable},
		{"a line feed after a balance", b.changed(append(bytes.Clone(b.Data), '\n')), unreadable},
	}
}

func consistencyForgeries(t testing.TB) []forgery {
	t.Helper()
	c := golden(t, consistency, "consistency.txt")
	hash := strings.Split(string(c.Data), "\n")[1]
	same, later, foreign, unsigned := c, c, c, c
	same.Data = slices.Concat([]byte("old 5\n\n"), c.Old)
	later.Old = readGolden(t, "rotated.txt")
	foreign.Old = bytes.Replace(bytes.Clone(c.Old), []byte("books/1"), []byte("books/2"), 1)
	unsigned.Old = bytes.Replace(bytes.Clone(c.Old), []byte("LiIe"), []byte("LiIf"), 1)
	alone := c
	alone.Old = nil
	backwards := same
	backwards.Old, backwards.Data = readGolden(t, "checkpoint-14.txt"), slices.Concat([]byte("old 14\n\n"), c.Old)
	return []forgery{
		{"a checkpoint with itself", same, proven},
		{"a hash too many with itself", replace(t, same, "old 5\n", "old 5\n"+hash+"\n"), notProven},
		{"no earlier checkpoint", alone, unreadable},
		{"a later one as the earlier", later, notProven},
		{"backwards", backwards, notProven},
		{"an earlier one of another journal", foreign, notProven},
		{"an earlier one of another root", unsigned, notProven},
		{"another size of the earlier", replace(t, c, "old 5", "old 4"), notProven},
		{"from the beginning", replace(t, c, "old 5", "old 0"), notProven},
		{"from the beginning, without hashes", c.changed(slices.Concat([]byte("old 0\n\n"), readGolden(t, "checkpoint-14.txt"))), notProven},
		{"the first two hashes swapped", swap(t, c, 1, 2), notProven},
		{"a hash of the five less", replace(t, c, hash+"\n", ""), notProven},
		{"a hash to the five", replace(t, c, hash, hash+"\n"+hash), notProven},
		{"none of the five", c.changed(slices.Concat([]byte("old 5\n\n"), readGolden(t, "checkpoint-14.txt"))), notProven},
		{"63 hashes", replace(t, c, hash, strings.Repeat(hash+"\n", 58)+hash), notProven},
		{"64 hashes", replace(t, c, hash, strings.Repeat(hash+"\n", 59)+hash), unreadable},
		{"a leading zero of the size", replace(t, c, "old 5", "old 05"), unreadable},
		{"its QR code, which it has not", c.changed([]byte(seal.QRText(c.Data))), unreadable},
		{"a line feed after the later", c.changed(append(bytes.Clone(c.Data), '\n')), unreadable},
	}
}

func TestForgeriesOfProofs(t *testing.T) {
	t.Parallel()
	requireVerdicts(t, slices.Concat(receiptForgeries(t), balanceForgeries(t), consistencyForgeries(t)))
}
