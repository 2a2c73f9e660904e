package pgstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const (
	// processVariable makes the test binary a consumer on the database at the
	// address.
	processVariable = "CAMPUSLEDGER_TEST_CONSUMER"
	consumerName    = "echo"
)

// TestConsumerProcess is no test but the process of another one: for each sale
// it posts an echo of the same id in its kind, and moves its cursor with it.
func TestConsumerProcess(t *testing.T) {
	address := os.Getenv(processVariable)
	if address == "" {
		t.Skip("runs as the process of TestConsumersOfOtherProcessesAreKilled")
	}
	pool, err := pgxpool.New(t.Context(), address)
	require.NoError(t, err)
	defer pool.Close()
	store := pgstore.New(pool, nil)
	book, err := ledger.Open(t.Context(), store, bookID, nil)
	require.NoError(t, err)
	after, err := store.Cursor(t.Context(), bookID, consumerName)
	require.NoError(t, err)
	for record, err := range book.Follow(t.Context(), after) {
		require.NoError(t, err)
		for err = ledger.ErrConflict; errors.Is(err, ledger.ErrConflict); { // lost a race for the book
			err = echo(t.Context(), pool, &record)
		}
		require.NoError(t, err)
		fmt.Println("consumed", record.Seq)
	}
}

// echo posts the opposite of a sale and moves the cursor, or neither.
func echo(ctx context.Context, pool *pgxpool.Pool, record *ledger.Record) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		within := pgstore.In(tx, nil)
		if record.Kind == "sale" {
			book, err := ledger.Open(ctx, within, bookID, nil)
			if err != nil {
				return err
			}
			amount := record.Lines[0].Amount
			_, err = book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "echo", Postings: []ledger.Posting{
				ledger.Debit("w/2", amount), ledger.Credit("bank", amount),
			}})
			if err != nil {
				return err
			}
		}
		return within.MoveCursor(ctx, bookID, consumerName, record.Seq-1, record.Seq)
	})
}

// consumeAndKill runs a consumer until it has told of so many records, and kills it.
func consumeAndKill(t *testing.T, address string, until int64, records int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConsumerProcess$", "-test.v")
	child.Env = append(os.Environ(), processVariable+"="+address)
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(output)
	for n := 0; n < records && lines.Scan(); {
		var seq int64
		if _, err := fmt.Sscanf(lines.Text(), "consumed %d", &seq); err != nil {
			require.NotContains(t, lines.Text(), "FAIL")
			continue
		}
		if n++; seq >= until {
			break
		}
	}
	require.NoError(t, child.Process.Kill())
	_ = child.Wait() // killed
}

// A consumer's ids are new at each try, so that nothing but its transaction keeps
// it from echoing a sale twice.
func TestConsumersOfOtherProcessesAreKilled(t *testing.T) {
	t.Parallel()
	const count, kills = 300, 4
	address := pgtest.URL(t)
	pool := openPool(t, address, nil)
	store := pgstore.New(pool, nil)
	book := newBook(t, store, 2)
	for i := 1; i <= 2; i++ {
		_, err := book.Post(t.Context(), topUp(wallet(i), 100*count))
		require.NoError(t, err)
	}

	selling := make(chan error, 1)
	go func() {
		for range count {
			sale := ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
				ledger.Debit("w/1", cny(100)), ledger.Credit("bank", cny(100)),
			}}
			if _, err := book.Post(t.Context(), sale); err != nil {
				selling <- err
				return
			}
		}
		selling <- nil
	}()
	for range kills {
		consumeAndKill(t, address, 1<<62, count/(2*kills))
	}
	require.NoError(t, <-selling)
	for left := true; left; {
		head, err := book.Head(t.Context())
		require.NoError(t, err)
		cursor, err := store.Cursor(t.Context(), bookID, consumerName)
		require.NoError(t, err)
		if left = cursor < head.Seq; left {
			consumeAndKill(t, address, head.Seq, 2*count)
		}
	}
	echoed, err := book.Balance(t.Context(), "w/2")
	require.NoError(t, err)
	require.Zero(t, echoed.Minor(), "each sale was echoed once")
}
