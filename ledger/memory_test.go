package ledger_test

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// memory is a store of one book without a database, for tests of the rules and
// of the committer. hook, if set, runs inside Commit and may fail it.
type memory struct {
	lock chan struct{}
	hook func(ledger.Changes) error

	mu       sync.Mutex
	head     ledger.Head
	accounts map[string]ledger.Account
	records  []ledger.StoredRecord
	entries  []ledger.NewEntry
	closings []ledger.NewClosing
}

func newMemory() *memory {
	return &memory{lock: make(chan struct{}, 1), accounts: make(map[string]ledger.Account)}
}

func (m *memory) Create(_ context.Context, book ledger.BookID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.head.Book = book
	return nil
}

func (m *memory) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	select {
	case m.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	head, err := m.Head(ctx, book)
	if err != nil {
		<-m.lock
		return nil, err
	}
	locked := &memoryLocked{memory: m, snapshot: ledger.Snapshot{Head: head}}
	for _, path := range need.Accounts {
		if account, ok := m.accounts[path]; ok {
			locked.snapshot.Accounts = append(locked.snapshot.Accounts, account)
		}
	}
	for _, record := range m.records {
		if slices.Contains(need.IDs, record.ID) {
			locked.snapshot.Records = append(locked.snapshot.Records, record)
		}
	}
	for _, account := range m.accounts {
		if need.Touched && account.LastSeq > m.head.ClosedSeq {
			locked.snapshot.Touched = append(locked.snapshot.Touched, account)
		}
	}
	return locked, nil
}

type memoryLocked struct {
	*memory
	snapshot ledger.Snapshot
}

func (l *memoryLocked) Snapshot() ledger.Snapshot { return l.snapshot }

func (l *memoryLocked) Commit(_ context.Context, changes ledger.Changes) error {
	defer func() { <-l.lock }()
	if l.hook != nil {
		if err := l.hook(changes); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head = changes.Head
	for _, account := range append(changes.Opened, changes.Updated...) {
		l.accounts[account.Path] = account
	}
	l.records = append(l.records, changes.Records...)
	l.entries = append(l.entries, changes.Entries...)
	l.closings = append(l.closings, changes.Closings...)
	return nil
}

func (l *memoryLocked) Rollback(context.Context) error {
	<-l.lock
	return nil
}

func (m *memory) View(context.Context) (ledger.View, error) { panic("not needed here") }

func (m *memory) Head(_ context.Context, book ledger.BookID) (ledger.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.head.Book != book {
		return ledger.Head{}, ledger.ErrBookUnknown
	}
	return m.head, nil
}

func sequence[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func (m *memory) Accounts(_ context.Context, _ ledger.BookID, q ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []ledger.Account
	for path, account := range m.accounts {
		if slices.Contains(q.Paths, path) || q.Paths == nil && strings.HasPrefix(path, q.Prefix) {
			found = append(found, account)
		}
	}
	slices.SortFunc(found, func(a, b ledger.Account) int { return cmp.Compare(a.Path, b.Path) })
	return sequence(found)
}

func (m *memory) Records(_ context.Context, _ ledger.BookID, q ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []ledger.StoredRecord
	for _, record := range m.records {
		if slices.Contains(q.IDs, record.ID) || q.IDs == nil && record.Seq > q.After {
			found = append(found, record)
		}
	}
	return sequence(found)
}

func (m *memory) Entries(_ context.Context, _ ledger.BookID, q ledger.EntryQuery) iter.Seq2[ledger.Entry, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []ledger.Entry
	account := m.accounts[q.Account]
	for _, e := range slices.Backward(m.entries) {
		before := q.Before == 0 || e.Seq < q.Before || e.Seq == q.Before && e.Line < q.BeforeLine
		if e.Account == account.Number && before {
			found = append(found, ledger.Entry{
				Account: q.Account, Seq: e.Seq, Line: e.Line,
				Amount: money.Of(e.Amount, account.Currency), Balance: money.Of(e.Balance, account.Currency),
			})
		}
	}
	return sequence(found)
}

func (m *memory) Closings(_ context.Context, _ ledger.BookID, q ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range slices.Backward(m.closings) {
		if c.Account == m.accounts[q.Account].Number && !q.On.Before(c.Date) {
			return sequence([]ledger.Closing{{Account: q.Account, Date: c.Date, Debits: c.Debits, Credits: c.Credits}})
		}
	}
	return sequence[ledger.Closing](nil)
}

// The book of most tests: two wallets of 0 to 100, arrears of 0 to 20, a
// merchant and a clearing account without bounds.
var (
	firstDay = ledger.DateOf(2026, 9, 1)
	noon     = time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC)
)

func cny(text string) money.Amount { return money.MustParse(text, money.CNY) }

func testSpecs() []ledger.AccountSpec {
	wallet := ledger.AccountSpec{Path: "wallet/a", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny("0"), Ceiling: cny("100")}
	other := wallet
	other.Path = "wallet/b"
	return []ledger.AccountSpec{
		wallet, other,
		{Path: "arrears/a", Control: "1218", Side: ledger.DebitSide, Currency: money.CNY, Floor: cny("0"), Ceiling: cny("20")},
		{Path: "merchant/m", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
		{Path: "clearing/g", Control: "1021", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "clearing/usd", Control: "1021", Side: ledger.DebitSide, Currency: money.USD},
	}
}

func newBook(t *testing.T, store *memory) *ledger.Book {
	t.Helper()
	options := &ledger.Options{Now: func() time.Time { return noon }, QueueMax: 8}
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "Test school", OpenDate: firstDay}, options)
	require.NoError(t, err)
	_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: testSpecs()})
	require.NoError(t, err)
	return book
}

func transaction(postings ...ledger.Posting) ledger.Transaction {
	return ledger.Transaction{ID: ledger.NewID(), Kind: "test", Postings: postings}
}

func topUp(amount string) ledger.Transaction {
	return transaction(ledger.Debit("clearing/g", cny(amount)), ledger.Credit("wallet/a", cny(amount)))
}

func requireBalance(t *testing.T, book *ledger.Book, path, want string) {
	t.Helper()
	balance, err := book.Balance(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, cny(want), balance, path)
}

var someID = uuid.MustParse("0190a5d2-7c1e-7b3a-8f4d-2b6c9e1f0a3d")

// How long a test waits for other goroutines to get where it wants them.
const (
	waitMax = 10 * time.Second
	tick    = time.Millisecond
)
