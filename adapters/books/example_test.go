package books_test

import (
	"bytes"
	"context"
	"fmt"
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
	withBook(func(ctx context.Context, store ledger.Store) {
		check(books.WriteHledger(ctx, os.Stdout, store, 1, nil))
	})
	// Output:
	// ; Book 1, No. 1 School, up to position 4
	//
	// decimal-mark .
	// commodity 1000.00 CNY
	//
	// account assets  ; type: A
	// account liabilities  ; type: L
	// account equity  ; type: E
	// account income  ; type: R
	// account expenses  ; type: X
	// account assets:1002:bank
	// account liabilities:2307:wallet:h1
	//
	// ; 2026-09-01 (1) ledger.genesis  id: fa0141fa-aa7a-5aee-87f2-d9cfb3243d61
	//
	// ; 2026-09-01 (2) ledger.open  id: c311305b-0dbb-5e68-ae87-465b807134c7
	//
	// 2026-09-01 (3) topup
	//     ; id: fceb60e4-c718-5b72-8a24-588ba647ed0b
	//     ; by: cashier:12
	//     assets:1002:bank  100.00 CNY
	//     liabilities:2307:wallet:h1  -100.00 CNY
	//
	// ; 2026-09-01 (4) ledger.close  id: d1ef57f9-8af1-599d-ae65-41fb6ec943cf
	//
	// 2026-09-01 (4) ledger.close  ; balances at the end of the day
	//     assets:1002:bank  0.00 CNY = 100.00 CNY
	//     liabilities:2307:wallet:h1  0.00 CNY = -100.00 CNY
	//
	// 2026-09-02 balances  ; of all accounts at position 4
	//     assets:1002:bank  0.00 CNY = 100.00 CNY
	//     liabilities:2307:wallet:h1  0.00 CNY = -100.00 CNY
}

func ExampleWriteLedger() {
	withBook(func(ctx context.Context, store ledger.Store) {
		check(books.WriteLedger(ctx, os.Stdout, store, 1, nil))
	})
	// Output:
	// ; Book 1, No. 1 School, up to position 4
	//
	// commodity CNY
	//     format 1000.00 CNY
	// tag id
	// tag by
	// tag for
	// tag of
	// account assets:1002:bank
	// account liabilities:2307:wallet:h1
	//
	// ; 2026-09-01 (1) ledger.genesis  id: fa0141fa-aa7a-5aee-87f2-d9cfb3243d61
	//
	// ; 2026-09-01 (2) ledger.open  id: c311305b-0dbb-5e68-ae87-465b807134c7
	//
	// 2026-09-01 (3) topup
	//     ; id: fceb60e4-c718-5b72-8a24-588ba647ed0b
	//     ; by: cashier:12
	//     assets:1002:bank  100.00 CNY = 100.00 CNY
	//     liabilities:2307:wallet:h1  -100.00 CNY = -100.00 CNY
	//
	// ; 2026-09-01 (4) ledger.close  id: d1ef57f9-8af1-599d-ae65-41fb6ec943cf
	//
	// 2026-09-02 balances  ; of all accounts at position 4
	//     assets:1002:bank  0.00 CNY = 100.00 CNY
	//     liabilities:2307:wallet:h1  0.00 CNY = -100.00 CNY
}

func ExampleWriteBeancount() {
	withBook(func(ctx context.Context, store ledger.Store) {
		check(books.WriteBeancount(ctx, os.Stdout, store, 1, nil))
	})
	// Output:
	// ; Book 1, up to position 4
	//
	// option "title" "No. 1 School"
	// option "inferred_tolerance_multiplier" "0" ; balances are exact
	// option "name_assets" "Assets"
	// option "name_liabilities" "Liabilities"
	// option "name_equity" "Equity"
	// option "name_income" "Income"
	// option "name_expenses" "Expenses"
	// option "operating_currency" "CNY"
	//
	// 2026-09-01 commodity CNY
	// 2026-09-01 open Assets:1002:Bank CNY
	//   path: "bank"
	// 2026-09-01 open Liabilities:2307:Wallet-h1 CNY
	//   path: "wallet/h1"
	//
	// ; 2026-09-01 (1) ledger.genesis  id: fa0141fa-aa7a-5aee-87f2-d9cfb3243d61
	//
	// ; 2026-09-01 (2) ledger.open  id: c311305b-0dbb-5e68-ae87-465b807134c7
	//
	// 2026-09-01 * "topup"
	//   seq: 3
	//   id: "fceb60e4-c718-5b72-8a24-588ba647ed0b"
	//   by: "cashier:12"
	//   Assets:1002:Bank  100.00 CNY
	//   Liabilities:2307:Wallet-h1  -100.00 CNY
	//
	// ; 2026-09-01 (4) ledger.close  id: d1ef57f9-8af1-599d-ae65-41fb6ec943cf
	// ; balances at the end of the day
	// 2026-09-02 balance Assets:1002:Bank  100.00 CNY
	// 2026-09-02 balance Liabilities:2307:Wallet-h1  -100.00 CNY
	//
	// ; balances of all accounts at position 4
	// 2026-09-03 balance Assets:1002:Bank  100.00 CNY
	// 2026-09-03 balance Liabilities:2307:Wallet-h1  -100.00 CNY
}

func ExampleWriteJournal() {
	withBook(func(ctx context.Context, store ledger.Store) {
		check(books.WriteJournal(ctx, os.Stdout, store, 1, &books.JournalOptions{First: 3, Last: 3}))
	})
	// Output:
	// {"at":"2026-09-01T04:00:00.000000Z","book":1,"by":"cashier:12","date":"2026-09-01","id":"fceb60e4-c718-5b72-8a24-588ba647ed0b","kind":"topup","lines":[["bank","CNY",10000,10000,0],["wallet/h1","CNY",-10000,-10000,0]],"seq":3}
}

func ExampleReadJournal() {
	withBook(func(ctx context.Context, store ledger.Store) {
		var file bytes.Buffer
		check(books.WriteJournal(ctx, &file, store, 1, nil))

		for line, err := range books.ReadJournal(&file) {
			check(err)
			record, err := ledger.ParseRecord(line)
			check(err)
			fmt.Println(record.Seq, record.Date, record.Kind)
		}
	})
	// Output:
	// 1 2026-09-01 ledger.genesis
	// 2 2026-09-01 ledger.open
	// 3 2026-09-01 topup
	// 4 2026-09-01 ledger.close
}

// withBook opens a book, tops up a wallet and closes the day.
func withBook(use func(ctx context.Context, store ledger.Store)) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "books")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "books.db"), nil)
	check(err)
	defer func() { check(store.Close()) }()
	topUp(ctx, store)
	use(ctx, store)
}

func topUp(ctx context.Context, store ledger.Store) {
	now := func() time.Time { return time.Date(2026, time.September, 1, 4, 0, 0, 0, time.UTC) }
	today := ledger.DateOf(2026, time.September, 1)
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: today}, &ledger.Options{Now: now})
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
