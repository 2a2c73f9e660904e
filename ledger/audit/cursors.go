package audit

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger"
)

// consumerBytesMax is how long a consumer's name may be.
const consumerBytesMax = 128

// compareCursors checks that no consumer is where it cannot be.
func (a *auditor) compareCursors(ctx context.Context) error {
	if a.rows == nil {
		return nil
	}
	seen := map[string]bool{}
	for c, err := range a.rows.CursorRows(ctx, a.book) {
		if errors.Is(err, ledger.ErrCorrupt) {
			a.find(CodeCursorInvalid, row{table: "cursor"}, "a row cannot be read, and neither can what follows: %v", err)
			return nil
		}
		if err != nil {
			return err
		}
		a.report.Cursors++
		at := row{table: "cursor", key: "consumer=" + strings.ToValidUTF8(c.Consumer, "\uFFFD")}
		switch {
		case c.Consumer == "" || len(c.Consumer) > consumerBytesMax || !utf8.ValidString(c.Consumer) || strings.ContainsRune(c.Consumer, 0):
			a.find(CodeCursorInvalid, at.in("consumer"), "is no name that a consumer can have")
		case seen[c.Consumer]:
			a.find(CodeCursorInvalid, at, "another row is of the same consumer")
		}
		seen[c.Consumer] = true
		switch {
		case c.Seq < 0:
			a.find(CodeCursorInvalid, at.in("seq"), "%d is no position", c.Seq)
		case c.Seq > a.last:
			a.find(CodeCursorBeyond, at.in("seq"), "is at %d, but the head at %d: the consumer saw records that are no more", c.Seq, a.last)
		}
	}
	return nil
}
