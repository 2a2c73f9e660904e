package audit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// The canonical bytes of the records are all that an audit needs.
func ExampleLines() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "books")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "books.db"), nil)
	check(err)
	defer func() { check(store.Close()) }()
	post(ctx, store)
	export := func(yield func([]byte, error) bool) {
		for stored, err := range store.Records(ctx, 1, ledger.RecordQuery{}) {
			if !yield(stored.Body, err) {
				return
			}
		}
	}

	report, err := audit.Run(ctx, audit.NewLines(export), 1, nil)
	check(err)
	fmt.Println("clean:", report.Clean(), "records:", report.Records)
	fmt.Println("not there:", report.Unread)
	// Output:
	// clean: true records: 3
	// not there: [book account milestone closing hold refund node seal cursor]
}

// A nightly audit reads what the day brought.
func ExampleState() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "books")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "books.db"), nil)
	check(err)
	defer func() { check(store.Close()) }()
	post(ctx, store)
	file := filepath.Join(dir, "audit.json")
	save := func(state *audit.State) error {
		text, err := json.Marshal(state)
		if err != nil {
			return err
		}
		return os.WriteFile(file, text, 0o600)
	}
	_, err = audit.Run(ctx, store, 1, &audit.Options{Save: save})
	check(err)

	text, err := os.ReadFile(file)
	check(err)
	var from audit.State
	check(json.Unmarshal(text, &from))
	report, err := audit.Run(ctx, store, 1, &audit.Options{From: &from, Save: save})
	check(err)
	fmt.Println("clean:", report.Clean(), "records:", report.Records, "trusted:", report.From)
	// Output:
	// clean: true records: 3 trusted: 3
}
