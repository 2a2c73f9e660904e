package ledger

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger/money"
)

// Balance returns an account's balance, seen from its own side.
func (b *Book) Balance(ctx context.Context, path string) (money.Amount, error) {
	account, err := b.Account(ctx, path)
	if err != nil {
		return money.Amount{}, err
	}
	return account.Balance(), nil
}

// BalanceAt returns an account's balance at the end of a closed date, seen from
// its own side. A date that is not closed yet is [ErrDateNotOpen] or, for the
// open date, not final: [InvalidError]. Before the account was opened its balance
// was zero.
func (b *Book) BalanceAt(ctx context.Context, path string, date Date) (balance money.Amount, err error) {
	err = b.atOneMoment(ctx, func(b *Book) error {
		account, err := b.accountAt(ctx, path, date)
		if err != nil {
			return err
		}
		balance = money.Zero(account.Currency)
		for closing, err := range b.reader.Closings(ctx, b.id, ClosingQuery{Account: path, On: date}) {
			balance = money.Of(int64(account.Side)*(closing.Debits-closing.Credits), account.Currency)
			return err
		}
		return nil
	})
	return balance, err
}

// accountAt returns the account if the date is closed.
func (b *Book) accountAt(ctx context.Context, path string, date Date) (Account, error) {
	if date.IsZero() {
		return Account{}, &InvalidError{Field: "date", Problem: "is missing"}
	}
	account, err := b.Account(ctx, path)
	if err != nil {
		return Account{}, err
	}
	return account, b.checkClosed(ctx, date)
}

func (b *Book) checkClosed(ctx context.Context, date Date) error {
	head, err := b.Head(ctx)
	switch {
	case err != nil:
		return err
	case date == head.OpenDate:
		return &InvalidError{Field: "date", Problem: fmt.Sprintf("%s is still open", date)}
	case head.OpenDate.Before(date):
		return &DateError{Date: date, Open: head.OpenDate, Err: ErrDateNotOpen}
	}
	return nil
}

// BalanceAsOf returns an account's balance after the record at a journal
// position, seen from its own side. A position beyond the journal is
// [ErrRecordUnknown]; at 0, and before the account was opened, it was zero.
func (b *Book) BalanceAsOf(ctx context.Context, path string, seq int64) (money.Amount, error) {
	account, err := b.Account(ctx, path)
	if err != nil {
		return money.Amount{}, err
	}
	if err := b.checkPosition(ctx, seq); err != nil {
		return money.Amount{}, err
	}
	signed, err := b.signedAsOf(ctx, path, seq)
	return money.Of(int64(account.Side)*signed, account.Currency), err
}

// BalanceAtAsOf returns the balance of a business date as it was known at a
// journal position: the sum of what had been posted by then with the date or an
// earlier one. Records that came later, after the date was reopened, are not
// in it. The date may be any; for one that was open at the position it is the
// balance so far.
func (b *Book) BalanceAtAsOf(ctx context.Context, path string, date Date, seq int64) (money.Amount, error) {
	if date.IsZero() {
		return money.Amount{}, &InvalidError{Field: "date", Problem: "is missing"}
	}
	account, err := b.Account(ctx, path)
	if err != nil {
		return money.Amount{}, err
	}
	if err := b.checkPosition(ctx, seq); err != nil {
		return money.Amount{}, err
	}
	signed, err := b.signedAtAsOf(ctx, path, date, seq)
	return money.Of(int64(account.Side)*signed, account.Currency), err
}

func (b *Book) checkPosition(ctx context.Context, seq int64) error {
	head, err := b.Head(ctx)
	switch {
	case err != nil:
		return err
	case seq < 0 || seq > head.Seq:
		return fmt.Errorf("position %d, the journal ends at %d: %w", seq, head.Seq, ErrRecordUnknown)
	}
	return nil
}

// signedAsOf is the balance after a position, debits positive.
func (b *Book) signedAsOf(ctx context.Context, path string, seq int64) (int64, error) {
	if seq <= 0 {
		return 0, nil
	}
	for entry, err := range Entries(ctx, b.reader, b.id, EntryQuery{Account: path, Before: seq + 1, Limit: 1}) {
		return entry.Balance.Minor(), err
	}
	return 0, nil
}

// signedAtAsOf sums stretch by stretch: within each, what has the date or an
// earlier one comes before what has a later one.
func (b *Book) signedAtAsOf(ctx context.Context, path string, date Date, seq int64) (int64, error) {
	stretches, err := b.stretches(ctx, seq)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, s := range stretches {
		last, err := b.lastOn(ctx, date, s)
		if err != nil {
			return 0, err
		}
		until, err := b.signedAsOf(ctx, path, last)
		if err != nil {
			return 0, err
		}
		before, err := b.signedAsOf(ctx, path, s.after)
		if err != nil {
			return 0, err
		}
		sum += until - before
	}
	return sum, nil
}
