package ledger

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// scanner reads values in their canonical form. As each has exactly one
// spelling, it looks for that and takes no other, so that what was read need
// not be written again to be compared. After the first fault nothing is read
// any more; what is returned then means nothing.
type scanner struct {
	text []byte // yet to be read
	err  error
	// Texts are parts of whole, which is what text was at first, or taken
	// from names if there are any.
	whole string
	names map[string]string
}

func newScanner(text string) *scanner { return &scanner{text: []byte(text), whole: text} }

// namesMax is how many texts are known at once, and nameBytesKept how long one
// may be: as long as a path. What a parser keeps is bounded by the two.
const (
	namesMax      = 1 << 14
	nameBytesKept = pathBytesMax
)

// keep returns the first n bytes yet to be read as a text.
func (s *scanner) keep(n int) string {
	if s.names == nil {
		from := len(s.whole) - len(s.text)
		return s.whole[from : from+n]
	}
	if n > nameBytesKept {
		return string(s.text[:n])
	}
	if known, ok := s.names[string(s.text[:n])]; ok {
		return known
	}
	if len(s.names) == namesMax {
		clear(s.names)
	}
	name := string(s.text[:n])
	s.names[name] = name
	return name
}

func (s *scanner) fail(problem string) {
	if s.err == nil {
		s.err = fmt.Errorf("%s before the last %d bytes", problem, len(s.text))
		s.text = nil
	}
}

// end returns the first fault. What was read must be all there is.
func (s *scanner) end() error {
	s.must(len(s.text) == 0, "more than one value")
	return s.err
}

func (s *scanner) must(holds bool, problem string) {
	if !holds {
		s.fail(problem)
	}
}

// skip passes over the token if it comes next.
func (s *scanner) skip(token string) bool {
	ok := len(s.text) >= len(token) && string(s.text[:len(token)]) == token
	if ok {
		s.text = s.text[len(token):]
	}
	return ok
}

func (s *scanner) want(token string) {
	if !s.skip(token) {
		s.fail("not " + token)
	}
}

// take returns the next n bytes.
func (s *scanner) take(n int) []byte {
	taken := s.text[:n]
	s.text = s.text[n:]
	return taken
}

// listOf reads a list: one that is empty is left out of a record.
func listOf[T any](s *scanner, one func() T) []T {
	list := make([]T, 0, 4)
	s.want(`[`)
	for {
		list = append(list, one())
		if !s.skip(`,`) {
			s.want(`]`)
			return list
		}
	}
}

// part reads a text behind its key, "" if the key does not come next.
func (s *scanner) part(key string) string {
	if !s.skip(key) {
		return ""
	}
	return s.some()
}

// some reads a text that is not empty: else it would have been left out.
func (s *scanner) some() string {
	text := s.string()
	s.must(text != "", "an empty text")
	return text
}

// string reads a string as appendString writes it.
func (s *scanner) string() string {
	s.want(`"`)
	n := s.plain()
	switch {
	case s.err != nil:
		return ""
	case s.text[n] == '\\':
		return s.escaped(n)
	}
	text := s.keep(n)
	s.take(n + 1)
	return text
}

// plain returns how many bytes come before a string's first escape or its end.
func (s *scanner) plain() int {
	for i := 0; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"', c == '\\':
			return i
		case c < ' ':
			s.fail("a control character")
			return 0
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(s.text[i:])
			if r == utf8.RuneError && size == 1 {
				s.fail("no UTF-8")
				return 0
			}
			i += size - 1
		}
	}
	s.fail("a text without end")
	return 0
}

// escaped reads on where an escape comes after n plain bytes.
func (s *scanner) escaped(n int) string {
	text := bytes.Clone(s.take(n))
	for s.skip(`\`) {
		text = append(text, s.escape())
		plain := s.take(max(0, bytes.IndexAny(s.text, `"\`)))
		control := bytes.ContainsFunc(plain, func(r rune) bool { return r < ' ' })
		s.must(!control && utf8.Valid(plain), "a control character, or no UTF-8")
		text = append(text, plain...)
	}
	s.want(`"`)
	return string(text)
}

// escape reads an escape behind its backslash: the only one that the character
// has.
func (s *scanner) escape() byte {
	const short, meaning = `"\btnfr`, "\"\\\b\t\n\f\r"
	if len(s.text) == 0 {
		return 0
	}
	if i := strings.IndexByte(short, s.text[0]); i >= 0 {
		s.take(1)
		return meaning[i]
	}
	if !bytes.HasPrefix(s.text, []byte("u00")) || len(s.text) < 5 {
		s.fail("an unknown escape")
		return 0
	}
	c, err := strconv.ParseUint(string(s.text[3:5]), 16, 8)
	if err != nil || c >= ' ' || string(appendASCII(nil, byte(c))) != `\`+string(s.take(5)) {
		s.fail("an escape that is not the shortest")
	}
	return byte(c)
}

// int reads an integer: no plus, no leading zeros.
func (s *scanner) int() int64 {
	n := digits(s.text, len(s.text) > 0 && s.text[0] == '-')
	number, err := strconv.ParseInt(string(s.take(n)), 10, 64)
	s.must(err == nil, "not a number")
	return number
}

// digits returns the length of the integer that the text begins with, 0 if it
// begins with none that is written as it should be.
func digits(text []byte, negative bool) int {
	first := 0
	if negative {
		first = 1
	}
	n := first
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	zero := n > first && text[first] == '0'
	if n == first || zero && (negative || n > 1) {
		return 0
	}
	return n
}

func (s *scanner) currency() money.Currency {
	currency, err := money.ParseCurrency(string(s.code(3)))
	s.must(err == nil, "an unknown currency")
	return currency
}

// code returns a string of n bytes that needs no escapes, nothing if the next is
// another. It is not kept.
func (s *scanner) code(n int) []byte {
	if len(s.text) < n+2 || s.text[0] != '"' || s.text[n+1] != '"' {
		return nil
	}
	return s.take(n + 2)[1 : n+1]
}

func (s *scanner) side() Side {
	switch s.string() {
	case DebitSide.String():
		return DebitSide
	case CreditSide.String():
		return CreditSide
	}
	s.fail("an unknown side")
	return 0
}

func (s *scanner) id() uuid.UUID {
	var spelled [36]byte
	text := s.code(len(spelled))
	id, err := uuid.ParseBytes(text)
	s.must(err == nil && bytes.Equal(appendUUID(spelled[:0], id), text), "not an id")
	return id
}

// date reads a date: none is left out.
func (s *scanner) date() Date {
	text := s.code(len(time.DateOnly))
	if text == nil {
		s.fail("not a date")
		return Date{}
	}
	date, ok := dateOf(text)
	s.must(ok && !date.IsZero() && date.year > 0, "not a date")
	return date
}

// dateOf reads the date that a text begins with, also one of the year 0.
func dateOf(text []byte) (Date, bool) {
	year, ok1 := number(text[0:4])
	month, ok2 := number(text[5:7])
	day, ok3 := number(text[8:10])
	ok := ok1 && ok2 && ok3 && text[4] == '-' && text[7] == '-' && 1 <= month && month <= 12 && 1 <= day
	if !ok || day > 28 && time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return Date{}, false
	}
	return Date{year: int16(year), month: int8(month), day: int8(day)}, true
}

// number reads decimal digits.
func number(text []byte) (n int, ok bool) {
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// time reads a time as atLayout writes it.
func (s *scanner) time() time.Time {
	text := s.code(len(atLayout))
	if text == nil {
		s.fail("not a time")
		return time.Time{}
	}
	date, ok := dateOf(text)
	hour, ok1 := number(text[11:13])
	minute, ok2 := number(text[14:16])
	second, ok3 := number(text[17:19])
	micro, ok4 := number(text[20:26])
	marks := text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == '.' && text[26] == 'Z'
	s.must(ok && ok1 && ok2 && ok3 && ok4 && marks && hour < 24 && minute < 60 && second < 60, "not a time")
	return time.Date(int(date.year), time.Month(date.month), int(date.day), hour, minute, second, micro*1000, time.UTC)
}
