// Command postgres orders meals: its own table and the ledger are written in one
// transaction of PostgreSQL, so that no meal is ordered without being paid.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address string) error {
	pool, err := pgxpool.New(ctx, address)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := prepare(ctx, pool); err != nil {
		return err
	}
	fmt.Println("noodles:", order(ctx, pool, "noodles", "8.50"))
	fmt.Println("roast duck:", order(ctx, pool, "roast duck", "38.00"))
	return nil
}

// order writes an order and its payment, or neither.
func order(ctx context.Context, pool *pgxpool.Pool, dish, price string) error {
	amount := money.MustParse(price, money.CNY)
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		id := ledger.NewID()
		if _, err := tx.Exec(ctx, `insert into meal_order (id, dish) values ($1, $2)`, id, dish); err != nil {
			return err
		}
		book, err := ledger.Open(ctx, pgstore.In(tx, nil), 1, nil)
		if err != nil {
			return err
		}
		_, err = book.Post(ctx, ledger.Transaction{ID: id, Kind: "sale", Postings: []ledger.Posting{
			ledger.Debit("wallet/ann", amount), ledger.Credit("bank", amount),
		}})
		return err
	})
}

// prepare makes the tables, and a book with 20.00 in a wallet.
func prepare(ctx context.Context, pool *pgxpool.Pool) error {
	if err := pgstore.Migrate(ctx, pool); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, `create table meal_order (id uuid primary key, dish text not null)`); err != nil {
		return err
	}
	book, err := ledger.Create(ctx, pgstore.New(pool, nil), 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	if err != nil {
		return err
	}
	amount := money.MustParse("20.00", money.CNY)
	_, err = book.PostLinked(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "wallet/ann", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
	}}, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank", amount), ledger.Credit("wallet/ann", amount),
	}})
	return err
}
