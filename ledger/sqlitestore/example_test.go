package sqlitestore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "books")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "books.db"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()

	first := ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, time.September, 1)}
	book, err := ledger.Create(ctx, store, 1, first, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank/icbc", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "wallet/h1", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	amount := money.MustParse("100.00", money.CNY)
	_, err = book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/icbc", amount), ledger.Credit("wallet/h1", amount),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	balance, err := book.Balance(ctx, "wallet/h1")
	fmt.Println(balance, err)
	// Output: 100.00 CNY <nil>
}

// A caller's own rows and a post are one transaction. examples/callertx/sqlite
// is a whole program.
func ExampleIn() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "school")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "school.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	if err := sqlitestore.Migrate(ctx, db); err != nil {
		fmt.Println(err)
		return
	}

	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = tx.Rollback() }()
	first := ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, time.September, 1)}
	_, err = ledger.Create(ctx, sqlitestore.In(tx), 1, first, nil)
	fmt.Println("created:", err == nil)
	fmt.Println(tx.Rollback()) // and with it the book

	_, err = sqlitestore.In(tx).Head(ctx, 1)
	fmt.Println(err)
	// Output:
	// created: true
	// <nil>
	// sql: transaction has already been committed or rolled back
}
