package ledger

import (
	"bytes"
	"encoding/json"
)

// document reads a value that is the caller's own, in canonical form.
func (s *scanner) document() json.RawMessage {
	text := s.text
	s.value(0)
	document := text[:len(text)-len(s.text)]
	if s.err != nil || len(document) > documentBytesMax {
		s.fail("a document that is too large")
		return nil
	}
	return bytes.Clone(document)
}

func (s *scanner) value(depth int) {
	if depth > documentDepthMax {
		s.fail("a document that is nested too deep")
		return
	}
	switch {
	case s.skip(`{`):
		s.members(depth + 1)
	case s.skip(`[`):
		s.elements(depth + 1)
	case len(s.text) > 0 && s.text[0] == '"':
		s.passed()
	case s.skip("true"), s.skip("false"), s.skip("null"):
	default:
		s.number()
	}
}

// members reads an object's members, whose keys ascend.
func (s *scanner) members(depth int) {
	if s.skip(`}`) {
		return
	}
	for last, first := []byte(nil), true; ; first = false {
		key := s.passed()
		s.must(first || bytes.Compare(last, key) < 0, "keys out of order")
		last = key
		s.want(`:`)
		s.value(depth)
		if !s.skip(`,`) {
			s.want(`}`)
			return
		}
	}
}

// passed reads a string of a document, which is not kept: there may be any number.
func (s *scanner) passed() []byte {
	s.want(`"`)
	n := s.plain()
	switch {
	case s.err != nil:
		return nil
	case s.text[n] == '\\':
		return []byte(s.escaped(n))
	}
	return s.take(n + 1)[:n]
}

func (s *scanner) elements(depth int) {
	if s.skip(`]`) {
		return
	}
	for {
		s.value(depth)
		if !s.skip(`,`) {
			s.want(`]`)
			return
		}
	}
}

// number passes over a JSON number (RFC 8259, 6), which stays as it was written.
func (s *scanner) number() {
	s.skip(`-`)
	n := digits(s.text, false)
	s.must(n > 0, "not a value")
	s.take(n)
	if s.skip(`.`) {
		s.run()
	}
	if s.skip(`e`) || s.skip(`E`) {
		_ = s.skip(`+`) || s.skip(`-`)
		s.run()
	}
}

// run passes over one digit or more.
func (s *scanner) run() {
	n := 0
	for n < len(s.text) && '0' <= s.text[n] && s.text[n] <= '9' {
		n++
	}
	s.must(n > 0, "not a number")
	if s.err == nil {
		s.take(n)
	}
}
