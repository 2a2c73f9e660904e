package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

const (
	documentBytesMax = 64 << 10
	documentDepthMax = 64
)

// canonicalDocument returns the JSON value without white space, keys sorted by
// their bytes, strings with the fewest escapes, numbers as written. Keys given
// twice are refused: programs disagree on what they mean.
func canonicalDocument(document []byte) ([]byte, error) {
	if len(document) == 0 {
		return nil, nil
	}
	if len(document) > documentBytesMax {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(document), documentBytesMax)
	}
	if isCanonical(document) { // the rule: programs write what they wrote before
		return bytes.Clone(document), nil
	}
	if !utf8.Valid(document) {
		return nil, fmt.Errorf("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	out, err := appendValue(make([]byte, 0, len(document)), decoder, 0)
	if err != nil {
		return nil, fmt.Errorf("at byte %d: %w", decoder.InputOffset(), err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value")
	}
	if len(out) > documentBytesMax {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(out), documentBytesMax)
	}
	return out, nil
}

// isCanonical reports whether the bytes are a value in canonical form.
func isCanonical(document []byte) bool {
	s := scanner{text: document}
	s.value(0)
	return s.end() == nil
}

func appendValue(b []byte, decoder *json.Decoder, depth int) ([]byte, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	if depth > documentDepthMax {
		return nil, fmt.Errorf("nested deeper than %d", documentDepthMax)
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return appendObject(b, decoder, depth+1)
		}
		return appendArray(b, decoder, depth+1)
	case string:
		return appendString(b, v), nil
	case json.Number:
		return append(b, v...), nil
	case bool:
		if v {
			return append(b, "true"...), nil
		}
		return append(b, "false"...), nil
	default:
		return append(b, "null"...), nil
	}
}

func appendArray(b []byte, decoder *json.Decoder, depth int) ([]byte, error) {
	b = append(b, '[')
	for i := 0; decoder.More(); i++ {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, decoder, depth); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return append(b, ']'), err
}

// member is an object's key and its encoded value.
type member struct {
	key   string
	value []byte
}

func appendObject(b []byte, decoder *json.Decoder, depth int) ([]byte, error) {
	var members []member
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := appendValue(nil, decoder, depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member{key: key.(string), value: value})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	slices.SortFunc(members, func(x, y member) int { return bytes.Compare([]byte(x.key), []byte(y.key)) })
	b = append(b, '{')
	for i, m := range members {
		if i > 0 {
			if members[i-1].key == m.key {
				return nil, fmt.Errorf("key %.40q is given twice", m.key)
			}
			b = append(b, ',')
		}
		b = appendString(b, m.key)
		b = append(b, ':')
		b = append(b, m.value...)
	}
	return append(b, '}'), nil
}
