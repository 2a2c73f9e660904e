package storetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// closes returns the closes of a date, the last one last.
func (n *naive) closes(date ledger.Date) []*naiveRecord {
	var closes []*naiveRecord
	for _, r := range n.journal {
		if r.kind == ledger.KindDayClose && r.date == date {
			closes = append(closes, r)
		}
	}
	return closes
}

// latestClose returns the latest close that stands and is not after the
// position, nil for none.
func (n *naive) latestClose(seq int64) *naiveRecord {
	var latest *naiveRecord
	for _, r := range n.journal[:seq] {
		if r.kind == ledger.KindDayClose && !r.reopened {
			latest = r
		}
	}
	return latest
}

func (n *naive) closeDay(c ledger.DayClose) naiveAnswer {
	if c.Date.IsZero() || !c.Next.IsZero() && !c.Date.Before(c.Next) {
		return refuse("invalid")
	}
	closes := n.closes(c.Date)
	if last := len(closes) - 1; last >= 0 && !closes[last].reopened {
		return closes[last].replay(c.Next.IsZero() || c.Next == closes[last].next)
	}
	if code := n.misdated(c.Date); code != "" {
		return refuse(code)
	}
	next := c.Next
	if next.IsZero() {
		next = c.Date.AddDays(1)
	}
	if n.passesOver(c.Date, next) {
		return refuse("invalid")
	}
	key := []string{"ledger", "close", c.Date.String()}
	if len(closes) > 0 {
		key = append(key, fmt.Sprint(len(closes)+1))
	}
	answer := n.write(&naiveRecord{
		id: ledger.KeyID(key...), kind: ledger.KindDayClose, request: c, next: next, balances: n.commitment(c.Date),
	})
	n.open = next
	return answer
}

// commitment returns what a close of the date says of all accounts.
func (n *naive) commitment(date ledger.Date) *ledger.Balances {
	totals := make(map[string]ledger.Closing)
	for path, a := range n.accounts {
		totals[path] = ledger.Closing{Account: path, Number: a.number, Currency: a.Currency}
	}
	for _, line := range n.lines {
		if total := totals[line.account]; !date.Before(line.record.date) {
			total.Debits, total.Credits = total.Debits+max(line.minor, 0), total.Credits-min(line.minor, 0)
			totals[line.account] = total
		}
	}
	return naiveCommitment(naiveBalances(slices.Collect(maps.Values(totals))))
}

// passesOver reports whether something was posted on a date between two, before
// the first of them was reopened.
func (n *naive) passesOver(date, next ledger.Date) bool {
	for _, r := range n.journal {
		if date.Before(r.date) && r.date.Before(next) && len(r.lines) > 0 {
			return true
		}
	}
	return false
}

func (n *naive) reopen(r ledger.Reopen) naiveAnswer {
	if r.Date.IsZero() || r.By == "" || r.Why == "" {
		return refuse("invalid")
	}
	closes := n.closes(r.Date)
	if len(closes) == 0 {
		return refuse("close_not_latest")
	}
	closed := closes[len(closes)-1]
	id := reopeningOf(closed.id)
	if earlier, ok := n.ids[id]; ok {
		return earlier.replay(earlier.request == r)
	}
	if closed != n.latestClose(int64(len(n.journal))) {
		return refuse("close_not_latest")
	}
	answer := n.write(&naiveRecord{id: id, kind: ledger.KindReopen, request: r, of: closed.id})
	closed.reopened = true
	n.open = r.Date
	return answer
}

func reopeningOf(closed uuid.UUID) uuid.UUID {
	return ledger.KeyID("ledger", "reopen", closed.String())
}
