package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/campusledger/campusledger/ledger"
)

// TxStore is a [ledger.CallerStore]: a store within a transaction of its
// caller. It keeps [ledger.Cursors].
type TxStore struct {
	reader
	tx      pgx.Tx
	options Options
}

var (
	_ ledger.CallerStore = (*TxStore)(nil)
	_ ledger.Cursors     = (*TxStore)(nil)
)

// In returns a store within the caller's transaction, for as long as that
// lasts. Nil options are the defaults; PollInterval has no meaning here.
//
//	tx, err := pool.Begin(ctx)
//	defer tx.Rollback(ctx)
//	book, err := ledger.Open(ctx, pgstore.In(tx, nil), 1, nil)
//	receipt, err := book.Post(ctx, sale)
//	_, err = tx.Exec(ctx, "insert into meal_order …")
//	err = tx.Commit(ctx)
//
// What a book writes is durable and seen by others with the caller's commit,
// and gone with the caller's rollback. Each write happens in a savepoint: one
// that is refused or fails leaves the transaction as it was, and usable, unless
// the connection is lost, as when the context ends during a statement. Settings
// are as before after each write; synchronous_commit is never touched.
//
// The first write locks the book until the transaction ends: all others who
// post to it wait, a pool's [Store] in the same goroutine in vain. Write last,
// and commit soon. [ledger.ErrConflict] asks to repeat the whole transaction.
//
// Like the transaction, the store and its books are for one goroutine, which
// reads no second time while it is in a loop over a sequence. A read that the
// database refuses breaks the transaction off, as any statement does.
func In(tx pgx.Tx, options *Options) *TxStore {
	return &TxStore{reader: reader{source: fromTx{tx}}, tx: tx, options: options.withDefaults()}
}

// InCallersTransaction marks the store.
func (*TxStore) InCallersTransaction() {}

// Lock sets a savepoint, locks the book until the caller's transaction ends or
// Rollback, and reads what need names.
func (s *TxStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	within := &savepoint{tx: s.tx, lockTimeout: s.options.LockTimeout}
	return lock(ctx, within, book, &need, s.options.Notify)
}

// View reads in the caller's transaction. Its reads see one moment only if the
// isolation level is repeatable read or serializable.
func (s *TxStore) View(context.Context) (ledger.View, error) { return newView(s.tx, func() {}), nil }

// Create makes sure that the book has a head.
func (s *TxStore) Create(ctx context.Context, book ledger.BookID) error { return create(ctx, s, book) }

// exec runs a statement in a savepoint.
func (s *TxStore) exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error) {
	var tag pgconn.CommandTag
	err := pgx.BeginFunc(ctx, s.tx, func(within pgx.Tx) (err error) {
		tag, err = within.Exec(ctx, statement, args...)
		return err
	})
	return tag, err
}

// fromTx lends the caller's transaction.
type fromTx struct{ tx pgx.Tx }

func (t fromTx) lend(context.Context) (querier, func(), error) { return t.tx, func() {}, nil }
