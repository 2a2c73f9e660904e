package books_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// chaosVariable makes the test binary a server on the file.
const chaosVariable = "CAMPUSLEDGER_TEST_SERVER"

// TestServerProcess is no test but the server that another one kills.
func TestServerProcess(t *testing.T) {
	path := os.Getenv(chaosVariable)
	if path == "" {
		t.Skip("runs as the process of TestProgramsAgreeAfterAKill")
	}
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	require.NoError(t, faults.Serve(t.Context(), store, os.Stdin, os.Stdout))
	require.NoError(t, store.Close())
}

// What is left of a book whose server was killed is what hledger, Ledger and
// Beancount make of its export.
func TestProgramsAgreeAfterAKill(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	path := filepath.Join(t.TempDir(), "books.db")
	subject := faults.Subject{
		Open: func(ctx context.Context) (ledger.Store, func() error, error) {
			store, err := sqlitestore.Open(ctx, path, nil)
			if err != nil {
				return nil, nil, err
			}
			return store, store.Close, nil
		},
		Agree: func(ctx context.Context, store ledger.Store, book ledger.BookID) error {
			for _, p := range programs() {
				if err := agree(ctx, t, p, store, book); err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
			}
			return nil
		},
	}
	server := func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestServerProcess$")
		cmd.Env = append(os.Environ(), chaosVariable+"="+path)
		return cmd
	}
	report, err := faults.Run(t.Context(), subject, faults.KillServer(server), &faults.Options{Rounds: 2})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}

// agree exports a book, has the program check it, and compares the balances.
func agree(ctx context.Context, t *testing.T, p program, store ledger.Store, book ledger.BookID) error {
	var text strings.Builder
	if err := p.write(ctx, &text, store, book, nil); err != nil {
		return err
	}
	file := filepath.Join(t.TempDir(), "book."+p.name)
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return err
	}
	if err := p.check(ctx, file); err != nil {
		return err
	}
	want := holdings{}
	for account, err := range store.Accounts(ctx, book, ledger.AccountQuery{}) {
		if err != nil {
			return err
		}
		want.add(account.Path, money.Of(account.Debits-account.Credits, account.Currency))
	}
	if got := p.held(t, file); !maps.Equal(want, got) {
		return errors.New(fmt.Sprint("the ledger has ", want, ", the program ", got))
	}
	return nil
}
