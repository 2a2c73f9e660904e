package storetest

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// read runs a query when it is ranged over and yields what it found. The mutex
// is free again by then: whoever ranges may write.
func read[T any](ctx context.Context, m *Memory, book ledger.BookID, find func(k *kept) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var found []T
		m.mu.Lock()
		if b, ok := m.books[book]; ok {
			found = find(b.kept)
		}
		m.mu.Unlock()
		var none T
		for _, row := range found {
			if ctx.Err() != nil {
				break
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(none, err)
		}
	}
}

// atMost returns the first n rows; 0 means all.
func atMost[T any](rows []T, n int) []T {
	if n > 0 && n < len(rows) {
		return rows[:n]
	}
	return rows
}

// Head returns a book's head: see ledger.Reader.
func (m *Memory) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Head{}, err
	}
	b, err := m.book(book)
	if err != nil {
		return ledger.Head{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return copyHead(b.kept.head), nil
}

// Accounts yields accounts: see ledger.Reader.
func (m *Memory) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return read(ctx, m, book, func(k *kept) []ledger.Account {
		var found []ledger.Account
		for i := range k.accounts {
			if selects(&query, &k.accounts[i]) {
				found = append(found, copyAccount(k.accounts[i]))
			}
		}
		slices.SortFunc(found, func(x, y ledger.Account) int { return cmp.Compare(x.Path, y.Path) })
		if len(query.Paths) > 0 {
			return found
		}
		return atMost(found, query.Limit)
	})
}

func selects(query *ledger.AccountQuery, account *ledger.Account) bool {
	if len(query.Paths) > 0 {
		return slices.Contains(query.Paths, account.Path)
	}
	switch {
	case !strings.HasPrefix(account.Path, query.Prefix),
		account.Path <= query.After,
		query.Control != "" && account.Control != query.Control,
		query.State != "" && account.State != query.State:
		return false
	case !query.Currency.IsValid():
		return true
	}
	balance := account.Balance().Minor()
	return account.Currency == query.Currency &&
		(query.BalanceMin == nil || balance >= *query.BalanceMin) &&
		(query.BalanceMax == nil || balance <= *query.BalanceMax)
}

// Records yields records: see ledger.Reader.
func (m *Memory) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return read(ctx, m, book, func(k *kept) []ledger.StoredRecord {
		var seqs []int64
		for _, id := range query.IDs {
			if seq, ok := k.seqs[id]; ok {
				seqs = append(seqs, seq)
			}
		}
		for seq := max(query.After, 0) + 1; len(query.IDs) == 0 && seq <= k.head.Seq; seq++ {
			if query.Limit > 0 && len(seqs) == query.Limit {
				break
			}
			seqs = append(seqs, seq)
		}
		slices.Sort(seqs)
		var found []ledger.StoredRecord
		for _, seq := range slices.Compact(seqs) {
			found = append(found, copyRecord(k.records[seq-1]))
		}
		return found
	})
}

// Moves yields records: see ledger.Reader. It follows no chain: the lines of
// each record said at once whom it moved.
func (m *Memory) Moves(ctx context.Context, book ledger.BookID, query ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	return read(ctx, m, book, func(k *kept) []ledger.StoredRecord {
		var found []ledger.StoredRecord
		for _, seq := range slices.Backward(k.moves[query.Account]) {
			if (query.Before <= 0 || seq < query.Before) && seq > query.After {
				found = append(found, copyRecord(k.records[seq-1]))
			}
		}
		return atMost(found, query.Limit)
	})
}

// Closings yields closings: see ledger.Reader.
func (m *Memory) Closings(ctx context.Context, book ledger.BookID, query ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	return read(ctx, m, book, func(k *kept) []ledger.Closing {
		var found []ledger.Closing
		for _, c := range k.closingsOn(query.On) {
			account := &k.accounts[c.Account-1]
			if query.Account != "" && query.Account != account.Path || c.Account < query.First || query.Last > 0 && c.Account > query.Last {
				continue
			}
			found = append(found, ledger.Closing{
				Account: account.Path, Number: c.Account, Control: account.Control, Currency: account.Currency,
				Date: c.Date, Debits: c.Debits, Credits: c.Credits,
			})
		}
		slices.SortFunc(found, func(x, y ledger.Closing) int {
			return cmp.Or(cmp.Compare(x.Account, y.Account), x.Date.Compare(y.Date))
		})
		return found
	})
}

// closingsOn returns the latest closing of each account that is not after the
// date; without a date all closings.
func (k *kept) closingsOn(on ledger.Date) []ledger.ClosingRow {
	if on.IsZero() {
		return slices.Collect(maps.Values(k.closings))
	}
	latest := make(map[int64]ledger.ClosingRow)
	for _, c := range k.closings {
		if !on.Before(c.Date) && !c.Date.Before(latest[c.Account].Date) {
			latest[c.Account] = c
		}
	}
	return slices.Collect(maps.Values(latest))
}

// Holds yields holds: see ledger.Reader.
func (m *Memory) Holds(ctx context.Context, book ledger.BookID, query ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	return read(ctx, m, book, func(k *kept) []ledger.StoredHold {
		var found []ledger.StoredHold
		for _, hold := range k.holds {
			expired := hold.State == ledger.HoldHeld && !hold.Expires.IsZero() && !query.ExpiredAt.Before(hold.Expires)
			switch {
			case len(query.IDs) > 0 && !slices.Contains(query.IDs, hold.ID),
				len(query.IDs) == 0 && hold.Seq <= query.After,
				len(query.IDs) == 0 && !query.ExpiredAt.IsZero() && !expired:
				continue
			}
			found = append(found, copyHold(hold))
		}
		slices.SortFunc(found, func(x, y ledger.StoredHold) int { return cmp.Compare(x.Seq, y.Seq) })
		if len(query.IDs) > 0 {
			return found
		}
		return atMost(found, query.Limit)
	})
}

// Refunds yields what was refunded: see ledger.Reader.
func (m *Memory) Refunds(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Refunded, error] {
	return read(ctx, m, book, func(k *kept) []ledger.Refunded {
		var found []ledger.Refunded
		for seq, lines := range k.refunds {
			for line, minor := range lines {
				found = append(found, ledger.Refunded{Seq: seq, Line: line, Minor: minor})
			}
		}
		slices.SortFunc(found, func(x, y ledger.Refunded) int {
			return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Line, y.Line))
		})
		return found
	})
}

// Copies share no memory with what was copied.

func copyHead(h ledger.Head) ledger.Head {
	h.Tree = bytes.Clone(h.Tree)
	return h
}

func copyAccount(a ledger.Account) ledger.Account {
	a.Metadata, a.Limits, a.Used = bytes.Clone(a.Metadata), slices.Clone(a.Limits), slices.Clone(a.Used)
	for i := range a.Limits {
		a.Limits[i].Kinds = slices.Clone(a.Limits[i].Kinds)
	}
	return a
}

func copyRecord(r ledger.StoredRecord) ledger.StoredRecord {
	r.Body = bytes.Clone(r.Body)
	return r
}

func copyHold(h ledger.StoredHold) ledger.StoredHold {
	h.Captured = slices.Clone(h.Captured)
	return h
}
