package pgstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/ledger"
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
