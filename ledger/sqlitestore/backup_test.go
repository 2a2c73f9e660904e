package sqlitestore_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// desk is a ledger and a file of orders beside it: each order is written first,
// then posted, then marked as done.
type desk struct {
	ledger, orders string
	book           *ledger.Book
	db             *sql.DB
	number         atomic.Int64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{ledger: filepath.Join(dir, "ledger.db"), orders: filepath.Join(dir, "orders #1?.db")}
	d.db = openOrders(t, d.orders)
	_, err := d.db.ExecContext(t.Context(), "create table orders (id integer primary key, done integer not null default 0)")
	require.NoError(t, err)
	d.book, err = ledger.Create(t.Context(), openAt(t, d.ledger), 1, ledger.Genesis{Name: "x", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	_, err = d.book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "wallet", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	return d
}

func openOrders(t *testing.T, path string) *sql.DB {
	t.Helper()
	uri := "file:" + filepath.Dir(path) + "/orders%20%231%3F.db?_txlock=immediate" + durable
	db, err := sql.Open("sqlite", uri)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func orderID(number int64) ledger.Transaction {
	one := money.MustParse("1.00", money.CNY)
	return ledger.Transaction{
		ID: ledger.KeyID("order", strconv.FormatInt(number, 10)), Kind: "topup",
		Postings: []ledger.Posting{ledger.Debit("bank", one), ledger.Credit("wallet", one)},
	}
}

// takeUntil takes orders until the context ends, each to its end.
func (d *desk) takeUntil(ctx context.Context) error {
	whole := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		number := d.number.Add(1)
		if _, err := d.db.ExecContext(whole, "insert into orders (id) values (?)", number); err != nil {
			return err
		}
		if _, err := d.book.Post(whole, orderID(number)); err != nil {
			return err
		}
		if _, err := d.db.ExecContext(whole, "update orders set done = 1 where id = ?", number); err != nil {
			return err
		}
	}
	return nil
}

// counts returns how many orders the copies have, how many of them are done, and
// how many are posted; and requires that nothing is there without what comes
// before it.
func (d *desk) counts(t *testing.T, dir string) (orders, done, posted int) {
	t.Helper()
	db := openOrders(t, filepath.Join(dir, "orders #1?.db"))
	store := openAt(t, filepath.Join(dir, "ledger.db"))
	rows, err := db.QueryContext(t.Context(), "select id, done from orders")
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	known := map[string]bool{}
	for rows.Next() {
		var number int64
		var isDone bool
		require.NoError(t, rows.Scan(&number, &isDone))
		known[orderID(number).ID.String()] = isDone
		orders++
		if isDone {
			done++
		}
	}
	require.NoError(t, rows.Err())
	for stored, err := range store.Records(t.Context(), 1, ledger.RecordQuery{}) {
		require.NoError(t, err)
		record, err := ledger.ParseRecord(stored.Body)
		require.NoError(t, err)
		if record.Kind != "topup" {
			continue
		}
		require.Contains(t, known, record.ID.String(), "a post without its order")
		delete(known, record.ID.String())
		posted++
	}
	for _, isDone := range known {
		require.False(t, isDone, "an order that is marked and was not posted")
	}
	require.NoError(t, db.Close())
	return orders, done, posted
}

func TestBackupsOfTwoFilesAreOfOneMoment(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	var group errgroup.Group
	for range 4 {
		group.Go(func() error { return d.takeUntil(ctx) })
	}
	last := 0
	for range 20 {
		dir := t.TempDir()
		require.NoError(t, sqlitestore.Backup(t.Context(),
			sqlitestore.BackupFile{From: d.orders, To: filepath.Join(dir, "orders #1?.db")},
			sqlitestore.BackupFile{From: d.ledger, To: filepath.Join(dir, "ledger.db")}))
		orders, done, posted := d.counts(t, dir)
		require.LessOrEqual(t, done, posted)
		require.LessOrEqual(t, posted, orders)
		require.GreaterOrEqual(t, posted, last, "time does not go back")
		last = posted
	}
	stop()
	require.NoError(t, group.Wait())
	require.Positive(t, last)
}

func TestBackupIsAWholeDatabaseForItsOwner(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	_, err := d.book.Post(t.Context(), orderID(1)) // in the write-ahead log
	require.NoError(t, err)
	require.NoError(t, sqlitestore.Backup(t.Context(), sqlitestore.BackupFile{From: d.ledger, To: to}))
	_, err = d.book.Post(t.Context(), orderID(2))
	require.NoError(t, err)

	info, err := os.Stat(to)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoFileExists(t, to+"-wal")
	require.NoFileExists(t, to+"-journal")
	copied, err := sqlitestore.Open(t.Context(), to, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, copied.Close()) })
	book, err := ledger.Open(t.Context(), copied, 1, nil)
	require.NoError(t, err)
	head, err := book.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, head.Seq)
	_, err = book.Post(t.Context(), orderID(3))
	require.NoError(t, err, "a copy is a book to go on with")
}

func TestBackupsThatFailLeaveNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	files := func(t *testing.T, dir string) []sqlitestore.BackupFile {
		t.Helper()
		return []sqlitestore.BackupFile{
			{From: d.orders, To: filepath.Join(dir, "o.db")}, {From: d.ledger, To: filepath.Join(dir, "l.db")},
		}
	}
	empty := func(t *testing.T, dir string) {
		t.Helper()
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries)
	}
	t.Run("where a file of the name is, which stays as it is", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "l.db"), []byte("kept"), 0o600))
		require.ErrorIs(t, sqlitestore.Backup(t.Context(), files(t, dir)...), os.ErrExist)
		text, err := os.ReadFile(filepath.Join(dir, "l.db"))
		require.NoError(t, err)
		require.Equal(t, "kept", string(text))
		require.NoFileExists(t, filepath.Join(dir, "o.db"))
	})
	t.Run("of a file that is not there, and is not made", func(t *testing.T) {
		t.Parallel()
		dir, missing := t.TempDir(), filepath.Join(t.TempDir(), "none.db")
		require.Error(t, sqlitestore.Backup(t.Context(), sqlitestore.BackupFile{From: missing, To: filepath.Join(dir, "x.db")}))
		require.NoFileExists(t, missing)
		empty(t, dir)
	})
	t.Run("of a file that is no database", func(t *testing.T) {
		t.Parallel()
		dir, text := t.TempDir(), filepath.Join(t.TempDir(), "text.db")
		require.NoError(t, os.WriteFile(text, []byte("this is not a database, only a text that is long enough"), 0o600))
		err := sqlitestore.Backup(t.Context(), sqlitestore.BackupFile{From: text, To: filepath.Join(dir, "x.db")})
		require.ErrorIs(t, err, ledger.ErrCorrupt)
		empty(t, dir)
	})
	t.Run("when the context ends before the writers leave a gap", func(t *testing.T) {
		t.Parallel()
		own := newDesk(t)
		dir := t.TempDir()
		tx, err := own.db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err = sqlitestore.Backup(ctx, sqlitestore.BackupFile{From: own.orders, To: filepath.Join(dir, "o.db")},
			sqlitestore.BackupFile{From: own.ledger, To: filepath.Join(dir, "l.db")})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, tx.Rollback())
		empty(t, dir)
	})
}
