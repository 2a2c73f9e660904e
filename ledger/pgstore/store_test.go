package pgstore_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const bookID ledger.BookID = 7

var openDate = ledger.DateOf(2026, time.September, 1)

// newPool opens a pool on an empty database with the ledger's tables.
func newPool(tb testing.TB, tune func(*pgxpool.Config)) *pgxpool.Pool {
	tb.Helper()
	return openPool(tb, pgtest.URL(tb), tune)
}

func openPool(tb testing.TB, url string, tune func(*pgxpool.Config)) *pgxpool.Pool {
	tb.Helper()
	config, err := pgxpool.ParseConfig(url)
	require.NoError(tb, err)
	if tune != nil {
		tune(config)
	}
	pool, err := pgxpool.NewWithConfig(tb.Context(), config)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)
	require.NoError(tb, pgstore.Migrate(tb.Context(), pool))
	return pool
}

func oneConnection(config *pgxpool.Config) { config.MaxConns = 1 }

// newBook creates a book with a bank account, without bounds, and the wallets
// w/1 … w/n, which cannot be overdrawn.
func newBook(tb testing.TB, store ledger.Store, wallets int) *ledger.Book {
	tb.Helper()
	book, err := ledger.Create(tb.Context(), store, bookID, ledger.Genesis{Name: "school", OpenDate: openDate}, nil)
	require.NoError(tb, err)
	_, err = book.OpenAccounts(tb.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
	}})
	require.NoError(tb, err)
	openWallets(tb, book, 1, wallets)
	return book
}

// openWallets opens the wallets from first to last.
func openWallets(tb testing.TB, book *ledger.Book, first, last int) {
	tb.Helper()
	var specs []ledger.AccountSpec
	for i := first; i <= last; i++ {
		specs = append(specs, ledger.AccountSpec{
			Path: wallet(i), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY),
		})
	}
	for some := range slices.Chunk(specs, 1000) {
		_, err := book.OpenAccounts(tb.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: some})
		require.NoError(tb, err)
	}
}

func wallet(i int) string { return fmt.Sprintf("w/%d", i) }

func topUp(to string, fen int64) ledger.Transaction {
	return ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank", money.Of(fen, money.CNY)), ledger.Credit(to, money.Of(fen, money.CNY)),
	}}
}

func list[T any](t *testing.T, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for row, err := range rows {
		require.NoError(t, err)
		all = append(all, row)
	}
	return all
}

func TestOpenMakesTheTablesAndCloseEndsItsConnections(t *testing.T) {
	t.Parallel()
	store, err := pgstore.Open(t.Context(), pgtest.URL(t), nil)
	require.NoError(t, err)
	_, err = newBook(t, store, 1).Post(t.Context(), topUp("w/1", 100))
	require.NoError(t, err)
	store.Close()
	_, err = store.Head(t.Context(), bookID)
	require.Error(t, err)
}

func TestOpenReportsADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := pgstore.Open(t.Context(), "postgres:///school?host="+t.TempDir(), nil)
	require.Error(t, err)
}

func TestTablesAreMadeOnceBySeveralProcesses(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	errs := make(chan error)
	for range 3 {
		go func() {
			store, err := pgstore.Open(context.WithoutCancel(t.Context()), url, nil)
			if err == nil {
				store.Close()
			}
			errs <- err
		}()
	}
	for range 3 {
		require.NoError(t, <-errs)
	}
}

func TestABookWithoutAHeadIsUnknown(t *testing.T) {
	t.Parallel()
	pool := newPool(t, oneConnection)
	store := pgstore.New(pool, nil)
	_, err := store.Head(t.Context(), bookID)
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
	_, err = store.Lock(t.Context(), bookID, ledger.Need{Accounts: []string{"bank"}, IDs: []uuid.UUID{ledger.NewID()}, Closing: true})
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
	require.Empty(t, list(t, store.Accounts(t.Context(), bookID, ledger.AccountQuery{})))
}

func TestWhatIsWrittenIsReadBackEqual(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	book := newBook(t, store, 2)
	receipt, err := book.Post(t.Context(), topUp("w/1", 1250))
	require.NoError(t, err)

	t.Run("records", func(t *testing.T) {
		record, err := book.Record(t.Context(), receipt.Record.ID)
		require.NoError(t, err)
		require.Equal(t, receipt.Record, record)
		require.Len(t, list(t, store.Records(t.Context(), bookID, ledger.RecordQuery{})), 4)
		require.Len(t, list(t, store.Records(t.Context(), bookID, ledger.RecordQuery{After: 1, Limit: 1})), 1)
	})
	t.Run("accounts in byte order, by prefix and after a path", func(t *testing.T) {
		all := list(t, store.Accounts(t.Context(), bookID, ledger.AccountQuery{}))
		require.Equal(t, []string{"bank", "w/1", "w/2"}, []string{all[0].Path, all[1].Path, all[2].Path})
		require.Equal(t, money.Zero(money.CNY), all[1].Floor)
		require.False(t, all[1].Ceiling.IsValid())
		require.False(t, all[0].Floor.IsValid())
		require.Equal(t, all[1:], list(t, store.Accounts(t.Context(), bookID, ledger.AccountQuery{Prefix: "w/"})))
		require.Equal(t, all[2:], list(t, store.Accounts(t.Context(), bookID, ledger.AccountQuery{Prefix: "w/", After: "w/1"})))
		require.Equal(t, all[:1], list(t, store.Accounts(t.Context(), bookID, ledger.AccountQuery{Limit: 1})))
	})
	t.Run("entries with the particulars of their records", func(t *testing.T) {
		entries := list(t, ledger.Entries(t.Context(), store, bookID, ledger.EntryQuery{Account: "w/1"}))
		require.Equal(t, []ledger.Entry{{
			Account: "w/1", Seq: 4, Line: 1, Amount: money.Of(-1250, money.CNY), Balance: money.Of(-1250, money.CNY),
			ID: receipt.Record.ID, Kind: "topup", Date: openDate, At: receipt.Record.At,
		}}, entries)
	})
	t.Run("closings at a date and all", func(t *testing.T) {
		for _, date := range []ledger.Date{openDate, openDate.AddDays(1)} {
			_, err := book.CloseDay(t.Context(), ledger.DayClose{Date: date})
			require.NoError(t, err)
			_, err = book.Post(t.Context(), topUp("w/1", 100))
			require.NoError(t, err)
		}
		on := list(t, store.Closings(t.Context(), bookID, ledger.ClosingQuery{On: openDate.AddDays(5)}))
		require.Equal(t, []ledger.Closing{
			{Account: "bank", Number: 1, Control: "1002", Currency: money.CNY, Date: openDate.AddDays(1), Debits: 1350},
			{Account: "w/1", Number: 2, Control: "2307", Currency: money.CNY, Date: openDate.AddDays(1), Credits: 1350},
			{Account: "w/2", Number: 3, Control: "2307", Currency: money.CNY, Date: openDate},
		}, on)
		require.Len(t, list(t, store.Closings(t.Context(), bookID, ledger.ClosingQuery{})), 5)
		require.Equal(t, []ledger.Closing{{Account: "w/1", Number: 2, Control: "2307", Currency: money.CNY, Date: openDate, Credits: 1250}},
			list(t, store.Closings(t.Context(), bookID, ledger.ClosingQuery{Account: "w/1", On: openDate})))
	})
}

func TestAViewSeesTheMomentItBegan(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := pgstore.New(pool, nil)
	book := newBook(t, store, 1)
	view, err := store.View(t.Context())
	require.NoError(t, err)
	_, err = book.Post(t.Context(), topUp("w/1", 100))
	require.NoError(t, err)
	head, err := view.Head(t.Context(), bookID)
	require.NoError(t, err)
	require.EqualValues(t, 3, head.Seq)
	require.Empty(t, list(t, view.Moves(t.Context(), bookID, ledger.MoveQuery{Account: "w/1"})))
	require.NoError(t, view.Close())
	require.NoError(t, view.Close())
	_, err = view.Head(t.Context(), bookID)
	require.Error(t, err)
	require.Zero(t, pool.Stat().AcquiredConns())
}
