package sqlitestore

import (
	"context"
	"database/sql"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/migrations"
)

// TxStore is a ledger.Store in a transaction of its caller: what a book writes
// to it is committed or rolled back with everything else the transaction does,
// and until then nobody else sees it. It ends with the transaction and needs no
// closing.
//
// Each write is a savepoint of its own, within those the caller may have set: a
// post that is refused or fails leaves no trace, and the transaction as usable as
// it was. Two errors are for the whole transaction: after ledger.ErrConflict,
// that of a file which another writer keeps locked or has changed meanwhile, the
// caller rolls back and runs it again; after an error of the disk SQLite may have
// rolled it back by itself: see [ErrTxLost].
//
// Like the transaction, the store and its books are for one goroutine at a time.
// It reads what the transaction has written. Whether a sequence has what is
// written while a loop is over it, is left open: write after the loop. A book of
// a [Store] on the same file waits for the transaction, in the same goroutine in
// vain.
type TxStore struct {
	reader // in the transaction
	writer *writer
}

var (
	_ ledger.CallerStore = (*TxStore)(nil)
	_ ledger.Cursors     = (*TxStore)(nil)
)

// nested is a savepoint in the caller's transaction. The update finds no row; it
// takes SQLite's write lock before anything is read, as ledger.Store demands of
// Lock, if the transaction was not begun with it.
var nested = span{
	nested: true,
	begin:  []string{"update book set seq = seq where 0", "savepoint ledger"},
	commit: "release ledger",
	undo:   []string{"rollback to ledger", "release ledger"},
}

// Migrate brings the ledger's tables in the caller's file up to date: account,
// balance, book, closing, cursor, hold, journal, milestone, node, refund, seal, and
// ledger_schema_version, names that the caller's own tables must not have. It
// runs before the first [In], outside of any transaction. A table may be made anew:
// indexes, triggers, views and foreign keys of the caller's on the ledger's tables
// are not kept, or keep it from being done.
func Migrate(ctx context.Context, db *sql.DB) error {
	return translate(migrations.Up(ctx, db, migrations.SQLite, migrations.Ledger))
}

// In returns a store within a transaction of the "sqlite" driver of
// modernc.org/sqlite, on a file that [Migrate] has prepared. How durable and how
// patient it is, is the caller's to set, such as:
//
//	file:school.db?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)
//
// Without _txlock=immediate, a transaction that has read before it posts loses
// with ledger.ErrConflict against everyone who wrote meanwhile.
func In(tx *sql.Tx) *TxStore {
	w := newWriter(tx, nested)
	return &TxStore{reader: reader{&w.statements}, writer: w}
}

// InCallersTransaction marks the store: see ledger.CallerStore.
func (*TxStore) InCallersTransaction() {}

// Create makes sure that the book has a head: see ledger.Store.
func (s *TxStore) Create(ctx context.Context, book ledger.BookID) error {
	return s.writer.create(ctx, book)
}

// Lock begins a savepoint: see ledger.Store. Committing it makes it a part of
// the caller's transaction, which alone decides whether and when it is seen.
func (s *TxStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	return s.writer.lock(ctx, book, need)
}

// MoveCursor moves a consumer with the caller's transaction: see
// ledger.Cursors.
func (s *TxStore) MoveCursor(ctx context.Context, book ledger.BookID, consumer string, from, to int64) error {
	return s.writer.moveCursor(ctx, book, consumer, from, to)
}

// View reads in the caller's transaction, which sees its own writes: see
// ledger.Store. Closing it does nothing.
func (s *TxStore) View(context.Context) (ledger.View, error) { return txView{s.reader}, nil }

type txView struct{ reader }

func (txView) Close() error { return nil }
