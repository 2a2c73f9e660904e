package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

// appendClosing writes a closing as [number, path, currency, date, debits,
// credits].
func appendClosing(b []byte, c *ledger.Closing) []byte {
	line, _ := json.Marshal([]any{c.Number, c.Account, c.Currency, c.Date, c.Debits, c.Credits}) // of a written one, all always can be
	return append(b, line...)
}

// parseClosing reads a closing in the one spelling that it has.
func parseClosing(line []byte) (ledger.Closing, error) {
	var c ledger.Closing
	cells := []any{&c.Number, &c.Account, &c.Currency, &c.Date, &c.Debits, &c.Credits}
	err := json.Unmarshal(line, &cells)
	if err != nil || len(cells) != 6 || c.Number < 1 || !bytes.Equal(appendClosing(nil, &c), line) {
		return ledger.Closing{}, fmt.Errorf("%s: %w: closing %.80q", closingsEntry, ErrFormat, line)
	}
	return c, nil
}

// closings yields the closings as they lie.
func (a *Archive) closings(ctx context.Context) iter.Seq2[ledger.Closing, error] {
	return func(yield func(ledger.Closing, error) bool) {
		for line, err := range a.lines(ctx, closingsEntry, closingBytesMax) {
			var c ledger.Closing
			if err == nil {
				c, err = parseClosing(line)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func leafOf(c *ledger.Closing) hash {
	return hash(ledger.LeafHash(ledger.BalanceLine(c.Account, c.Currency, c.Debits, c.Credits)))
}
