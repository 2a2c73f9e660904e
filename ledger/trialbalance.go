package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger/money"
)

// Total sums the accounts of one control account in one currency.
type Total struct {
	Control         string         // the control account
	Currency        money.Currency // of the accounts
	Accounts        int            // how many were summed
	Debits, Credits int64          // minor units
}

// Balance returns debits minus credits.
func (t Total) Balance() money.Amount { return money.Of(t.Debits-t.Credits, t.Currency) }

// totals collects totals in the order in which their accounts come.
type totals struct {
	list  []Total
	index map[totalKey]int
}

type totalKey struct {
	control  string
	currency money.Currency
}

// add adds an account, or to an account.
func (t *totals) add(key totalKey, accounts int, debits, credits int64) error {
	if t.index == nil {
		t.index = make(map[totalKey]int)
	}
	i, ok := t.index[key]
	if !ok {
		i = len(t.list)
		t.index[key] = i
		t.list = append(t.list, Total{Control: key.control, Currency: key.currency})
	}
	sum := &t.list[i]
	sum.Accounts += accounts
	sum.Debits += debits
	sum.Credits += credits
	if sum.Debits < 0 || sum.Credits < 0 {
		return fmt.Errorf("control account %s: %w", key.control, ErrOverflow)
	}
	return nil
}

// TrialBalance returns the totals of every control account, in the order of
// their first account's path. In each currency their balances sum to zero.
func (b *Book) TrialBalance(ctx context.Context) ([]Total, error) {
	var t totals
	for account, err := range b.Accounts(ctx, "") {
		if err != nil {
			return nil, err
		}
		if err := t.add(totalKey{account.Control, account.Currency}, 1, account.Debits, account.Credits); err != nil {
			return nil, err
		}
	}
	return t.list, nil
}

// TrialBalanceAt returns the totals at the end of a closed date, of the accounts
// that had been touched by then; if the date was reopened, accounts opened later
// are counted too. Dates that are not closed fail as for
// [Book.BalanceAt].
func (b *Book) TrialBalanceAt(ctx context.Context, date Date) ([]Total, error) {
	if date.IsZero() {
		return nil, &InvalidError{Field: "date", Problem: "is missing"}
	}
	var t totals
	err := b.atOneMoment(ctx, func(b *Book) error {
		if err := b.checkClosed(ctx, date); err != nil {
			return err
		}
		return b.addClosings(ctx, &t, date, nil)
	})
	return t.list, err
}

// addClosings adds what had been posted by the end of a closed date, and marks
// the accounts as known.
func (b *Book) addClosings(ctx context.Context, t *totals, date Date, known map[string]struct{}) error {
	for c, err := range b.reader.Closings(ctx, b.id, ClosingQuery{On: date}) {
		if err != nil {
			return err
		}
		if known != nil {
			known[c.Account] = struct{}{}
		}
		if err := t.add(totalKey{c.Control, c.Currency}, 1, c.Debits, c.Credits); err != nil {
			return err
		}
	}
	return nil
}

// TrialBalanceAsOf returns the totals after the record at a journal position, of
// the accounts that had been moved by then or touched by the day close before. It
// reads that day's records; those since before the first reopening, if a date
// was ever reopened.
func (b *Book) TrialBalanceAsOf(ctx context.Context, seq int64) ([]Total, error) {
	var t totals
	err := b.atOneMoment(ctx, func(b *Book) error {
		if err := b.checkPosition(ctx, seq); err != nil {
			return err
		}
		closed, err := b.closeBefore(ctx, seq)
		if err != nil {
			return err
		}
		known := make(map[string]struct{})
		if closed.Seq > 0 {
			if err := b.addClosings(ctx, &t, closed.Date, known); err != nil {
				return err
			}
		}
		return b.addRecords(ctx, &t, known, stretch{after: closed.Seq, last: seq})
	})
	return t.list, err
}

// closeBefore returns the latest day close up to a position that still holds
// and before which no date was reopened: its closings are what had been posted
// by then. Without one it is the zero Record.
func (b *Book) closeBefore(ctx context.Context, seq int64) (Record, error) {
	head, err := b.Head(ctx)
	if err != nil {
		return Record{}, err
	}
	stretches, err := b.stretches(ctx, head.Seq)
	if err != nil {
		return Record{}, err
	}
	last := min(seq, stretches[0].last)
	for closed := head.ClosedSeq; closed > 0; {
		record, err := b.RecordAt(ctx, closed)
		if err != nil || closed <= last {
			return record, err
		}
		closed = record.Prev
	}
	return Record{}, nil
}

// addRecords adds the lines of a part of the journal.
func (b *Book) addRecords(ctx context.Context, t *totals, known map[string]struct{}, part stretch) error {
	moved := make(map[string]Closing)
	for record, err := range b.Records(ctx, part.after) {
		if err != nil {
			return err
		}
		if record.Seq > part.last {
			break
		}
		for i := range record.Lines {
			if record.Lines[i].Amount.IsZero() {
				continue // it moved nothing
			}
			sum := moved[record.Lines[i].Account]
			sum.add(record.Lines[i].Amount)
			moved[record.Lines[i].Account] = sum
		}
	}
	for paths := range slices.Chunk(slices.Sorted(maps.Keys(moved)), accountsMax) {
		for account, err := range b.reader.Accounts(ctx, b.id, AccountQuery{Paths: paths}) {
			if err != nil {
				return err
			}
			accounts := 1
			if _, ok := known[account.Path]; ok {
				accounts = 0
			}
			sum := moved[account.Path]
			if err := t.add(totalKey{account.Control, account.Currency}, accounts, sum.Debits, sum.Credits); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds an amount, debit positive.
func (c *Closing) add(amount money.Amount) {
	c.Debits += max(amount.Minor(), 0)
	c.Credits -= min(amount.Minor(), 0)
}
