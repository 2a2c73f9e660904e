package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func readCSV(content []byte) ([]table, error) {
	text, err := decodeText(content)
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = separator(text)
	reader.FieldsPerRecord = -1
	var rows []row
	var position rowCounter
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return []table{{rows: rows}}, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		line, _ := reader.FieldPos(0)
		r := row{number: position.next(line, record), cells: make([]cell, len(record))}
		for i, field := range record {
			r.cells[i] = cell{text: field}
		}
		if rows, err = appendRow(rows, r); err != nil {
			return nil, err
		}
	}
}

// csvError keeps the position. The reader's errors quote no content.
func csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return &FileError{Row: parse.Line, Err: fmt.Errorf("%w: %w", ErrFormat, parse.Err)}
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// rowCounter numbers records as a spreadsheet program would: an empty line is
// a row, a line break inside quotes is none.
type rowCounter struct {
	row, lineEnd int
}

func (c *rowCounter) next(line int, record []string) int {
	c.row += line - c.lineEnd
	c.lineEnd = line
	for _, field := range record {
		c.lineEnd += strings.Count(field, "\n")
	}
	return c.row
}

// separator is the one of comma, tab and semicolon that is most frequent at
// the beginning.
func separator(text string) rune {
	head := text[:min(len(text), 4096)]
	best, count := ',', strings.Count(head, ",")
	for _, candidate := range []rune{'\t', ';'} {
		if n := strings.Count(head, string(candidate)); n > count {
			best, count = candidate, n
		}
	}
	return best
}

// decodeText recognises the encodings Chinese spreadsheet programs write.
func decodeText(content []byte) (string, error) {
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	switch {
	case bytes.HasPrefix(content, []byte("\xFF\xFE")), bytes.HasPrefix(content, []byte("\xFE\xFF")):
		return strict(utf16.NewDecoder().Bytes(content))
	case utf8.Valid(content):
		return strict(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF")), nil)
	default:
		return strict(simplifiedchinese.GB18030.NewDecoder().Bytes(content))
	}
}

// strict refuses what a decoder had to replace, and control characters, which
// no spreadsheet program writes but every binary file has.
func strict(decoded []byte, err error) (string, error) {
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return "", ErrEncoding
	}
	binary := bytes.IndexFunc(decoded, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' })
	if binary >= 0 {
		return "", ErrFormat
	}
	return string(decoded), nil
}
