package storetest

import (
	"cmp"
	"iter"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// verify recomputes a book from the bodies in its journal and compares whatever
// else the store keeps of it.
func verify(t testing.TB, store ledger.Store, book ledger.BookID) {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, view.Close()) }()
	head, err := view.Head(t.Context(), book)
	require.NoError(t, err)

	want := &rebuilt{t: t, tree: ledger.NewTree(), ids: make(map[uuid.UUID]bool), accounts: make(map[string]*ledger.Account)}
	for _, stored := range all(t, view.Records(t.Context(), book, ledger.RecordQuery{})) {
		want.add(stored)
	}
	require.Equal(t, want.head.Seq, head.Seq, "the head is at the last record")
	require.Equal(t, want.tree.Hashes(), head.Tree, "the head's tree is that of the bodies")
	require.Equal(t, want.head.OpenDate, head.OpenDate)
	require.Equal(t, want.head.ClosedSeq, head.ClosedSeq)
	require.Equal(t, want.head.Name, head.Name)
	require.Equal(t, int64(len(want.accounts)), head.Accounts)
	require.True(t, want.head.At.Equal(head.At), "the head has the time of the last record")

	require.Equal(t, want.sortedAccounts(), all(t, view.Accounts(t.Context(), book, ledger.AccountQuery{})))
	require.Equal(t, want.entries, all(t, view.Entries(t.Context(), book, ledger.EntryQuery{})))
	require.Equal(t, want.sortedClosings(), all(t, view.Closings(t.Context(), book, ledger.ClosingQuery{})))
}

func all[T any](t testing.TB, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var list []T
	for row, err := range rows {
		require.NoError(t, err)
		list = append(list, row)
	}
	return list
}

// rebuilt is a book as its journal tells it.
type rebuilt struct {
	t        testing.TB
	head     ledger.Head
	tree     *ledger.Tree
	ids      map[uuid.UUID]bool
	accounts map[string]*ledger.Account
	entries  []ledger.Entry
	closings []ledger.Closing
}

func (b *rebuilt) add(stored ledger.StoredRecord) {
	t := b.t
	r, err := ledger.ParseRecord(stored.Body)
	require.NoError(t, err)
	require.Equal(t, b.head.Seq+1, r.Seq, "the journal has no gaps")
	require.False(t, b.ids[r.ID], "an id stands for one record")
	require.False(t, r.At.Before(b.head.At), "time does not run back")
	require.Equal(t, ledger.LeafHash(stored.Body), stored.Leaf)
	require.True(t, stored.At.Equal(r.At))
	stored.At = r.At
	require.Equal(t, ledger.StoredRecord{
		Seq: r.Seq, ID: r.ID, Kind: r.Kind, Date: r.Date, At: r.At, Body: stored.Body, Leaf: stored.Leaf,
	}, stored, "the columns say what the body says")
	require.NoError(t, b.tree.Append(stored.Leaf))
	b.ids[r.ID] = true
	b.head.Seq, b.head.At = r.Seq, r.At
	if r.Kind == ledger.KindGenesis {
		b.head.OpenDate, b.head.Name = r.Date, r.Name
	}
	require.Equal(t, b.head.OpenDate, r.Date, "a record's date is the date that was open")
	b.addAccounts(&r)
	b.addLines(&r)
	if r.Kind == ledger.KindDayClose {
		b.addClosings(&r)
	}
}

func (b *rebuilt) addAccounts(r *ledger.Record) {
	for _, spec := range r.Accounts {
		if account, ok := b.accounts[spec.Path]; ok {
			require.Equal(b.t, ledger.KindChange, r.Kind, "an account is opened once")
			account.AccountSpec, account.LastSeq = spec, r.Seq
			continue
		}
		b.accounts[spec.Path] = &ledger.Account{AccountSpec: spec, Number: int64(len(b.accounts) + 1), LastSeq: r.Seq}
	}
}

func (b *rebuilt) addLines(r *ledger.Record) {
	sums := make(map[money.Currency]int64)
	for i, line := range r.Lines {
		account := b.accounts[line.Account]
		minor := line.Amount.Minor()
		sums[line.Amount.Currency()] += minor
		account.Debits, account.Credits = account.Debits+max(minor, 0), account.Credits-min(minor, 0)
		account.LastSeq = r.Seq
		require.Equal(b.t, account.Debits-account.Credits, line.Balance.Minor(), "a line carries the balance after it")
		if minor != 0 {
			b.entries = append(b.entries, ledger.Entry{
				Account: line.Account, Seq: r.Seq, Line: i, Amount: line.Amount, Balance: line.Balance,
			})
		}
	}
	for currency, sum := range sums {
		require.Zero(b.t, sum, "record %d sums to zero in %s", r.Seq, currency)
	}
	for _, line := range r.Lines {
		account := b.accounts[line.Account]
		if account.Floor.IsValid() {
			require.GreaterOrEqual(b.t, account.Balance().Minor(), account.Floor.Minor(), "record %d keeps the floor", r.Seq)
		}
		if account.Ceiling.IsValid() {
			require.LessOrEqual(b.t, account.Balance().Minor(), account.Ceiling.Minor(), "record %d keeps the ceiling", r.Seq)
		}
	}
}

func (b *rebuilt) addClosings(r *ledger.Record) {
	for path, account := range b.accounts {
		if account.LastSeq > b.head.ClosedSeq {
			b.closings = append(b.closings, ledger.Closing{
				Account: path, Date: r.Date, Debits: account.Debits, Credits: account.Credits,
			})
		}
	}
	b.head.OpenDate, b.head.ClosedSeq = r.Next, r.Seq
}

func (b *rebuilt) sortedAccounts() []ledger.Account {
	var accounts []ledger.Account
	for _, account := range b.accounts {
		accounts = append(accounts, *account)
	}
	slices.SortFunc(accounts, func(x, y ledger.Account) int { return cmp.Compare(x.Path, y.Path) })
	return accounts
}

func (b *rebuilt) sortedClosings() []ledger.Closing {
	slices.SortFunc(b.closings, func(x, y ledger.Closing) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), x.Date.Compare(y.Date))
	})
	return b.closings
}
