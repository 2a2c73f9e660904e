package pgstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

func ExampleOpen() {
	ctx := context.Background()
	store, err := pgstore.Open(ctx, "postgres://ledger@db.example.org/school", &pgstore.Options{LockTimeout: 5 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	first := ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, time.September, 1)}
	book, err := ledger.Create(ctx, store, 1, first, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(book.ID())
}

// An order of the caller's own and its payment stand or fall together.
func ExampleIn() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, "postgres://ledger@db.example.org/school")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	price := money.MustParse("8.50", money.CNY)
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "insert into meal_order (number, dish) values (17, 'tomato egg')"); err != nil {
			return err
		}
		book, err := ledger.Open(ctx, pgstore.In(tx, nil), 1, nil)
		if err != nil {
			return err
		}
		_, err = book.Post(ctx, ledger.Transaction{ID: ledger.KeyID("meal_order", "17"), Kind: "sale", Postings: []ledger.Posting{
			ledger.Debit("wallet/ann", price), ledger.Credit("merchant/canteen", price),
		}})
		return err
	})
	fmt.Println(err)
}

// A consumer moves its cursor in the transaction of its own effect, which then
// happens once for each record.
func ExampleTxStore_MoveCursor() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, "postgres://ledger@db.example.org/school")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	store := pgstore.New(pool, nil)
	book, err := ledger.Open(ctx, store, 1, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	at, err := store.Cursor(ctx, 1, "messages")
	if err != nil {
		fmt.Println(err)
		return
	}
	for record, err := range book.Follow(ctx, at) {
		if err != nil {
			fmt.Println(err)
			return
		}
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "insert into message (seq, kind) values ($1, $2)", record.Seq, record.Kind); err != nil {
				return err
			}
			return pgstore.In(tx, nil).MoveCursor(ctx, 1, "messages", at, record.Seq)
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		at = record.Seq
	}
}
