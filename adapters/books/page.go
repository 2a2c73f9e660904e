package books

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// page is a text under way.
type page struct {
	out *bufio.Writer // fails for good once it failed
	err error
}

func newPage(w io.Writer) page { return page{out: bufio.NewWriterSize(w, 64<<10)} }

func (p *page) printf(format string, values ...any) {
	_, p.err = fmt.Fprintf(p.out, format, values...)
}

// oneLine keeps a caller's text from ending its line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}
