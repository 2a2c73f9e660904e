package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// memory is a store in memory. hook, if set, runs inside Commit and may fail it;
// records are all that were committed.
type memory struct {
	*storetest.Memory
	hook    func(ledger.Changes) error
	records []ledger.StoredRecord
}

func newMemory() *memory { return &memory{Memory: storetest.NewMemory()} }

func (m *memory) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := m.Memory.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	return &hooked{Locked: locked, memory: m}, nil
}

type hooked struct {
	ledger.Locked
	memory *memory
}

func (h *hooked) Commit(ctx context.Context, changes ledger.Changes) error {
	if h.memory.hook != nil {
		if err := h.memory.hook(changes); err != nil {
			return errors.Join(err, h.Rollback(ctx))
		}
	}
	h.memory.records = append(h.memory.records, changes.Records...)
	return h.Locked.Commit(ctx, changes)
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
