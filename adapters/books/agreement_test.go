package books_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// requireAgreement exports a book to every program, lets each check the file,
// and compares what each says of every account, in the end and after each
// closed day, with what the ledger says.
func requireAgreement(tb testing.TB, dir string, store ledger.Store, book ledger.BookID) {
	tb.Helper()
	for _, p := range programs() {
		file := p.writeFile(tb, dir, store, book)
		require.NoError(tb, p.check(context.WithoutCancel(tb.Context()), file), p.name)
		require.Empty(tb, p.differences(tb, file, store, book))
	}
}

// differences compares the balances of a file with the ledger's.
func (p program) differences(tb testing.TB, file string, store ledger.Store, book ledger.BookID) []string {
	tb.Helper()
	found := compare(p.name+" in the end", inTheEnd(tb, store, book), p.held(tb, file))
	closed, moved := atCloses(tb, store, book), p.moved(tb, file)
	dates := slices.SortedFunc(maps.Keys(moved), ledger.Date.Compare)
	for _, date := range slices.SortedFunc(maps.Keys(closed), ledger.Date.Compare) {
		sum := holdings{}
		for _, earlier := range dates {
			if date.Before(earlier) {
				break
			}
			for key, minor := range moved[earlier] {
				sum.add(key.path, money.Of(minor, key.currency))
			}
		}
		found = append(found, compare(fmt.Sprintf("%s on %s", p.name, date), closed[date], sum)...)
	}
	return found
}

func compare(where string, want, got holdings) []string {
	var found []string
	for key := range want {
		if got[key] != want[key] {
			found = append(found, fmt.Sprintf("%s: %s has %d %s, want %d", where, key.path, got[key], key.currency, want[key]))
		}
	}
	for key := range got {
		if _, known := want[key]; !known {
			found = append(found, fmt.Sprintf("%s: %s has %d %s, want none", where, key.path, got[key], key.currency))
		}
	}
	return found
}

func inTheEnd(tb testing.TB, reader ledger.Reader, book ledger.BookID) holdings {
	tb.Helper()
	held := holdings{}
	for account, err := range reader.Accounts(context.WithoutCancel(tb.Context()), book, ledger.AccountQuery{}) {
		require.NoError(tb, err)
		held.add(account.Path, money.Of(account.Debits-account.Credits, account.Currency))
	}
	return held
}

// atCloses is what accounts stood at at the end of each closed date.
func atCloses(tb testing.TB, store ledger.Store, id ledger.BookID) map[ledger.Date]holdings {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	book, err := ledger.Open(ctx, store, id, nil)
	require.NoError(tb, err)
	head, err := book.Head(ctx)
	require.NoError(tb, err)
	first, err := book.RecordAt(ctx, 1)
	require.NoError(tb, err)
	closed := map[ledger.Date]holdings{}
	for date := first.Date; date.Before(head.OpenDate); date = date.AddDays(1) {
		closed[date] = holdings{}
		for account, err := range book.Accounts(ctx, "") {
			require.NoError(tb, err)
			balance, err := book.BalanceAt(ctx, account.Path, date)
			require.NoError(tb, err)
			closed[date].add(account.Path, money.Of(int64(account.Side)*balance.Minor(), balance.Currency()))
		}
	}
	return closed
}

// Every history that the model check generates is exported. With
// CAMPUSLEDGER_TEST_DURATION it goes on for so long; its other variables replay
// a history.
func TestProgramsAgreeWithEveryHistory(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	histories := 30
	if os.Getenv("CAMPUSLEDGER_TEST_DURATION") != "" {
		histories = runtime.GOMAXPROCS(0)
	}
	for n := range histories {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			storetest.Model(t, func(tb testing.TB) ledger.Store { return exportedAtTheEnd(tb, storetest.NewMemory()) })
		})
	}
	for name, open := range stores() {
		t.Run("on "+name, func(t *testing.T) {
			t.Parallel()
			storetest.Model(t, func(tb testing.TB) ledger.Store { return exportedAtTheEnd(tb, open(t)) })
		})
	}
}

// exportedAtTheEnd is a store whose book is exported when its test has filled it.
func exportedAtTheEnd(tb testing.TB, store ledger.Store) ledger.Store {
	dir := tb.TempDir()
	tb.Cleanup(func() {
		if !tb.Failed() {
			requireAgreement(tb, dir, store, 1)
		}
	})
	return store
}
