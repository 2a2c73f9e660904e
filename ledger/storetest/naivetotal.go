package storetest

import (
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// paths returns the paths of all accounts, in order.
func (n *naive) paths() []string { return slices.Sorted(maps.Keys(n.accounts)) }

// trialBalance sums the lines by control account and currency, and counts the
// accounts, of which it looks at no others.
func (n *naive) trialBalance(s naiveSelection, counted map[string]bool) ([]ledger.Total, string) {
	debits, credits := make(map[string]int64), make(map[string]int64)
	for _, line := range n.lines {
		if s.selects(line) {
			debits[line.account] += max(line.minor, 0)
			credits[line.account] -= min(line.minor, 0)
		}
	}
	var totals []ledger.Total
	for _, path := range n.paths() {
		if !counted[path] {
			continue
		}
		account := n.accounts[path]
		i := slices.IndexFunc(totals, func(t ledger.Total) bool { return t.Control == account.Control && t.Currency == account.Currency })
		if i < 0 {
			i, totals = len(totals), append(totals, ledger.Total{Control: account.Control, Currency: account.Currency})
		}
		var fits, fit bool
		totals[i].Accounts++
		totals[i].Debits, fits = plus(totals[i].Debits, debits[path])
		totals[i].Credits, fit = plus(totals[i].Credits, credits[path])
		if !fits || !fit {
			return nil, "overflow"
		}
	}
	return totals, ""
}

// openedBy returns the accounts that were opened on the date or an earlier one;
// without a date all.
func (n *naive) openedBy(date ledger.Date) map[string]bool {
	opened := make(map[string]bool)
	for _, r := range n.journal {
		if r.kind == ledger.KindOpening && (date.IsZero() || !date.Before(r.date)) {
			for _, spec := range r.opened {
				opened[spec.Path] = true
			}
		}
	}
	return opened
}

// andMoved adds the accounts that the lines selected moved.
func (n *naive) andMoved(accounts map[string]bool, s naiveSelection) map[string]bool {
	for _, line := range n.lines {
		if s.selects(line) {
			accounts[line.account] = true
		}
	}
	return accounts
}

func (n *naive) trialBalanceAt(date ledger.Date) ([]ledger.Total, string) {
	if code := n.unclosed(date); code != "" {
		return nil, code
	}
	s := naiveSelection{to: date}
	return n.trialBalance(s, n.andMoved(n.openedBy(date), s))
}

func (n *naive) trialBalanceAsOf(seq int64) ([]ledger.Total, string) {
	if n.beyond(seq) {
		return nil, "record_unknown"
	}
	if seq == 0 {
		return nil, ""
	}
	counted := make(map[string]bool)
	if closed := n.closeBefore(seq); closed != nil {
		counted = n.openedBy(closed.date)
	}
	s := naiveSelection{until: seq}
	return n.trialBalance(s, n.andMoved(counted, s))
}

// closeBefore returns the latest close up to a position that stands and before
// which no date was reopened.
func (n *naive) closeBefore(seq int64) *naiveRecord {
	for _, r := range n.journal {
		if r.kind == ledger.KindReopen {
			seq = min(seq, r.seq)
		}
	}
	return n.latestClose(seq)
}
