// Command follower counts what each merchant sold in a table of its own, from
// the journal alone. The count and the cursor move in one transaction: however
// often the program is killed, each record counts exactly once.
//
//	follower books.db
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/signal"

	_ "modernc.org/sqlite"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// consumer is the name of the cursor.
const consumer = "sales-count"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1], func(int64) {})
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run follows book 1 of the file until the context ends, and tells done of each
// record that counts.
func run(ctx context.Context, path string, done func(seq int64)) error {
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	const table = "create table if not exists sold (merchant text primary key, sales integer not null) strict"
	if _, err := db.ExecContext(ctx, table); err != nil {
		return err
	}
	book, err := ledger.Open(ctx, store, 1, nil)
	if err != nil {
		return err
	}
	after, err := store.Cursor(ctx, 1, consumer)
	if err != nil {
		return err
	}
	for record, err := range book.Follow(ctx, after) {
		if err == nil {
			err = count(ctx, db, &record)
		}
		if err != nil {
			return err
		}
		done(record.Seq)
	}
	return nil
}

// count books the effect of one record and moves the cursor to it, or neither.
func count(ctx context.Context, db *sql.DB, record *ledger.Record) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, line := range record.Lines {
		if record.Kind != "sale" || line.Amount.Sign() > 0 {
			continue
		}
		const add = "insert into sold values (?, 1) on conflict (merchant) do update set sales = sales + 1"
		if _, err := tx.ExecContext(ctx, add, line.Account); err != nil {
			return err
		}
	}
	if err := sqlitestore.In(tx).MoveCursor(ctx, 1, consumer, record.Seq-1, record.Seq); err != nil {
		return err
	}
	return tx.Commit()
}
