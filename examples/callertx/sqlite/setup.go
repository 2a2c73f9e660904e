package main

import (
	"context"
	"database/sql"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// setUp creates the book, its accounts and a first top-up, once however often
// it runs.
func setUp(ctx context.Context, tx *sql.Tx) error {
	first := ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)}
	book, err := ledger.Create(ctx, sqlitestore.In(tx), 1, first, nil)
	if err != nil {
		return err
	}
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("chart"), Accounts: []ledger.AccountSpec{
		{Path: "bank/main", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "merchant/canteen", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
		{Path: "wallet/ann", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
	}})
	if err != nil {
		return err
	}
	amount := money.MustParse("50.00", money.CNY)
	_, err = book.Post(ctx, ledger.Transaction{ID: ledger.KeyID("first top-up"), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", amount), ledger.Credit("wallet/ann", amount),
	}})
	return err
}

// within runs the function in one transaction: all of what it does, or nothing.
func within(ctx context.Context, db *sql.DB, do func(ctx context.Context, tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := do(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}
