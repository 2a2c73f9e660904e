package voucher

import (
	_ "embed" // for the words
	"encoding/csv"
	"fmt"
	"strings"
	"unicode"
)

// kindsFile names kinds of transaction as abstracts do. It is a part of the
// formats: a word that is changed here changes what was exported before.
//
//go:embed kinds.csv
var kindsFile string

var kindNames = mustKinds(kindsFile)

// mustKinds reads the embedded file, which a test reads too.
func mustKinds(file string) map[string]string {
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("voucher: kinds.csv: %v", err))
	}
	names := make(map[string]string, len(rows))
	for _, row := range rows[1:] {
		names[row[0]] = row[1]
	}
	return names
}

// Abstract returns the line's text (摘要) in at most so many bytes of GBK, 2 for
// each Chinese character: what happened, and where to look it up, such as
// "消费、冲销 记录12-890共13笔". The records are always named; of kinds too
// many for the space, the first ones.
func (l Line) Abstract(bytesMax int) string {
	where := fmt.Sprintf("记录%d-%d共%d笔", l.First, l.Last, l.Records)
	if l.Records == 1 {
		where = fmt.Sprintf("记录%d", l.First)
	}
	space := bytesMax - gbkBytes(where) - len(" ")
	words := make([]string, len(l.Kinds))
	for i, kind := range l.Kinds {
		words[i] = kind
		if name, known := kindNames[kind]; known {
			words[i] = name
		}
	}
	return strings.TrimSpace(join(words, space) + " " + where)
}

// join lists words in at most so many bytes of GBK, and says so if it leaves any
// out.
func join(words []string, bytesMax int) string {
	const comma, more = "、", "等"
	list := strings.Join(words, comma)
	for n := len(words) - 1; gbkBytes(list) > bytesMax; n-- {
		if n == 0 {
			return cut(words[0], bytesMax-gbkBytes(more)) + more
		}
		list = strings.Join(words[:n], comma) + more
	}
	return list
}

// cut returns the longest beginning of a text that has at most so many bytes of
// GBK. It never divides a character.
func cut(text string, bytesMax int) string {
	bytes := 0
	for i, r := range text {
		if bytes += gbkBytes(string(r)); bytes > bytesMax {
			return text[:i]
		}
	}
	return text
}

// gbkBytes is how many bytes a text has in GBK: 1 for ASCII, else 2.
func gbkBytes(text string) int {
	bytes := 0
	for _, r := range text {
		bytes++
		if r > unicode.MaxASCII {
			bytes++
		}
	}
	return bytes
}

// breaks reports whether a character would end a field or a line of a text.
func breaks(r rune) bool {
	return r == ',' || r == '"' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// oneLine keeps a text on its line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if breaks(r) && r != ',' && r != '"' {
			return ' '
		}
		return r
	}, text)
}
