// Command embed is the whole of a program that keeps books: it opens an
// embedded database, opens two accounts, posts and reads.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func main() {
	if err := run(context.Background(), "books.db"); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, path string) error {
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	if err != nil {
		return err
	}
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("chart"), Accounts: []ledger.AccountSpec{
		{Path: "wallet/ann", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
		{Path: "bank/main", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
	}})
	if err != nil {
		return err
	}
	amount := money.MustParse("50.00", money.CNY)
	receipt, err := book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", amount), ledger.Credit("wallet/ann", amount),
	}})
	if err != nil {
		return err
	}
	balance, err := book.Balance(ctx, "wallet/ann")
	fmt.Println("record", receipt.Record.Seq, "balance", balance)
	return err
}
