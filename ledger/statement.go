package ledger

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"

	"github.com/campusledger/campusledger/ledger/money"
)

// StatementQuery selects a part of an account's entries.
type StatementQuery struct {
	// Limit is how many entries a page may have, 1 to 1,000.
	Limit int
	// Cursor is an earlier page's Next; "" for the first page.
	Cursor string
	// From and To bound the business dates, both included. The zero Date is
	// no bound.
	From, To Date
	// After and Until bound the journal positions: from the one behind After
	// to Until. Zero is no bound. Together with dates they give the period as
	// it was known at a position.
	After, Until int64
}

// Page is a part of an account's statement, newest entry first.
type Page struct {
	Entries []Entry // newest first
	// Opening and Closing are the account's balance, debit positive, before
	// the first and after the last entry of the whole selection. Closing is
	// Opening and all its entries. With what is posted between two pages it
	// moves on: give the first page's head as Until to keep it still. After a
	// reopening the balances in the entries, which run in the order of the
	// journal, need not lead from one to the other.
	Opening, Closing money.Amount
	// Next asks for the page after this one; "" after the last.
	Next string
}

// statementMax is the most entries a page may have.
const statementMax = 1000

// Statement returns a page of an account's entries, newest first. Entries posted
// meanwhile do not shift the pages. Amounts and balances are signed, debit
// positive: a wallet's are negative.
func (b *Book) Statement(ctx context.Context, path string, q StatementQuery) (Page, error) {
	query, err := q.entries(path)
	if err != nil {
		return Page{}, err
	}
	account, err := b.Account(ctx, path)
	if err != nil {
		return Page{}, err
	}
	head, err := b.Head(ctx)
	if err != nil {
		return Page{}, err
	}
	if q.Until == 0 || q.Until > head.Seq {
		q.Until = head.Seq
	}
	q.After = min(q.After, q.Until)
	period, err := b.period(ctx, &q)
	if err != nil {
		return Page{}, err
	}
	var page Page
	if page.Opening, page.Closing, err = b.around(ctx, &account, &q); err != nil {
		return Page{}, err
	}
	query.After = period.after
	if query.Before == 0 || query.Before > period.last {
		query.Before, query.BeforeLine = period.last+1, 0
	}
	for entry, err := range Entries(ctx, b.reader, b.id, query) {
		if err != nil {
			return Page{}, err
		}
		if !q.includes(entry.Date) {
			continue // of another date, within a time when dates were reopened
		}
		if len(page.Entries) == q.Limit {
			last := page.Entries[q.Limit-1]
			page.Next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", last.Seq, last.Line))
			break
		}
		page.Entries = append(page.Entries, entry)
	}
	return page, nil
}

// entries checks the query.
func (q *StatementQuery) entries(path string) (EntryQuery, error) {
	query := EntryQuery{Account: path}
	switch {
	case q.Limit < 1 || q.Limit > statementMax:
		return query, &InvalidError{Field: "limit", Problem: fmt.Sprintf("%d is not 1 to %d", q.Limit, statementMax)}
	case q.After < 0 || q.Until < 0:
		return query, &InvalidError{Field: "after", Problem: "a negative position"}
	case !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From):
		return query, &InvalidError{Field: "to", Problem: fmt.Sprintf("%s is before %s", q.To, q.From)}
	}
	if q.From.IsZero() && q.To.IsZero() {
		query.Limit = q.Limit + 1 // with dates some entries may have to be passed over
	}
	err := query.resume(q.Cursor)
	return query, err
}

func (q *StatementQuery) includes(date Date) bool {
	return (q.From.IsZero() || !date.Before(q.From)) && (q.To.IsZero() || !q.To.Before(date))
}

// period returns the positions outside of which nothing is selected.
func (b *Book) period(ctx context.Context, q *StatementQuery) (stretch, error) {
	whole := stretch{after: q.After, last: q.Until}
	if q.From.IsZero() && q.To.IsZero() {
		return whole, nil
	}
	stretches, err := b.stretches(ctx, whole.last)
	if err != nil {
		return stretch{}, err
	}
	part := stretch{after: math.MaxInt64}
	for _, s := range stretches {
		first, last := s.after, s.last
		if !q.From.IsZero() {
			if first, err = b.lastOn(ctx, q.From.AddDays(-1), s); err != nil {
				return stretch{}, err
			}
		}
		if !q.To.IsZero() {
			if last, err = b.lastOn(ctx, q.To, s); err != nil {
				return stretch{}, err
			}
		}
		if first < last {
			part.after, part.last = min(part.after, first), max(part.last, last)
		}
	}
	part.after = min(max(part.after, whole.after), part.last)
	return part, nil
}

// around returns the balances before and after the selection. The first is the
// last less what was selected, which of two bounded axes is a difference of
// differences.
func (b *Book) around(ctx context.Context, account *Account, q *StatementQuery) (opening, closing money.Amount, err error) {
	at := func(date Date, seq int64) int64 {
		var signed int64
		switch {
		case err != nil || seq == 0:
		case date.IsZero():
			signed, err = b.signedAsOf(ctx, account.Path, seq)
		default:
			signed, err = b.signedAtAsOf(ctx, account.Path, date, seq)
		}
		return signed
	}
	last := at(q.To, q.Until)
	first := at(q.To, q.After)
	if before := q.From.AddDays(-1); !q.From.IsZero() && !before.IsZero() { // nothing is before the first date
		first += at(before, q.Until) - at(before, q.After)
	}
	return money.Of(first, account.Currency), money.Of(last, account.Currency), err
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
