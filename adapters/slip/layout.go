package slip

import "strings"

// paper is what rows are laid out on: cells of a printer's font, or dots.
type paper struct {
	width   int
	measure func(text string) int
}

// span is a text at a place of its line.
type span struct {
	x    int
	text string
}

// line is one line on paper. A line without spans is a rule across.
type line []span

// lay breaks rows into lines.
func (p paper) lay(rows []row) []line {
	var lines []line
	for _, r := range rows {
		switch {
		case r.rule:
			lines = append(lines, nil)
		case r.center:
			for _, text := range p.wrap(r.left) {
				lines = append(lines, line{{(p.width - p.measure(text)) / 2, text}})
			}
		default:
			lines = append(lines, p.layPair(r)...)
		}
	}
	return lines
}

// layPair puts the right text behind the last line of the left one, or below it
// if there is no room.
func (p paper) layPair(r row) []line {
	var lines []line
	for _, text := range p.wrap(r.left) {
		lines = append(lines, line{{0, text}})
	}
	if r.right == "" {
		return lines
	}
	right := span{p.width - p.measure(r.right), r.right}
	last := len(lines) - 1
	if end := p.measure(lines[last][0].text + " "); end > right.x {
		return append(lines, line{right})
	}
	lines[last] = append(lines[last], right)
	return lines
}

// wrap breaks a text where the paper ends, between any two characters as Chinese
// is. There is always one line.
func (p paper) wrap(text string) []string {
	var lines []string
	begin := 0
	for i, r := range text {
		if i > begin && p.measure(text[begin:i]+string(r)) > p.width {
			lines = append(lines, text[begin:i])
			begin = i
		}
	}
	return append(lines, text[begin:])
}

// columns are the cells of a line in a printer's own font: 12 dots each, a Chinese
// character takes two.
const columns = widthDots / 12

func cells(text string) (n int) {
	for _, r := range text {
		if n++; r > '~' {
			n++
		}
	}
	return n
}

// text returns a line as characters.
func (l line) text() string {
	if l == nil {
		return strings.Repeat("-", columns)
	}
	var b strings.Builder
	at := 0
	for _, s := range l {
		b.WriteString(strings.Repeat(" ", max(s.x-at, 0)))
		b.WriteString(s.text)
		at = s.x + cells(s.text)
	}
	return b.String()
}

// Text returns what is printed above the QR code, in lines of at most 48 cells.
func (s *Slip) Text() string {
	var b strings.Builder
	for _, l := range (paper{columns, cells}).lay(s.rows) {
		b.WriteString(l.text() + "\n")
	}
	return b.String()
}
