package sheet

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
	"unicode"
)

type csvWriter struct {
	out  *csv.Writer
	line []string
}

func newCSV(w io.Writer, withMark bool) (*csvWriter, error) {
	buffered := bufio.NewWriterSize(w, 64<<10)
	if withMark {
		if _, err := buffered.WriteString("\uFEFF"); err != nil {
			return nil, err
		}
	}
	out := csv.NewWriter(buffered) // which takes the buffer as its own
	out.UseCRLF = true
	return &csvWriter{out: out}, nil
}

func (c *csvWriter) row(cells ...cell) error {
	c.line = c.line[:0]
	for _, one := range cells {
		if one.decimal != "" {
			c.line = append(c.line, one.decimal)
			continue
		}
		c.line = append(c.line, harmless(one.text))
	}
	return c.out.Write(c.line)
}

func (c *csvWriter) end() error {
	c.out.Flush()
	return c.out.Error()
}

// harmless returns a text that no spreadsheet program takes for a formula, also
// where it turns full-width signs into their plain forms or drops blanks: with an
// apostrophe before it (OWASP, CSV injection). Line breaks become blanks.
func harmless(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	if strings.ContainsAny(firstOf(strings.TrimSpace(text)), "=+-@＝＋－＠") {
		return "'" + text
	}
	return text
}

func firstOf(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}
