package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Hledger is the second opinion of hledger, version 1.25 or later: it
// adds up the journal's lines, and asserts the balance after each line and that
// of each account's row. The text shares no code with the exports of adapters. The
// argument is the program.
func Hledger(program string) Opinion {
	return func(ctx context.Context, store ledger.Store, book ledger.BookID) error {
		var text bytes.Buffer
		if err := writeHledger(ctx, &text, store, book); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, program, "-f", "-", "check", "--strict")
		cmd.Stdin = &text
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("hledger: %w: %s", err, bytes.TrimSpace(out))
		}
		return nil
	}
}

// writeHledger writes a plain text journal, in the format that hledger.org/hledger.html
// describes.
func writeHledger(ctx context.Context, w io.Writer, store ledger.Store, book ledger.BookID) error {
	_, _ = fmt.Fprintf(w, "commodity 1.00 %s\n\n", money.CNY)
	var standing strings.Builder
	for account, err := range store.Accounts(ctx, book, ledger.AccountQuery{}) {
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w, "account %s\n", account.Path)
		balance := money.Of(account.Debits-account.Credits, account.Currency)
		_, _ = fmt.Fprintf(&standing, "    %s  %s = %s\n", account.Path, money.Zero(account.Currency), balance)
	}
	var date ledger.Date
	for stored, err := range store.Records(ctx, book, ledger.RecordQuery{}) {
		if err != nil {
			return err
		}
		record, err := ledger.ParseRecord(stored.Body)
		if err != nil {
			return err
		}
		date = record.Date
		if len(record.Lines) == 0 {
			continue
		}
		_, _ = fmt.Fprintf(w, "\n%s (%d) %s\n", date, record.Seq, record.Kind)
		for i := range record.Lines {
			line := &record.Lines[i]
			_, _ = fmt.Fprintf(w, "    %s  %s = %s\n", line.Account, line.Amount, line.Balance)
		}
	}
	_, err := fmt.Fprintf(w, "\n%s the accounts as they stand\n%s", date, &standing)
	return err
}
