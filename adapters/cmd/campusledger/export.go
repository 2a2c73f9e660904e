package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

type exportCmd struct {
	Hledger exportHledgerCmd `cmd:"" help:"An hledger journal with balance assertions, to standard output."`
}

type exportHledgerCmd struct{ place }

// Run exports the book as of one moment. It writes nothing to the database.
func (c *exportHledgerCmd) Run(ctx context.Context, s streams) error {
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	view, err := store.View(ctx)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { _ = view.Close() }()
	out := bufio.NewWriter(s.out)
	if err := books.WriteHledger(ctx, out, view, ledger.BookID(c.School), nil); err != nil {
		return err
	}
	return out.Flush()
}
