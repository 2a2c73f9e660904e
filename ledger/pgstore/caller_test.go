package pgstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// callers is a book in a database that has a table of the caller's as well.
type callers struct {
	t    *testing.T
	pool *pgxpool.Pool
	book *ledger.Book // through the pool
}

func newCallers(t *testing.T) *callers {
	t.Helper()
	pool := newPool(t, nil)
	_, err := pool.Exec(t.Context(), `create table meal_order (id uuid primary key)`)
	require.NoError(t, err)
	book := newBook(t, pgstore.New(pool, nil), 2)
	_, err = book.Post(t.Context(), topUp("w/1", 1000))
	require.NoError(t, err)
	return &callers{t: t, pool: pool, book: book}
}

// begin begins a transaction and opens the book in it.
func (c *callers) begin(options pgx.TxOptions) (pgx.Tx, *ledger.Book) {
	c.t.Helper()
	tx, err := c.pool.BeginTx(c.t.Context(), options)
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx, c.open(tx, nil)
}

func (c *callers) open(tx pgx.Tx, options *pgstore.Options) *ledger.Book {
	c.t.Helper()
	book, err := ledger.Open(c.t.Context(), pgstore.In(tx, options), bookID, nil)
	require.NoError(c.t, err)
	return book
}

// order is the caller's own write.
func (c *callers) order(tx pgx.Tx) {
	c.t.Helper()
	_, err := tx.Exec(c.t.Context(), `insert into meal_order (id) values ($1)`, ledger.NewID())
	require.NoError(c.t, err)
}

// requireStored checks what everybody sees.
func (c *callers) requireStored(orders, balance int64) {
	c.t.Helper()
	var n int64
	require.NoError(c.t, c.pool.QueryRow(c.t.Context(), `select count(*) from meal_order`).Scan(&n))
	require.Equal(c.t, orders, n)
	got, err := c.book.Balance(c.t.Context(), "w/1")
	require.NoError(c.t, err)
	require.Equal(c.t, cny(balance), got)
}

func TestAPostIsSeenWithTheCallersCommitOnly(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	tx, book := c.begin(pgx.TxOptions{})
	c.order(tx)
	paid, err := book.Post(t.Context(), sale("w/1", 300))
	require.NoError(t, err)
	balance, err := book.Balance(t.Context(), "w/1")
	require.NoError(t, err)
	require.Equal(t, cny(700), balance, "within the transaction it is there")
	c.requireStored(0, 1000)
	require.NoError(t, tx.Commit(t.Context()))
	c.requireStored(1, 700)
	record, err := c.book.Record(t.Context(), paid.Record.ID)
	require.NoError(t, err)
	require.Equal(t, paid.Record, record)
}

func TestTheCallersRollbackLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	head, err := c.book.Head(t.Context())
	require.NoError(t, err)
	tx, book := c.begin(pgx.TxOptions{})
	c.order(tx)
	hold := preorder("w/1", 100, time.Time{})
	_, err = book.Authorize(t.Context(), hold)
	require.NoError(t, err)
	_, err = book.Post(t.Context(), sale("w/1", 300))
	require.NoError(t, err)
	require.NoError(t, tx.Rollback(t.Context()))
	c.requireStored(0, 1000)
	after, err := c.book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, head, after)
	_, err = c.book.Hold(t.Context(), hold.ID)
	require.ErrorIs(t, err, ledger.ErrHoldUnknown)
}

func TestARefusedPostLeavesTheCallersTransactionUsable(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	tx, book := c.begin(pgx.TxOptions{})
	c.order(tx)
	for range 3 {
		_, err := book.Post(t.Context(), sale("w/1", 5000))
		require.ErrorIs(t, err, ledger.ErrInsufficient)
	}
	_, err := c.book.Post(t.Context(), sale("w/1", 1))
	require.NoError(t, err, "a refused post holds no lock")
	same := sale("w/1", 200)
	for _, replayed := range []bool{false, true} {
		receipt, err := book.Post(t.Context(), same)
		require.NoError(t, err)
		require.Equal(t, replayed, receipt.Replayed)
	}
	c.order(tx)
	require.NoError(t, tx.Commit(t.Context()))
	c.requireStored(2, 799)
}

func TestTheBookIsLockedUntilTheCallersTransactionEnds(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	impatient := pgstore.New(c.pool, &pgstore.Options{LockTimeout: time.Millisecond})
	tx, book := c.begin(pgx.TxOptions{})
	_, err := book.Post(t.Context(), sale("w/1", 1))
	require.NoError(t, err)
	_, err = impatient.Lock(t.Context(), bookID, ledger.Need{})
	require.ErrorIs(t, err, ledger.ErrConflict)
	require.NoError(t, tx.Commit(t.Context()))
	locked, err := impatient.Lock(t.Context(), bookID, ledger.Need{})
	require.NoError(t, err)
	require.NoError(t, locked.Rollback(t.Context()))
}

const readSettings = `select array_agg(current_setting(name) order by name) from unnest(array['lock_timeout', 'enable_seqscan',
	'enable_nestloop', 'enable_hashjoin', 'enable_mergejoin', 'jit', 'synchronous_commit']) u (name)`

func TestTheCallersSettingsStayAsTheyWere(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	var before []string
	conn, err := c.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	require.NoError(t, conn.QueryRow(t.Context(), readSettings).Scan(&before))
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `set local lock_timeout = '3s'; set local enable_seqscan = on; set local enable_hashjoin = off; set local enable_nestloop = off;
		set local jit = on; set local synchronous_commit = off`)
	require.NoError(t, err)
	requireSettings := func(what string) {
		var now []string
		require.NoError(t, tx.QueryRow(t.Context(), readSettings).Scan(&now))
		require.Equal(t, []string{"off", "on", "off", "on", "on", "3s", "off"}, now, what)
	}
	requireSettings("at first") // hashjoin, mergejoin, seqscan, jit, lock_timeout, synchronous_commit
	book := c.open(tx, nil)
	_, err = book.Post(t.Context(), sale("w/1", 1))
	require.NoError(t, err)
	requireSettings("after a post")
	_, err = book.Post(t.Context(), sale("w/1", 5000))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	requireSettings("after a refused post")
	_, err = pgstore.In(tx, nil).Lock(t.Context(), 99, ledger.Need{})
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
	requireSettings("after a lock that failed")
	require.NoError(t, tx.Commit(t.Context()))
	var after []string
	require.NoError(t, conn.QueryRow(t.Context(), readSettings).Scan(&after))
	require.Equal(t, before, after)
}

func TestSavepointsOfTheCallerAndTheBookNest(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	tx, book := c.begin(pgx.TxOptions{})
	_, err := book.Post(t.Context(), sale("w/1", 1))
	require.NoError(t, err)

	inner, err := tx.Begin(t.Context())
	require.NoError(t, err)
	c.order(inner)
	_, err = c.open(inner, nil).Post(t.Context(), sale("w/1", 20))
	require.NoError(t, err)
	require.NoError(t, inner.Rollback(t.Context()))

	// One that happens to have the name of the book's own.
	_, err = tx.Exec(t.Context(), `savepoint campusledger`)
	require.NoError(t, err)
	c.order(tx)
	_, err = book.Post(t.Context(), sale("w/1", 300))
	require.NoError(t, err)
	_, err = book.Post(t.Context(), sale("w/1", 5000))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	_, err = tx.Exec(t.Context(), `rollback to savepoint campusledger`)
	require.NoError(t, err)

	_, err = book.Post(t.Context(), sale("w/1", 4))
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	c.requireStored(0, 995)
}

func TestAViewReadsInTheCallersTransaction(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	tx, book := c.begin(pgx.TxOptions{})
	_, err := book.Post(t.Context(), sale("w/1", 300))
	require.NoError(t, err)
	view, err := pgstore.In(tx, nil).View(t.Context())
	require.NoError(t, err)
	require.Len(t, list(t, view.Moves(t.Context(), bookID, ledger.MoveQuery{Account: "w/1"})), 2)
	require.NoError(t, view.Close())
	_, err = view.Head(t.Context(), bookID)
	require.Error(t, err)
	c.order(tx)
	require.NoError(t, tx.Commit(t.Context()))
	c.requireStored(1, 700)
}

func TestABookCanBeCreatedInTheCallersTransaction(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	for _, keep := range []bool{false, true} {
		tx, err := pool.Begin(t.Context())
		require.NoError(t, err)
		newBook(t, pgstore.In(tx, nil), 3)
		_, err = pgstore.New(pool, nil).Head(t.Context(), bookID)
		require.ErrorIs(t, err, ledger.ErrBookUnknown)
		if !keep {
			require.NoError(t, tx.Rollback(t.Context()))
			continue
		}
		require.NoError(t, tx.Commit(t.Context()))
	}
	book, err := ledger.Open(t.Context(), pgstore.New(pool, nil), bookID, nil)
	require.NoError(t, err)
	_, err = book.Post(t.Context(), topUp("w/3", 1))
	require.NoError(t, err)
}

// A server that commits in groups and programs with transactions of their own
// share a book.
func TestACallersTransactionWorksBesideGroupCommit(t *testing.T) {
	t.Parallel()
	const each, posters, programs = 60, 8, 3
	c := newCallers(t)
	other, err := ledger.Open(t.Context(), pgstore.New(openPool(t, c.pool.Config().ConnString(), nil), nil), bookID, nil)
	require.NoError(t, err)
	var all errgroup.Group
	for range posters {
		all.Go(func() error {
			for range each {
				if _, err := other.Post(t.Context(), topUp("w/1", 1)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range programs {
		all.Go(func() error {
			for i := range each {
				err := pgx.BeginFunc(t.Context(), c.pool, func(tx pgx.Tx) error {
					book, err := ledger.Open(t.Context(), pgstore.In(tx, nil), bookID, nil)
					if err != nil {
						return err
					}
					if _, err := tx.Exec(t.Context(), `insert into meal_order (id) values ($1)`, ledger.NewID()); err != nil {
						return err
					}
					if _, err := book.Post(t.Context(), sale("w/1", 1)); err != nil {
						return err
					}
					if i%3 == 0 {
						return errChanged
					}
					return nil
				})
				if err != nil && !errors.Is(err, errChanged) {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
	const kept = programs * each * 2 / 3
	c.requireStored(kept, 1000+posters*each-kept)
	head, err := c.book.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 4+posters*each+kept, head.Seq)
	tree := ledger.NewTree()
	for _, record := range list(t, pgstore.New(c.pool, nil).Records(t.Context(), bookID, ledger.RecordQuery{})) {
		require.NoError(t, tree.Append(ledger.LeafHash(record.Body), nil))
	}
	require.Equal(t, tree.Hashes(), head.Tree)
}

var errChanged = errors.New("the guest has changed their mind")

func TestAPostInTheCallersTransactionCostsThreeRoundTrips(t *testing.T) {
	t.Parallel()
	var w wire
	pool := openPool(t, pgtest.URL(t), func(config *pgxpool.Config) {
		oneConnection(config)
		w.tune(config)
	})
	newBook(t, pgstore.New(pool, nil), 1)
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	book, err := ledger.Open(t.Context(), pgstore.In(tx, nil), bookID, nil)
	require.NoError(t, err)
	_, err = book.Post(t.Context(), topUp("w/1", 100)) // prepares the statements
	require.NoError(t, err)
	before := w.trips.Load()
	_, err = book.Post(t.Context(), topUp("w/1", 100))
	require.NoError(t, err)
	require.EqualValues(t, 3, w.trips.Load()-before, "the savepoint, lock, commit")
	before = w.trips.Load()
	_, err = book.Post(t.Context(), sale("w/1", 5000))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	require.EqualValues(t, 3, w.trips.Load()-before, "the savepoint, lock, rollback")
}
