package books_test

import (
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func BenchmarkWrite(b *testing.B) {
	store, err := sqlitestore.Open(b.Context(), filepath.Join(b.TempDir(), "books.db"), nil)
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	const records = 20_000
	fill(b, store, records)
	exports := map[string]func() error{
		"journal": func() error { return books.WriteJournal(b.Context(), io.Discard, store, book, nil) },
	}
	for _, p := range programs() {
		exports[p.name] = func() error { return p.write(b.Context(), io.Discard, store, book, nil) }
	}
	for name, export := range exports {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, export())
			}
			b.ReportMetric(float64(b.N)*records/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// fill posts from many callers.
func fill(b *testing.B, store ledger.Store, records int) {
	b.Helper()
	written, err := ledger.Create(b.Context(), store, book, ledger.Genesis{Name: "No. 1 School", OpenDate: firstDay}, nil)
	require.NoError(b, err)
	accounts := []ledger.AccountSpec{{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY}}
	for i := range 900 {
		accounts = append(accounts, ledger.AccountSpec{
			Path: fmt.Sprintf("wallet/h%d", i), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY,
		})
	}
	_, err = written.OpenAccounts(b.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: accounts})
	require.NoError(b, err)
	const callers = 100
	done := make(chan error, callers)
	for caller := range callers {
		go func() {
			var failed error
			for i := caller; i < records && failed == nil; i += callers {
				amount := money.Of(int64(i+1), money.CNY)
				_, failed = written.Post(b.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
					ledger.Debit("bank", amount), ledger.Credit(accounts[1+i%900].Path, amount),
				}})
			}
			done <- failed
		}()
	}
	for range callers {
		require.NoError(b, <-done)
	}
}
