package verify_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/seal"
)

// forgery is a golden file that somebody has changed.
type forgery struct {
	name string
	attempt
	want int
}

// replace returns the attempt with one text in place of another.
func replace(t testing.TB, a attempt, from, to string) attempt {
	t.Helper()
	data := strings.Replace(string(a.Data), from, to, 1)
	require.NotEqual(t, string(a.Data), data, "%q is not in it", from)
	return a.changed([]byte(data))
}

// line changes the nth line, from 0.
func line(t testing.TB, a attempt, n int, change func(string) string) attempt {
	t.Helper()
	lines := strings.Split(string(a.Data), "\n")
	before := lines[n]
	lines[n] = change(before)
	require.NotEqual(t, before, lines[n])
	return a.changed([]byte(strings.Join(lines, "\n")))
}

// swap swaps two lines.
func swap(t testing.TB, a attempt, n, m int) attempt {
	t.Helper()
	lines := strings.Split(string(a.Data), "\n")
	require.NotEqual(t, lines[n], lines[m])
	lines[n], lines[m] = lines[m], lines[n]
	return a.changed([]byte(strings.Join(lines, "\n")))
}

// resign changes the bytes of the signature in a signature line: those after the
// id of the key.
func resign(t testing.TB, change func([]byte)) func(string) string {
	return func(line string) string {
		at := strings.LastIndex(line, " ") + 1
		raw, err := base64.StdEncoding.DecodeString(line[at:])
		require.NoError(t, err)
		change(raw[4:])
		return line[:at] + base64.StdEncoding.EncodeToString(raw)
	}
}

// addOrder adds the order of Ed25519's group to S: the same signature in another
// spelling.
func addOrder(signature []byte) {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := slices.Clone(signature[32:])
	slices.Reverse(s)
	sum := order.Add(order, new(big.Int).SetBytes(s)).FillBytes(s)
	slices.Reverse(sum)
	copy(signature[32:], sum)
}

func flip(b []byte) { b[len(b)-1] ^= 0x10 }

func checkpointForgeries(t testing.TB) []forgery {
	t.Helper()
	c := golden(t, checkpoint, "checkpoint-14.txt")
	rotated := golden(t, checkpoint, "rotated.txt")
	rotated.Keys = append(rotated.Keys, readKey(t, "key-next.txt"))
	signature := strings.Split(string(c.Data), "\n")[4] + "\n"
	unknown := "\u2014 nobody AAAAAAE=\n"
	root := strings.Split(string(c.Data), "\n")[2]
	lastDigit := func(digit string) string { return root[:len(root)-2] + digit + "=" }
	other := c
	other.Keys = []string{readKey(t, "key-next.txt")}
	otherOrigin := func(line string) string { return strings.Replace(line, "books/1", "books/2", 1) }
	return []forgery{
		{"another signature", line(t, c, 4, resign(t, flip)), notProven},
		{"a signature in another spelling", line(t, c, 4, resign(t, addOrder)), notProven},
		{"another origin", line(t, c, 0, otherOrigin), notProven},
		{"another origin and signer", line(t, line(t, c, 0, otherOrigin), 4, otherOrigin), notProven},
		{"another root", line(t, c, 2, func(s string) string { return "K" + s[1:] }), notProven},
		{"another size", replace(t, c, "\n14\n", "\n15\n"), notProven},
		{"an unknown key", other, notProven},
		{"one wrong signature of two", line(t, rotated, 4, resign(t, flip)), notProven},
		{"a signature that is too short", line(t, c, 4, func(s string) string { return s[:len(s)-8] }), notProven},
		{"the signature twice", c.changed(append(bytes.Clone(c.Data), signature...)), proven},
		{"a wrong one after the right one", c.changed([]byte(string(c.Data) + resign(t, flip)(strings.TrimSpace(signature)) + "\n")), proven},
		{"a wrong one before the right one", replace(t, c, signature, resign(t, flip)(strings.TrimSpace(signature))+"\n"+signature), notProven},
		{"an unknown signer first", replace(t, c, signature, unknown+signature), proven},
		{"99 unknown signers", c.changed([]byte(string(c.Data) + strings.Repeat(unknown, 99))), proven},
		{"100 unknown signers", c.changed([]byte(string(c.Data) + strings.Repeat(unknown, 100))), unreadable},
		{"an unknown signature of four bytes", c.changed([]byte(string(c.Data) + "\u2014 nobody AAAAAA==\n")), unreadable},
		{"a signer with a space", c.changed([]byte(string(c.Data) + "\u2014 no\u00a0body AAAAAAE=\n")), unreadable},
		{"a leading zero", replace(t, c, "\n14\n", "\n014\n"), unreadable},
		{"a plus sign", replace(t, c, "\n14\n", "\n+14\n"), unreadable},
		{"a negative size", replace(t, c, "\n14\n", "\n-14\n"), unreadable},
		{"a size of 2^63", replace(t, c, "\n14\n", "\n9223372036854775808\n"), unreadable},
		{"other digits", replace(t, c, "\n14\n", "\n１４\n"), unreadable},
		{"bits that Base64 does not use", line(t, c, 2, func(string) string { return lastDigit("t") }), unreadable},
		{"Base64 without padding", line(t, c, 2, func(s string) string { return strings.TrimRight(s, "=") }), unreadable},
		{"a root of 33 bytes", line(t, c, 2, func(string) string { return strings.Repeat("A", 44) }), unreadable},
		{"an extension", replace(t, c, "\n\n", "\nmore\n\n"), unreadable},
		{"no origin", replace(t, c, "school.example/books/1\n", "\n"), unreadable},
		{"two empty lines", replace(t, c, "\n\n", "\n\n\n"), unreadable},
		{"an empty line at the end", c.changed(append(bytes.Clone(c.Data), '\n')), unreadable},
		{"carriage returns", c.changed(bytes.ReplaceAll(c.Data, []byte("\n"), []byte("\r\n"))), unreadable},
		{"no signature", c.changed([]byte(strings.SplitAfter(string(c.Data), "\n\n")[0])), unreadable},
		{"a hyphen for the dash", replace(t, c, "\u2014", "-"), unreadable},
		{"bytes that are no UTF-8", replace(t, c, "school", "sch\xff"), unreadable},
		{"nothing", c.changed([]byte{}), unreadable},
		{"more than 32 KiB", c.changed([]byte(string(c.Data) + "\u2014 nobody " + strings.Repeat("AAAA", 9000) + "\n")), unreadable},
		{"its QR code", c.changed([]byte(seal.QRText(c.Data))), unreadable},
	}
}

func witnessForgeries(t testing.TB) []forgery {
	t.Helper()
	c := golden(t, checkpoint, "cosigned.txt")
	c.Witnesses = []string{readKey(t, "witness.txt")}
	missing, mistyped, stranger, typed := c, c, c, c
	missing.Data = readGolden(t, "checkpoint-14.txt")
	mistyped.Witnesses = []string{strings.Replace(c.Witnesses[0], "+19fc", "+19fd", 1)}
	stranger.Witnesses = []string{c.Witnesses[0], readKey(t, "key-next.txt")}
	typed.Witnesses = []string{cosignatureKey(t, c.Witnesses[0])}
	asLog := c
	asLog.Keys, asLog.Witnesses = []string{typed.Witnesses[0]}, nil
	witnessOnly := c
	witnessOnly.Keys = []string{readKey(t, "key-next.txt")}
	return []forgery{
		{"as it is", c, proven},
		{"the witness's key as one of cosignatures", typed, proven},
		{"a key of cosignatures as the journal's", asLog, unreadable},
		{"no cosignature", missing, notProven},
		{"a witness more", stranger, notProven},
		{"only the witness has signed", witnessOnly, notProven},
		{"another time", line(t, c, 5, resign(t, func(b []byte) { b[7]++ })), notProven},
		{"another cosignature", line(t, c, 5, resign(t, flip)), notProven},
		{"a short cosignature", line(t, c, 5, func(s string) string { return s[:len(s)-4] }), notProven},
		{"a mistyped key", mistyped, unreadable},
	}
}

// keyForgeries spoil the public key.
func keyForgeries(t testing.TB) (list []forgery) {
	t.Helper()
	good := golden(t, checkpoint, "checkpoint-14.txt")
	key := good.Keys[0]
	for name, text := range map[string]string{
		"nothing": "", "a word": "school", "another id": strings.Replace(key, "+363e", "+363f", 1),
		"another name": "x" + key, "a space": strings.Replace(key, "school", "sch ool", 1), "cut": key[:len(key)-4],
		"no key": key[:strings.LastIndex(key, "+")+1], "a plus": key + "+",
	} {
		spoiled := good
		spoiled.Keys = []string{text}
		list = append(list, forgery{fmt.Sprintf("a public key of %s", name), spoiled, unreadable})
	}
	return list
}

func TestForgeriesOfCheckpoints(t *testing.T) {
	t.Parallel()
	requireVerdicts(t, slices.Concat(checkpointForgeries(t), witnessForgeries(t), keyForgeries(t)))
}

// requireVerdicts checks the verdicts of Go and of Python on each forgery.
func requireVerdicts(t *testing.T, forgeries []forgery) {
	t.Helper()
	attempts := make([]attempt, len(forgeries))
	for i := range forgeries {
		attempts[i] = forgeries[i].attempt
	}
	codes := inPython(t, attempts)
	for i, f := range forgeries {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, f.want, inGo(t, &f.attempt), "the verdict of Go")
			require.Equal(t, f.want, codes[i], "the verdict of Python")
		})
	}
}
