package sqlitestore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

const durable = "&_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)"

// program is a caller with a table of its own beside the ledger's.
type program struct {
	*sql.DB
	path string
}

func newProgram(t *testing.T) *program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "school.db")
	p := openProgram(t, path, "_txlock=immediate"+durable)
	require.NoError(t, sqlitestore.Migrate(t.Context(), p.DB))
	_, err := p.ExecContext(t.Context(), "create table meal_order (id text primary key, dish text not null) strict")
	require.NoError(t, err)
	p.within(t, func(tx *sql.Tx) error {
		book, err := ledger.Create(t.Context(), sqlitestore.In(tx), 1, ledger.Genesis{Name: "School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
		if err != nil {
			return err
		}
		_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
			{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
			{Path: "wallet", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
		}})
		return err
	})
	return p
}

func openProgram(t *testing.T, path, query string) *program {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?"+query)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return &program{DB: db, path: path}
}

// within runs the function in a transaction and commits it.
func (p *program) within(t *testing.T, do func(tx *sql.Tx) error) {
	t.Helper()
	tx := p.begin(t)
	require.NoError(t, do(tx))
	require.NoError(t, tx.Commit())
}

func (p *program) begin(t *testing.T) *sql.Tx {
	t.Helper()
	tx, err := p.BeginTx(context.Background(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

// balance is the wallet's as everyone but an open transaction sees it.
func (p *program) balance(t *testing.T) int64 {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), p.path, &sqlitestore.Options{ReadOnly: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	book, err := ledger.Open(t.Context(), store, 1, nil)
	require.NoError(t, err)
	balance, err := book.Balance(t.Context(), "wallet")
	require.NoError(t, err)
	return balance.Minor()
}

func (p *program) orders(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, p.QueryRowContext(t.Context(), "select count(*) from meal_order").Scan(&n))
	return n
}

func order(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, "insert into meal_order (id, dish) values (?, 'noodles')", id)
	return err
}

func bookIn(t *testing.T, tx *sql.Tx) *ledger.Book {
	t.Helper()
	book, err := ledger.Open(t.Context(), sqlitestore.In(tx), 1, nil)
	require.NoError(t, err)
	return book
}

func topUp(minor int64) ledger.Transaction {
	amount := money.Of(minor, money.CNY)
	return ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{ledger.Debit("bank", amount), ledger.Credit("wallet", amount)}}
}

func spend(minor int64) ledger.Transaction {
	amount := money.Of(minor, money.CNY)
	return ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{ledger.Debit("wallet", amount), ledger.Credit("bank", amount)}}
}

func TestAPostInTheCallersTransaction(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("is seen by its own transaction at once and by others with the commit", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t)
		tx := p.begin(t)
		require.NoError(t, order(ctx, tx, "1"))
		book := bookIn(t, tx)
		_, err := book.Post(ctx, topUp(500))
		require.NoError(t, err)
		balance, err := book.Balance(ctx, "wallet")
		require.NoError(t, err)
		require.EqualValues(t, 500, balance.Minor())
		require.Zero(t, p.balance(t))
		require.NoError(t, tx.Commit())
		require.EqualValues(t, 500, p.balance(t))
		require.Equal(t, 1, p.orders(t))
	})
	t.Run("is gone with the rollback", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t)
		tx := p.begin(t)
		require.NoError(t, order(ctx, tx, "1"))
		book := bookIn(t, tx)
		receipt, err := book.Post(ctx, topUp(500))
		require.NoError(t, err)
		require.EqualValues(t, 3, receipt.Record.Seq)
		require.NoError(t, tx.Rollback())
		require.Zero(t, p.balance(t))
		require.Zero(t, p.orders(t))
		_, err = book.Post(ctx, topUp(500))
		require.ErrorIs(t, err, sql.ErrTxDone, "and the book with it")
		p.within(t, func(tx *sql.Tx) error {
			receipt, err = bookIn(t, tx).Post(ctx, topUp(1))
			return err
		})
		require.EqualValues(t, 3, receipt.Record.Seq, "no position was used up")
	})
	t.Run("leaves the transaction usable if it is refused", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t)
		p.within(t, func(tx *sql.Tx) error {
			require.NoError(t, order(ctx, tx, "1"))
			book := bookIn(t, tx)
			_, err := book.Post(ctx, spend(1))
			require.ErrorIs(t, err, ledger.ErrInsufficient)
			require.NoError(t, order(ctx, tx, "2"))
			_, err = book.Post(ctx, topUp(7))
			return err
		})
		require.EqualValues(t, 7, p.balance(t))
		require.Equal(t, 2, p.orders(t))
	})
	t.Run("leaves the transaction usable if the database fails it", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t)
		p.within(t, func(tx *sql.Tx) error {
			require.NoError(t, order(ctx, tx, "1"))
			store := sqlitestore.In(tx)
			locked, err := store.Lock(ctx, 1, ledger.Need{Accounts: []string{"wallet"}})
			require.NoError(t, err)
			snapshot := locked.Snapshot()
			snapshot.Accounts[0].Debits = 1 // below the floor
			snapshot.Head.Name = "Nowhere"
			err = locked.Commit(ctx, ledger.Changes{Head: snapshot.Head, Updated: snapshot.Accounts})
			require.ErrorContains(t, err, "constraint failed")
			head, err := store.Head(ctx, 1)
			require.NoError(t, err)
			require.Equal(t, "School", head.Name)
			_, err = bookIn(t, tx).Post(ctx, topUp(7))
			return err
		})
		require.EqualValues(t, 7, p.balance(t))
		require.Equal(t, 1, p.orders(t))
	})
	t.Run("leaves the transaction usable if its context has ended", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t)
		p.within(t, func(tx *sql.Tx) error {
			require.NoError(t, order(ctx, tx, "1"))
			store := sqlitestore.In(tx)
			ended, cancel := context.WithCancel(ctx)
			locked, err := store.Lock(ended, 1, ledger.Need{})
			require.NoError(t, err)
			cancel()
			require.ErrorIs(t, locked.Commit(ended, ledger.Changes{Head: locked.Snapshot().Head}), context.Canceled)
			_, err = store.Lock(ended, 1, ledger.Need{})
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, store.Create(ended, 2), context.Canceled)
			_, err = bookIn(t, tx).Post(ctx, topUp(7))
			return err
		})
		require.EqualValues(t, 7, p.balance(t))
		require.Equal(t, 1, p.orders(t))
	})
	t.Run("follows the caller's savepoints, whatever their names", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t)
		p.within(t, func(tx *sql.Tx) error {
			book := bookIn(t, tx)
			run := func(text string) {
				_, err := tx.ExecContext(ctx, text)
				require.NoError(t, err)
			}
			post := func(minor int64) {
				_, err := book.Post(ctx, topUp(minor))
				require.NoError(t, err)
			}
			post(1)
			run("savepoint ledger") // as the store calls its own
			post(10)
			run("savepoint inner")
			post(100)
			_, err := book.Post(ctx, spend(1000))
			require.ErrorIs(t, err, ledger.ErrInsufficient)
			run("rollback to inner")
			post(1000)
			run("release inner")
			run("release ledger")
			run("savepoint last")
			post(10_000)
			run("rollback to last")
			return nil
		})
		require.EqualValues(t, 1011, p.balance(t))
	})
	t.Run("is not made once SQLite has rolled the transaction back", func(t *testing.T) {
		t.Parallel()
		p := newProgram(t)
		tx := p.begin(t)
		require.NoError(t, order(ctx, tx, "1"))
		book := bookIn(t, tx)
		_, err := tx.ExecContext(ctx, "create table photo (pixels blob)")
		require.NoError(t, err)
		_, err = tx.ExecContext(ctx, "pragma max_page_count = 1") // the disk is full
		require.NoError(t, err)
		_, err = tx.ExecContext(ctx, "insert into photo (pixels) values (zeroblob(1000000))")
		require.ErrorContains(t, err, "full")
		_, err = book.Post(ctx, topUp(500))
		require.ErrorIs(t, err, sqlitestore.ErrTxLost)
		require.ErrorIs(t, sqlitestore.In(tx).MoveCursor(ctx, 1, "mail", 0, 1), sqlitestore.ErrTxLost)
		require.Error(t, tx.Commit())
		require.Zero(t, p.balance(t))
		require.Zero(t, p.orders(t))
	})
}

func TestReadingInTheCallersTransaction(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := newProgram(t)
	tx := p.begin(t)
	store := sqlitestore.In(tx)
	book, err := ledger.Open(ctx, store, 1, nil)
	require.NoError(t, err)
	seen := 0
	for account, err := range book.Accounts(ctx, "") { // while posts begin and end savepoints
		require.NoError(t, err)
		seen++
		_, err = book.Post(ctx, topUp(5))
		require.NoError(t, err)
		_, err = book.Post(ctx, spend(1000))
		require.ErrorIs(t, err, ledger.ErrInsufficient, account.Path)
	}
	require.Equal(t, 2, seen)
	view, err := store.View(ctx)
	require.NoError(t, err)
	head, err := view.Head(ctx, 1)
	require.NoError(t, err)
	require.EqualValues(t, 4, head.Seq)
	require.NoError(t, view.Close())
	require.NoError(t, view.Close())
	_, err = store.Head(ctx, 1)
	require.NoError(t, err, "closing a view ends nothing")
	_, err = store.Head(ctx, 2)
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
	require.NoError(t, store.Create(ctx, 2))
	require.NoError(t, store.Create(ctx, 2))
	_, err = store.Head(ctx, 2)
	require.NoError(t, err)
}

func TestOnlyATransactionsStoreIsTheCallers(t *testing.T) {
	t.Parallel()
	var store ledger.Store = (*sqlitestore.Store)(nil)
	_, ok := store.(ledger.CallerStore)
	require.False(t, ok)
	store = sqlitestore.In(nil)
	_, ok = store.(ledger.CallerStore)
	require.True(t, ok)
	_, ok = store.(ledger.Waiter)
	require.False(t, ok)
}

// A caller who begins without the lock may read first: the ledger then takes
// the lock before it looks, or says that it is too late.
func TestADeferredTransactionLosesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := newProgram(t)
	late := openProgram(t, p.path, "_pragma=busy_timeout(5000)&_pragma=foreign_keys(ON)")

	tx := late.begin(t)
	locked, err := sqlitestore.In(tx).Lock(ctx, 1, ledger.Need{})
	require.NoError(t, err)
	other := openProgram(t, p.path, "_txlock=immediate&_pragma=busy_timeout(1)")
	_, err = other.BeginTx(ctx, nil)
	require.ErrorContains(t, err, "SQLITE_BUSY", "Lock has taken the file's lock")
	require.NoError(t, locked.Rollback(ctx))
	require.NoError(t, tx.Commit())

	tx = late.begin(t)
	book := bookIn(t, tx) // reads
	p.within(t, func(tx *sql.Tx) error {
		_, err := bookIn(t, tx).Post(ctx, topUp(500))
		return err
	})
	_, err = book.Post(ctx, topUp(7))
	require.ErrorIs(t, err, ledger.ErrConflict)
	balance, err := book.Balance(ctx, "wallet")
	require.NoError(t, err)
	require.Zero(t, balance.Minor(), "it still reads its own moment")
	require.NoError(t, tx.Rollback())
	late.within(t, func(tx *sql.Tx) error {
		_, err := bookIn(t, tx).Post(ctx, topUp(7))
		return err
	})
	require.EqualValues(t, 507, p.balance(t), "the whole transaction again")
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	t.Run("works on the only connection of a pool, and again", func(t *testing.T) {
		t.Parallel()
		p := openProgram(t, filepath.Join(t.TempDir(), "one.db"), "_txlock=immediate"+durable)
		p.SetMaxOpenConns(1)
		require.NoError(t, sqlitestore.Migrate(t.Context(), p.DB))
		require.NoError(t, sqlitestore.Migrate(t.Context(), p.DB))
		var tables string
		require.NoError(t, p.QueryRowContext(t.Context(), `select group_concat(name, ', ') from
(select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name)`).Scan(&tables))
		require.Equal(t, "account, balance, book, closing, cursor, hold, journal, ledger_schema_version, milestone, node, refund, seal", tables,
			"no others than the documentation of Migrate says")
	})
	t.Run("says that the file is no database", func(t *testing.T) {
		t.Parallel()
		p := openProgram(t, "/dev/null/school.db", "")
		require.Error(t, sqlitestore.Migrate(t.Context(), p.DB))
	})
}
