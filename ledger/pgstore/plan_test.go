package pgstore_test

import (
	"iter"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// A connection keeps the plans that it made when the book was empty. They must
// still be good when it is not.
func TestPlansMadeForAnEmptyBookServeALargeOne(t *testing.T) {
	t.Parallel()
	const accounts, records = 2000, 20_000
	cases := map[string][]string{
		"tables never looked at":        nil,
		"tables known to be empty":      {`vacuum analyze`},
		"plans kept, known to be empty": {`vacuum analyze`, `set plan_cache_mode = force_generic_plan`},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, oneConnection)
			for _, table := range []string{"account", "journal", "milestone", "closing", "hold", "refund", "node", "seal"} {
				prepare = append(prepare, `alter table `+table+` set (autovacuum_enabled = false)`) // it would help
			}
			for _, statement := range prepare {
				_, err := pool.Exec(t.Context(), statement)
				require.NoError(t, err)
			}
			store := pgstore.New(pool, nil)
			book := newBook(t, store, 1)
			for range 10 {
				_, err := book.Post(t.Context(), topUp("w/1", 1))
				require.NoError(t, err)
				holdAndRefund(t, book, 1)
			}
			openWallets(t, book, 2, accounts)
			postMany(t, book, records, func(i int) ledger.Transaction { return topUp(wallet(i%accounts+1), 1) })
			holdAndRefund(t, book, 500)

			requireFewReads(t, pool, "a post", func() error {
				_, err := book.Post(t.Context(), topUp(wallet(accounts), 1))
				return err
			})
			var kept ledger.Receipt
			requireFewReads(t, pool, "a hold", func() (err error) {
				kept, err = book.Authorize(t.Context(), preorder(wallet(accounts), 2, farOff))
				return err
			})
			require.NotZero(t, kept.Record.Seq)
			capture := ledger.Capture{ID: ledger.NewID(), Hold: kept.Record.ID, Amounts: []money.Amount{cny(1), cny(1)}}
			locked := func(need ledger.Need) func() error {
				return func() error {
					locked, err := store.Lock(t.Context(), bookID, need)
					if err != nil {
						return err
					}
					return locked.Rollback(t.Context())
				}
			}
			requireFewReads(t, pool, "the look-up of a hold", locked(ledger.Need{Holds: []uuid.UUID{kept.Record.ID}}))
			requireFewReads(t, pool, "the look-up of refunds", locked(ledger.Need{Refunds: []int64{kept.Record.Seq - 2, kept.Record.Seq - 4}}))
			_, err := pool.Exec(t.Context(), `reset plan_cache_mode`) // readings keep no plans
			require.NoError(t, err)
			requireFewReads(t, pool, "a capture", func() error {
				_, err := book.Capture(t.Context(), capture)
				return err
			})
			requireFewReads(t, pool, "a refund", func() error {
				_, err := book.Refund(t.Context(), refundOf(capture.ID, 1))
				return err
			})
			requireFewReads(t, pool, "a page of expired holds", func() error {
				for _, err := range store.Holds(t.Context(), bookID, ledger.HoldQuery{ExpiredAt: farOff, Limit: 10}) {
					return err
				}
				return nil
			})
			requireFewReads(t, pool, "a balance", func() error {
				_, err := book.Balance(t.Context(), "bank")
				return err
			})
			requireFewReads(t, pool, "a page of the busiest account", func() error {
				page, err := book.Statement(t.Context(), "bank", ledger.StatementQuery{Limit: 10})
				require.Len(t, page.Entries, 10)
				return err
			})
			_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: openDate})
			require.NoError(t, err)
			requireFewReads(t, pool, "a balance at a date", func() error {
				_, err := book.BalanceAt(t.Context(), "bank", openDate)
				return err
			})
			requireReads(t, pool, "a page from long ago", 200, countRows(t, 10,
				store.Moves(t.Context(), bookID, ledger.MoveQuery{Account: "bank", Before: 9000, Limit: 10})))
			requireFewReads(t, pool, "closings of some accounts", countRows(t, 16,
				store.Closings(t.Context(), bookID, ledger.ClosingQuery{On: openDate, First: 1000, Last: 1015})))
		})
	}
}

// farOff is when holds expire.
var farOff = openDate.AddDays(10_000).Time()

func refundOf(id uuid.UUID, fen int64) ledger.Refund {
	return ledger.Refund{ID: ledger.NewID(), Of: id, Lines: []ledger.RefundLine{{Line: 0, Amount: cny(fen)}, {Line: 1, Amount: cny(fen)}}}
}

// holdAndRefund holds money of w/1 n times, captures it and refunds half. A
// batch is n records, so that plans made for few are used for many.
func holdAndRefund(t *testing.T, book *ledger.Book, n int) {
	t.Helper()
	steps := make([][]ledger.Request, 4)
	for range n {
		top, hold := topUp("w/1", 2), preorder("w/1", 2, farOff)
		capture := ledger.Capture{ID: ledger.NewID(), Hold: hold.ID}
		for i, step := range []ledger.Request{top, hold, capture, refundOf(capture.ID, 1)} {
			steps[i] = append(steps[i], step)
		}
	}
	for _, requests := range steps {
		for _, answer := range book.PostAll(t.Context(), requests...) {
			require.NoError(t, answer.Err)
		}
	}
}

// postMany posts from 256 goroutines.
func postMany(tb testing.TB, book *ledger.Book, n int, transaction func(i int) ledger.Transaction) {
	tb.Helper()
	next := make(chan int)
	errs := make(chan error, n)
	var callers sync.WaitGroup
	for range 256 {
		callers.Go(func() {
			for i := range next {
				if _, err := book.Post(tb.Context(), transaction(i)); err != nil {
					errs <- err
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	callers.Wait()
	close(errs)
	require.NoError(tb, <-errs)
}

// requireFewReads checks that an act reads a handful of rows, each by an index.
func requireFewReads(t *testing.T, pool *pgxpool.Pool, what string, act func() error) {
	t.Helper()
	requireReads(t, pool, what, 60, act)
}

// requireReads checks that an act reads fewer rows than so many, each by an
// index.
func requireReads(t *testing.T, pool *pgxpool.Pool, what string, rows int64, act func() error) {
	t.Helper()
	before := readsOf(t, pool)
	require.NoError(t, act(), what)
	after := readsOf(t, pool)
	require.Equal(t, before.scans, after.scans, "sequential scans for %s", what)
	require.Less(t, after.rows-before.rows, rows, "rows read for %s", what)
}

// countRows returns an act that reads so many rows.
func countRows[T any](t *testing.T, want int, rows iter.Seq2[T, error]) func() error {
	return func() error {
		require.Len(t, list(t, rows), want)
		return nil
	}
}

type reads struct{ scans, rows int64 }

// readsOf returns what the only connection of the pool has read so far. The
// book table has one row, for which a sequential scan is right.
func readsOf(t *testing.T, pool *pgxpool.Pool) reads {
	t.Helper()
	_, err := pool.Exec(t.Context(), `select pg_stat_force_next_flush()`)
	require.NoError(t, err)
	var r reads
	const query = `select sum(seq_scan)::bigint, sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint
		from pg_stat_user_tables where relname in ('account', 'journal', 'milestone', 'closing', 'hold', 'refund', 'node', 'seal')`
	require.NoError(t, pool.QueryRow(t.Context(), query).Scan(&r.scans, &r.rows))
	return r
}
