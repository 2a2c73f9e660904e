package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func ExampleRun() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "books")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "books.db")
	store, err := sqlitestore.Open(ctx, file, nil)
	check(err)
	defer func() { check(store.Close()) }()
	post(ctx, store)

	report, err := audit.Run(ctx, store, 1, nil)
	check(err)
	fmt.Println("clean:", report.Clean())
	for _, total := range report.TrialBalance {
		fmt.Println(total.Control, total.Balance, total.Currency)
	}

	// Somebody makes himself rich.
	db, err := sql.Open("sqlite", file)
	check(err)
	defer func() { check(db.Close()) }()
	_, err = db.ExecContext(ctx, "update balance set credits = 99900 where number = 2")
	check(err)

	report, err = audit.Run(ctx, store, 1, nil)
	check(err)
	for _, finding := range report.Findings {
		fmt.Println(finding.Sentence)
	}
	// Output:
	// clean: true
	// 1002 100.00 CNY
	// 2307 -100.00 CNY
	// account number=2 path=wallet/h1, credits: is "99900", but "10000" follows from the journal.
}

// post opens a book and tops up a wallet.
func post(ctx context.Context, store ledger.Store) {
	today := ledger.DateOf(2026, time.September, 1)
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: today}, nil)
	check(err)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "wallet/h1", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
	}})
	check(err)
	amount := money.MustParse("100.00", money.CNY)
	_, err = book.Post(ctx, ledger.Transaction{
		ID: ledger.NewID(), Kind: "topup",
		Postings: []ledger.Posting{ledger.Debit("bank", amount), ledger.Credit("wallet/h1", amount)},
	})
	check(err)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
