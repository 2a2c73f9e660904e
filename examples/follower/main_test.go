package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

const (
	// fileVariable makes the test binary the program itself, on that file.
	fileVariable = "CAMPUSLEDGER_TEST_FOLLOW"
	// salesVariable asks for more sales than salesDefault: a million take
	// minutes.
	salesVariable = "CAMPUSLEDGER_TEST_SALES"
	salesDefault  = 5000
	kills         = 8
)

func TestMain(m *testing.M) {
	path := os.Getenv(fileVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	err := run(context.Background(), path, func(seq int64) { fmt.Println(seq) })
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// sales posts as many sales, of one merchant and another in turn.
func sales(t *testing.T, book *ledger.Book, count int) {
	t.Helper()
	price := money.Of(100, money.CNY)
	for first := 0; first < count; first += 1000 {
		requests := make([]ledger.Request, min(1000, count-first))
		for i := range requests {
			merchant := fmt.Sprintf("merchant/%d", i%2)
			requests[i] = ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
				ledger.Debit("bank", price), ledger.Credit(merchant, price),
			}}
		}
		for _, answer := range book.PostAll(t.Context(), requests...) {
			if !assert.NoError(t, answer.Err) {
				return
			}
		}
	}
}

func newBook(t *testing.T, store ledger.Store) *ledger.Book {
	t.Helper()
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "merchant/0", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
		{Path: "merchant/1", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	return book
}

// follow runs the program until it has told of the position, or so many records
// later than it began, and kills it there.
func follow(t *testing.T, path string, until int64, records int) (last int64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), fileVariable+"="+path)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(output)
	for n := 0; n < records && last < until && lines.Scan(); n++ {
		seq, err := strconv.ParseInt(lines.Text(), 10, 64)
		require.NoError(t, err)
		require.True(t, last == 0 || seq == last+1, "in order and without gaps: %d after %d", seq, last)
		last = seq
	}
	require.NoError(t, child.Process.Kill())
	_ = child.Wait() // killed
	return last
}

func TestKilledFollowerCountsEachRecordOnce(t *testing.T) {
	t.Parallel()
	count := salesDefault
	if text := os.Getenv(salesVariable); text != "" {
		var err error
		count, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	path := filepath.Join(t.TempDir(), "books.db")
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	book := newBook(t, store)
	sales(t, book, count-count/4)
	until := int64(2 + count)

	// The last quarter is sold while the follower writes to the same file.
	selling := make(chan struct{})
	go func() {
		defer close(selling)
		sales(t, book, count/4)
	}()
	begin := time.Now()
	for range kills {
		follow(t, path, until, count/(2*kills))
	}
	<-selling
	cursor := func() int64 {
		seq, err := store.Cursor(t.Context(), 1, consumer)
		require.NoError(t, err)
		return seq
	}
	for cursor() < until { // once, or more if the last kill came between a commit and its line
		follow(t, path, until, count)
	}
	t.Logf("%d records in %s, %d kills among them", until, time.Since(begin).Round(time.Millisecond), kills)
	require.Equal(t, until, cursor())
	require.Equal(t, [2]int{count / 2, count / 2}, sold(t, path))
}

func sold(t *testing.T, path string) [2]int {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var counts [2]int
	for i := range counts {
		row := db.QueryRowContext(t.Context(), "select sales from sold where merchant = ?", fmt.Sprintf("merchant/%d", i))
		require.NoError(t, row.Scan(&counts[i]))
	}
	return counts
}
