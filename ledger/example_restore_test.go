package ledger_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// An export is a line for each record, and rebuilds the book in another store.
// Whoever changes a figure in it is found out by the rules.
func ExampleRestore() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	sale := buy("sale", "wallet/ann", "4")
	_, err := book.Post(ctx, sale)
	check(err)
	var export bytes.Buffer
	for record, err := range book.Records(ctx, 0) {
		check(err)
		export.Write(append(record.Canonical(), '\n'))
	}

	copied, err := sqlitestore.Open(ctx, filepath.Join(dir, ledger.NewID().String()+".db"), nil)
	check(err)
	defer func() { check(copied.Close()) }()
	forged := bytes.Replace(export.Bytes(), []byte(`400,-600,`), []byte(`400,-900,`), 1)
	_, err = ledger.Restore(ctx, copied, book.ID(), lines(forged), nil)
	var stopped *ledger.RestoreError
	if errors.As(err, &stopped) {
		fmt.Println("record", stopped.Seq, stopped.Key, "is", stopped.Found, "not", stopped.Want)
	}

	head, err := ledger.Restore(ctx, copied, book.ID(), lines(export.Bytes()), nil)
	check(err)
	original, err := book.Head(ctx)
	check(err)
	fmt.Println(head.Seq, "records, the same tree:", bytes.Equal(head.Tree, original.Tree))
	// Output:
	// record 4 lines[0][3] is -900 not -600
	// 4 records, the same tree: true
}

// lines yields the lines of a text without their line breaks.
func lines(text []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		scanner := bufio.NewScanner(bytes.NewReader(text))
		for scanner.Scan() {
			if !yield(scanner.Bytes(), nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield(nil, err)
		}
	}
}
