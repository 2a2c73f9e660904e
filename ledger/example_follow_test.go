package ledger_test

import (
	"context"
	"fmt"
	"time"
)

// The journal is the feed: from any position on, in order, and then as it
// grows. A consumer of one process keeps its cursor in the store; package
// examples/follower keeps it in the transaction of its own effects.
func ExampleBook_Follow() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	book, done := exampleBook()
	defer done()
	go func() {
		_, err := book.Post(ctx, buy("sale", "wallet/ann", "4"))
		check(err)
	}()
	for record, err := range book.Follow(ctx, 2) {
		check(err)
		fmt.Println(record.Seq, record.Kind)
		if record.Seq == 4 {
			break
		}
	}
	// Output:
	// 3 topup
	// 4 sale
}
