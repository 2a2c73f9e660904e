package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

func Example() {
	dir, err := os.MkdirTemp("", "embed")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for range 2 { // the second run finds the book of the first
		if err := run(context.Background(), filepath.Join(dir, "books.db")); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// record 3 balance 50.00 CNY
	// record 4 balance 100.00 CNY
}
