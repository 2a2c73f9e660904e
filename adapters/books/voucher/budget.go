package voucher

import (
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// budgetEntry is an amount of a budget subject, debit positive.
type budgetEntry struct {
	subject Subject
	minor   int64
}

// budgetEntries returns the parallel entries of a record (平行记账), none if it
// moved no money of the school's own.
//
// The budget is kept on a cash basis. All cash is either held for others or the
// school's, and a record balances: so what the lines of own accounts sum to is
// what left the school's cash. Each of these lines is therefore posted to the
// budget subject of its account, on its own side, and the other side of their
// sum to the pool. A bill that is only made out moves no cash: its receivable
// and its income have the same budget subject, which sums to nothing.
func (r *reading) budgetEntries(record *ledger.Record) ([]budgetEntry, error) {
	var entries []budgetEntry
	var left int64   // of the school's cash
	accrual := false // an account of the balance sheet is among them
	for i := range record.Lines {
		line := &record.Lines[i]
		rule := r.ruleOf(line)
		if rule == nil || rule.Nature != Own {
			continue
		}
		subject := rule.budget()
		at := slices.IndexFunc(entries, func(e budgetEntry) bool { return e.subject.Code == subject.Code })
		if at < 0 {
			at = len(entries)
			entries = append(entries, budgetEntry{subject: subject})
		}
		var ok, okLeft bool
		entries[at].minor, ok = addMinor(entries[at].minor, line.Amount.Minor())
		left, okLeft = addMinor(left, line.Amount.Minor())
		if !ok || !okLeft {
			return nil, ledger.ErrOverflow
		}
		accrual = accrual || rule.Code[0] < '4'
	}
	entries = slices.DeleteFunc(entries, func(e budgetEntry) bool { return e.minor == 0 })
	switch {
	case left != 0:
		return append(entries, budgetEntry{subject: r.mapping.pool.subject(), minor: -left}), nil
	case accrual && len(entries) > 0:
		return nil, ErrBudget
	}
	return entries, nil
}

// ruleOf returns the rule of a line that moved something; nil if it did not.
func (r *reading) ruleOf(line *ledger.Line) *Rule {
	if line.Amount.IsZero() {
		return nil
	}
	return r.accounts[line.Account].rule
}

// addMinor adds and reports whether the sum fits.
func addMinor(x, y int64) (int64, bool) {
	sum := x + y
	return sum, (sum > x) == (y > 0)
}
