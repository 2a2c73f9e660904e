package ledger

import (
	"context"
	"encoding/base64"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// Head returns where the journal stands and which date is open.
func (b *Book) Head(ctx context.Context) (Head, error) { return b.store.Head(ctx, b.id) }

// Account returns an account. It fails with [ErrAccountUnknown].
func (b *Book) Account(ctx context.Context, path string) (Account, error) {
	for account, err := range b.store.Accounts(ctx, b.id, AccountQuery{Paths: []string{path}}) {
		return account, err
	}
	return Account{}, &AccountError{Account: path, Err: ErrAccountUnknown}
}

// Accounts yields the accounts whose path begins with the prefix, in the byte
// order of their paths. It streams: a million accounts take no memory.
func (b *Book) Accounts(ctx context.Context, prefix string) iter.Seq2[Account, error] {
	return b.store.Accounts(ctx, b.id, AccountQuery{Prefix: prefix})
}

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
func (b *Book) BalanceAt(ctx context.Context, path string, date Date) (money.Amount, error) {
	if date.IsZero() {
		return money.Amount{}, &InvalidError{Field: "date", Problem: "is missing"}
	}
	account, err := b.Account(ctx, path)
	if err != nil {
		return money.Amount{}, err
	}
	if err := b.checkClosed(ctx, date); err != nil {
		return money.Amount{}, err
	}
	for closing, err := range b.store.Closings(ctx, b.id, ClosingQuery{Account: path, On: date}) {
		return money.Of(int64(account.Side)*(closing.Debits-closing.Credits), account.Currency), err
	}
	return money.Zero(account.Currency), nil
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

// Record returns the record with the id. It fails with [ErrRecordUnknown].
func (b *Book) Record(ctx context.Context, id uuid.UUID) (Record, error) {
	for stored, err := range b.store.Records(ctx, b.id, RecordQuery{IDs: []uuid.UUID{id}}) {
		if err != nil {
			return Record{}, err
		}
		return ParseRecord(stored.Body)
	}
	return Record{}, fmt.Errorf("id %s: %w", id, ErrRecordUnknown)
}

// Records yields the journal after a position, in order.
func (b *Book) Records(ctx context.Context, after int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for stored, err := range b.store.Records(ctx, b.id, RecordQuery{After: after}) {
			var record Record
			if err == nil {
				record, err = ParseRecord(stored.Body)
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// Page is a part of an account's statement, newest entry first.
type Page struct {
	Entries []Entry
	// Next asks for the page after this one; "" after the last.
	Next string
}

// statementMax is the most entries a page may have.
const statementMax = 1000

// Statement returns a page of an account's entries, newest first: the first
// page for an empty cursor, else the page that an earlier page's Next names.
// Entries posted meanwhile do not shift the pages. limit is 1 to 1,000. Amounts
// and balances are signed, debit positive: a wallet's are negative.
func (b *Book) Statement(ctx context.Context, path, cursor string, limit int) (Page, error) {
	if limit < 1 || limit > statementMax {
		return Page{}, &InvalidError{Field: "limit", Problem: fmt.Sprintf("%d is not 1 to %d", limit, statementMax)}
	}
	query := EntryQuery{Account: path, Limit: limit + 1}
	if err := query.resume(cursor); err != nil {
		return Page{}, err
	}
	if _, err := b.Account(ctx, path); err != nil {
		return Page{}, err
	}
	var page Page
	for entry, err := range b.store.Entries(ctx, b.id, query) {
		if err != nil {
			return Page{}, err
		}
		if len(page.Entries) == limit {
			last := page.Entries[limit-1]
			page.Next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", last.Seq, last.Line))
			break
		}
		page.Entries = append(page.Entries, entry)
	}
	return page, nil
}

// resume sets where a cursor says the next page begins.
func (q *EntryQuery) resume(cursor string) error {
	if cursor == "" {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%d.%d", &q.Before, &q.BeforeLine)
	}
	if err != nil || q.Before < 1 || q.BeforeLine < 0 {
		return &InvalidError{Field: "cursor", Problem: "is not one that a page gave"}
	}
	return nil
}

// Total sums the accounts of one control account in one currency.
type Total struct {
	Control         string
	Currency        money.Currency
	Accounts        int
	Debits, Credits int64 // minor units
}

// Balance returns debits minus credits.
func (t Total) Balance() money.Amount { return money.Of(t.Debits-t.Credits, t.Currency) }

// TrialBalance returns the totals of every control account, in the order of
// their first account's path. In each currency their balances sum to zero.
func (b *Book) TrialBalance(ctx context.Context) ([]Total, error) {
	type key struct {
		control  string
		currency money.Currency
	}
	var totals []Total
	index := make(map[key]int)
	for account, err := range b.Accounts(ctx, "") {
		if err != nil {
			return nil, err
		}
		k := key{account.Control, account.Currency}
		i, ok := index[k]
		if !ok {
			i = len(totals)
			index[k] = i
			totals = append(totals, Total{Control: k.control, Currency: k.currency})
		}
		if err := totals[i].add(account); err != nil {
			return nil, err
		}
	}
	return totals, nil
}

func (t *Total) add(account Account) error {
	t.Accounts++
	t.Debits += account.Debits
	t.Credits += account.Credits
	if t.Debits < 0 || t.Credits < 0 {
		return fmt.Errorf("control account %s: %w", t.Control, ErrOverflow)
	}
	return nil
}
