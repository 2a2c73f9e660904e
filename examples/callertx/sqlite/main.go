// Command sqlite is the whole of a program that keeps tables of its own beside
// the ledger's in one SQLite file: a meal order and its payment are one
// transaction, so that there is never one without the other.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// options make every transaction take the file's write lock as it begins, and
// every commit durable.
const options = "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)"

func main() {
	if err := run(context.Background(), "school.db"); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path+options)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := sqlitestore.Migrate(ctx, db); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "create table if not exists meal_order (number integer primary key, dish text not null)"); err != nil {
		return err
	}
	if err := within(ctx, db, setUp); err != nil {
		return err
	}
	for _, o := range []order{{1, "noodles", "12.00"}, {2, "lobster", "298.00"}, {3, "dumplings", "15.50"}} {
		err := within(ctx, db, o.place)
		fmt.Println(o.dish, "ordered:", err == nil)
		if err != nil && !errors.Is(err, ledger.ErrInsufficient) {
			return err
		}
	}
	var orders int
	if err := db.QueryRowContext(ctx, "select count(*) from meal_order").Scan(&orders); err != nil {
		return err
	}
	fmt.Println("orders:", orders)
	return nil
}

type order struct {
	number      int
	dish, price string
}

func (o order) place(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "insert into meal_order (number, dish) values (?, ?)", o.number, o.dish); err != nil {
		return err
	}
	book, err := ledger.Open(ctx, sqlitestore.In(tx), 1, nil)
	if err != nil {
		return err
	}
	price := money.MustParse(o.price, money.CNY)
	_, err = book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
		ledger.Debit("wallet/ann", price), ledger.Credit("merchant/canteen", price),
	}})
	return err
}
