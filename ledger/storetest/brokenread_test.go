package storetest_test

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Stores that do not read what is there.

func oldTree(store ledger.Store) ledger.Store { return &oldTreeStore{store} }

type oldTreeStore struct{ ledger.Store }

func (s *oldTreeStore) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	head, err := s.Store.Head(ctx, book)
	clear(head.Tree)
	return head, err
}

func shifting(store ledger.Store) ledger.Store { return &shiftingStore{store} }

type shiftingStore struct{ ledger.Store }

func (s *shiftingStore) View(context.Context) (ledger.View, error) { return shiftingView{s.Store}, nil }

type shiftingView struct{ ledger.Reader }

func (shiftingView) Close() error { return nil }

// accountReader is a store with another way to read accounts.
type accountReader struct {
	ledger.Store
	ask  func(*ledger.BookID, *ledger.AccountQuery) // nil: as asked
	read func([]ledger.Account) []ledger.Account    // nil: as read
}

func (s *accountReader) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	if s.ask != nil {
		s.ask(&book, &query)
	}
	rows := s.Store.Accounts(ctx, book, query)
	if s.read == nil {
		return rows
	}
	return func(yield func(ledger.Account, error) bool) {
		var accounts []ledger.Account
		for account, err := range rows {
			if err != nil {
				yield(account, err)
				return
			}
			accounts = append(accounts, account)
		}
		for _, account := range s.read(accounts) {
			if !yield(account, nil) {
				return
			}
		}
	}
}

func leaking(store ledger.Store) ledger.Store {
	return &accountReader{Store: store, ask: func(book *ledger.BookID, _ *ledger.AccountQuery) { *book &^= 1 }}
}

func unlimited(store ledger.Store) ledger.Store {
	return &accountReader{Store: store, ask: func(_ *ledger.BookID, q *ledger.AccountQuery) {
		q.After, q.Prefix = max(q.After, q.Prefix), ""
	}}
}

func uncontrolled(store ledger.Store) ledger.Store {
	return &accountReader{Store: store, ask: func(_ *ledger.BookID, q *ledger.AccountQuery) { q.Control = "" }}
}

func unranged(store ledger.Store) ledger.Store {
	return &accountReader{Store: store, ask: func(_ *ledger.BookID, q *ledger.AccountQuery) { q.BalanceMin = nil }}
}

func unordered(store ledger.Store) ledger.Store {
	return &accountReader{Store: store, read: func(accounts []ledger.Account) []ledger.Account {
		slices.Reverse(accounts)
		return accounts
	}}
}

func floorless(store ledger.Store) ledger.Store {
	return &accountReader{Store: store, read: func(accounts []ledger.Account) []ledger.Account {
		for i := range accounts {
			accounts[i].Floor = money.Amount{}
		}
		return accounts
	}}
}

// recordReader is a store with another way to read records.
type recordReader struct {
	ledger.Store
	read func(ledger.RecordQuery, []ledger.StoredRecord) []ledger.StoredRecord
}

func (s *recordReader) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		var records []ledger.StoredRecord
		for record, err := range s.Store.Records(ctx, book, query) {
			if err != nil {
				yield(record, err)
				return
			}
			records = append(records, record)
		}
		for _, record := range s.read(query, records) {
			if !yield(record, nil) {
				return
			}
		}
	}
}

func skipping(store ledger.Store) ledger.Store {
	return &recordReader{store, func(_ ledger.RecordQuery, records []ledger.StoredRecord) []ledger.StoredRecord {
		for i := range records {
			if records[i].Seq > 7 {
				records[i].Seq++
			}
		}
		return records
	}}
}

func disordered(store ledger.Store) ledger.Store {
	return &recordReader{store, func(_ ledger.RecordQuery, records []ledger.StoredRecord) []ledger.StoredRecord {
		if n := len(records); n > 100 {
			records[n-1], records[n-2] = records[n-2], records[n-1]
		}
		return records
	}}
}

func lossy(store ledger.Store) ledger.Store {
	return &recordReader{store, func(query ledger.RecordQuery, records []ledger.StoredRecord) []ledger.StoredRecord {
		if query.Limit > 1 && query.After > 0 && len(records) == query.Limit {
			return records[1:]
		}
		return records
	}}
}

func overdue(store ledger.Store) ledger.Store { return &overdueStore{store} }

type overdueStore struct{ ledger.Store }

func (s *overdueStore) Holds(ctx context.Context, book ledger.BookID, query ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	at := query.ExpiredAt
	query.ExpiredAt = time.Time{}
	return func(yield func(ledger.StoredHold, error) bool) {
		for hold, err := range s.Store.Holds(ctx, book, query) {
			over := at.IsZero() || !hold.Expires.IsZero() && !hold.Expires.After(at)
			if (over || err != nil) && !yield(hold, err) {
				return
			}
		}
	}
}

// cursorStore is a store with other cursors.
type cursorStore struct {
	ledger.Store
	ledger.Cursors
}

func careless(store ledger.Store) ledger.Store {
	return &cursorStore{store, &carelessCursors{store.(ledger.Cursors)}}
}

type carelessCursors struct{ ledger.Cursors }

func (c *carelessCursors) MoveCursor(ctx context.Context, book ledger.BookID, consumer string, _, to int64) error {
	from, err := c.Cursor(ctx, book, consumer)
	if err != nil {
		return err
	}
	return c.Cursors.MoveCursor(ctx, book, consumer, from, to)
}

func sharedCursors(store ledger.Store) ledger.Store {
	return &cursorStore{store, &sharingCursors{store.(ledger.Cursors)}}
}

type sharingCursors struct{ ledger.Cursors }

func (c *sharingCursors) Cursor(ctx context.Context, book ledger.BookID, consumer string) (int64, error) {
	return c.Cursors.Cursor(ctx, book&^1, consumer)
}
