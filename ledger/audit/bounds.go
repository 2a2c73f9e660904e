package audit

import (
	"math"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// The bounds of FORMAT.md, in bytes and elements. The ledger has its own.
const (
	pathMax      = 128
	kindMax      = 64
	controlMax   = 32
	limitNameMax = 64
	byMax        = 128
	nameMax      = 128
	whyMax       = 512
	metaMax      = 4096
	elementsMax  = 1000
	limitsMax    = 16
)

// isNamed reports whether a text is a name of at most so many bytes.
func isNamed(text string, most int) bool {
	if text == "" || len(text) > most {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !isLower(c) && !isMark(c) && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isMark(c byte) bool { return '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-' }

// isKind reports whether a text has the form of a kind, also of the ledger's own.
func isKind(text string) bool {
	if text == "" || len(text) > kindMax || !isLower(text[0]) {
		return false
	}
	for i := range len(text) {
		if !isLower(text[i]) && !isMark(text[i]) {
			return false
		}
	}
	return true
}

// isPath reports whether a text has the form of an account's path.
func isPath(text string) bool {
	if len(text) > pathMax {
		return false
	}
	for segment := range strings.SplitSeq(text, "/") {
		if !isNamed(segment, pathMax) {
			return false
		}
	}
	return true
}

// checkTexts checks what people wrote.
func (a *auditor) checkTexts(r *ledger.Record) {
	check := func(part, text string, most int) {
		if len(text) > most || strings.IndexByte(text, 0) >= 0 {
			a.find(CodeRecordShape, recordPart(r.Seq, part), "has %d bytes, but at most %d are allowed, and none is zero", len(text), most)
		}
	}
	check("by", r.By, byMax)
	check("name", r.Name, nameMax)
	check("why", r.Why, whyMax)
}

// checkLines checks that no number is smaller than the smallest there is. All
// else of lines follows from their accounts.
func (a *auditor) checkLines(r *ledger.Record) {
	for part, lines := range [2][]ledger.Line{r.Lines, r.Held} {
		for i := range lines {
			if lines[i].Amount.Minor() == math.MinInt64 || lines[i].Balance.Minor() == math.MinInt64 {
				a.find(CodeRecordShape, recordPart(r.Seq, [2]string{"lines", "held"}[part]).at(i), "has a number that none can have")
			}
		}
	}
}
