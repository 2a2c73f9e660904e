package books_test

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func ExampleWriteHledger() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "books")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "books.db"), nil)
	check(err)
	defer func() { check(store.Close()) }()
	topUp(ctx, store)

	check(books.WriteHledger(ctx, os.Stdout, store, 1, nil))
	// Output:
	// ; Book 1, No. 1 School, up to position 4
	//
	// decimal-mark .
	// commodity 1000.00 CNY
	//
	// account assets:1002:bank
	// account liabilities:2307:wallet:h1
	//
	// ; 2026-09-01 (1) ledger.genesis  id:fa0141fa-aa7a-5aee-87f2-d9cfb3243d61
	//
	// ; 2026-09-01 (2) ledger.open  id:c311305b-0dbb-5e68-ae87-465b807134c7
	//
	// 2026-09-01 (3) topup  ; id:fceb60e4-c718-5b72-8a24-588ba647ed0b
	//     ; by:cashier:12
	//     assets:1002:bank  100.00 CNY
	//     liabilities:2307:wallet:h1  -100.00 CNY
	//
	// ; 2026-09-01 (4) ledger.close  id:d1ef57f9-8af1-599d-ae65-41fb6ec943cf
	//
	// 2026-09-01 (4) ledger.close  ; balances at the end of the day
	//     assets:1002:bank  0.00 CNY = 100.00 CNY
	//     liabilities:2307:wallet:h1  0.00 CNY = -100.00 CNY
	//
	// 2026-09-02 balances  ; of all accounts at position 4
	//     assets:1002:bank  0.00 CNY = 100.00 CNY
	//     liabilities:2307:wallet:h1  0.00 CNY = -100.00 CNY
}

// topUp opens a book, tops up a wallet and closes the day.
func topUp(ctx context.Context, store ledger.Store) {
	today := ledger.DateOf(2026, time.September, 1)
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: today}, nil)
	check(err)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("open"), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "wallet/h1", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	check(err)
	amount := money.MustParse("100.00", money.CNY)
	_, err = book.Post(ctx, ledger.Transaction{
		ID: ledger.KeyID("first"), Kind: "topup", By: "cashier:12",
		Postings: []ledger.Posting{ledger.Debit("bank", amount), ledger.Credit("wallet/h1", amount)},
	})
	check(err)
	_, err = book.CloseDay(ctx, ledger.DayClose{Date: today})
	check(err)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
