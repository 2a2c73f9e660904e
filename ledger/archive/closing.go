package archive

import (
	"encoding/json"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// appendClosing writes a closing as [number, path, currency, date, debits,
// credits].
func appendClosing(b []byte, c *ledger.Closing) []byte {
	line, _ := json.Marshal([]any{c.Number, c.Account, c.Currency, c.Date, c.Debits, c.Credits}) // all of it always can be
	return append(b, line...)
}

func parseClosing(line []byte) (ledger.Closing, error) {
	var c ledger.Closing
	cells := []any{&c.Number, &c.Account, &c.Currency, &c.Date, &c.Debits, &c.Credits}
	if err := json.Unmarshal(line, &cells); err != nil || len(cells) != 6 {
		return ledger.Closing{}, fmt.Errorf("%w: closing %.80q", ErrFormat, line)
	}
	return c, nil
}
