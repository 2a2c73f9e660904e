package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/campusledger/campusledger/ledger/money"
)

// Age is what is open on an account, by how long it has been due.
type Age struct {
	Account string // its path
	// Open is the balance, seen from the account's own side; more than zero.
	Open money.Amount
	// NotDue is the part that is due on the day of the report or later, or
	// that has no due date.
	NotDue money.Amount
	// Overdue are the parts by days overdue, one for each step of the report
	// and one beyond the last: with steps 30 and 60, 1 to 30 days, 31 to 60,
	// more. Together with NotDue they are Open.
	Overdue []money.Amount
}

// Ageing yields, for each account whose path begins with the prefix and that
// has an open balance now, how long the parts of it have been due on a date:
// arrears and receivables by due date. What came in settles what is due first,
// and of that the oldest entry first. An entry is due on its record's Due,
// without one on its business date. steps are days, rising, such as 30, 60, 90.
//
// Accounts come in the byte order of their paths. All entries of an account
// with an open balance are read; those on its own side take memory meanwhile.
func (b *Book) Ageing(ctx context.Context, prefix string, on Date, steps ...int) iter.Seq2[Age, error] {
	return func(yield func(Age, error) bool) {
		if err := checkSteps(on, steps); err != nil {
			yield(Age{}, err)
			return
		}
		filter, cursor := AccountFilter{Prefix: prefix}, ""
		for {
			page, err := b.AccountPage(ctx, filter, cursor, accountsMax)
			if err != nil {
				yield(Age{}, err)
				return
			}
			for i := range page.Accounts {
				account := &page.Accounts[i]
				if account.Balance().Sign() <= 0 {
					continue
				}
				age, err := b.age(ctx, account, on, steps)
				if !yield(age, err) || err != nil {
					return
				}
			}
			if cursor = page.Next; cursor == "" {
				return
			}
		}
	}
}

func checkSteps(on Date, steps []int) error {
	if on.IsZero() {
		return &InvalidError{Field: "on", Problem: "is missing"}
	}
	for i, days := range steps {
		if days < 1 || i > 0 && days <= steps[i-1] {
			return &InvalidError{Field: fmt.Sprintf("steps[%d]", i), Problem: fmt.Sprintf("%d: want rising numbers of days", days)}
		}
	}
	return nil
}

// debt is an entry on the account's own side.
type debt struct {
	due   Date
	minor int64
}

func (b *Book) age(ctx context.Context, account *Account, on Date, steps []int) (Age, error) {
	var debts []debt // the newest first
	query := EntryQuery{Account: account.Path, Before: account.LastSeq + 1}
	for entry, err := range Entries(ctx, b.reader, b.id, query) {
		if err != nil {
			return Age{}, err
		}
		if minor := int64(account.Side) * entry.Amount.Minor(); minor > 0 {
			debts = append(debts, debt{due: dueOf(&entry), minor: minor})
		}
	}
	slices.SortStableFunc(debts, func(x, y debt) int { return y.due.Compare(x.due) })
	open := account.Balance().Minor()
	parts := make([]int64, len(steps)+2) // not due, then the steps, then beyond
	for _, d := range debts {            // what is due last is what is still open
		part := min(d.minor, open)
		parts[bucket(d.due, on, steps)] += part
		open -= part
	}
	if open != 0 {
		return Age{}, fmt.Errorf("account %s: %w: its entries sum to less than its balance", account.Path, ErrCorrupt)
	}
	age := Age{Account: account.Path, Open: account.Balance(), NotDue: money.Of(parts[0], account.Currency)}
	for _, part := range parts[1:] {
		age.Overdue = append(age.Overdue, money.Of(part, account.Currency))
	}
	return age, nil
}

func dueOf(entry *Entry) Date {
	if entry.Due.IsZero() {
		return entry.Date
	}
	return entry.Due
}

// bucket returns the part of the report that a due date belongs to.
func bucket(due, on Date, steps []int) int {
	days := int(on.Time().Sub(due.Time()).Hours() / 24)
	if days <= 0 {
		return 0
	}
	for i, step := range steps {
		if days <= step {
			return i + 1
		}
	}
	return len(steps) + 1
}
