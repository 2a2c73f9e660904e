package pgstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

func TestAFailureLeavesTheCallersTransactionUsable(t *testing.T) {
	t.Parallel()
	lock := func(store ledger.Store) ledger.Locked {
		locked, err := store.Lock(t.Context(), bookID, ledger.Need{})
		require.NoError(t, err)
		return locked
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	cases := map[string]struct {
		fail func(c *callers, tx pgx.Tx, store *pgstore.TxStore) error
		want error // nil for one that is none of the ledger's
	}{
		"another holds the lock": {func(c *callers, _ pgx.Tx, store *pgstore.TxStore) error {
			other := lock(pgstore.New(c.pool, nil))
			_, err := store.Lock(t.Context(), bookID, ledger.Need{})
			require.NoError(t, other.Rollback(t.Context()))
			return err
		}, ledger.ErrConflict},
		"the book is unknown": {func(_ *callers, _ pgx.Tx, store *pgstore.TxStore) error {
			_, err := store.Lock(t.Context(), 99, ledger.Need{})
			return err
		}, ledger.ErrBookUnknown},
		"the head is further": {func(_ *callers, _ pgx.Tx, store *pgstore.TxStore) error {
			locked := lock(store)
			changes := nextRecord(locked.Snapshot().Head)
			changes.Head.Seq++
			return locked.Commit(t.Context(), changes)
		}, ledger.ErrConflict},
		"the database refuses a row": {func(_ *callers, _ pgx.Tx, store *pgstore.TxStore) error {
			locked := lock(store)
			changes := nextRecord(locked.Snapshot().Head)
			changes.Refunds = []ledger.Refunded{{Seq: 99, Minor: 1}}
			return locked.Commit(t.Context(), changes)
		}, nil},
		"the context has ended before the lock": {func(_ *callers, _ pgx.Tx, store *pgstore.TxStore) error {
			_, err := store.Lock(ended, bookID, ledger.Need{})
			return err
		}, context.Canceled},
		"the context has ended before the commit": {func(_ *callers, _ pgx.Tx, store *pgstore.TxStore) error {
			locked := lock(store)
			return locked.Commit(ended, nextRecord(locked.Snapshot().Head))
		}, context.Canceled},
		"a write is given up": {func(_ *callers, _ pgx.Tx, store *pgstore.TxStore) error {
			locked := lock(store)
			require.NoError(t, locked.Rollback(ended))
			require.NoError(t, locked.Rollback(ended))
			return locked.Commit(t.Context(), nextRecord(locked.Snapshot().Head))
		}, nil},
		"a head cannot be made": {func(_ *callers, tx pgx.Tx, store *pgstore.TxStore) error {
			_, err := tx.Exec(t.Context(), `alter table book add constraint test_check check (book_id < 50) not valid`)
			require.NoError(t, err)
			return store.Create(t.Context(), 99)
		}, nil},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCallers(t)
			tx, _ := c.begin(pgx.TxOptions{})
			c.order(tx)
			err := test.fail(c, tx, pgstore.In(tx, &pgstore.Options{LockTimeout: time.Millisecond}))
			require.Error(t, err)
			require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			c.order(tx)
			_, err = c.open(tx, nil).Post(t.Context(), sale("w/1", 10))
			require.NoError(t, err)
			require.NoError(t, tx.Commit(t.Context()))
			c.requireStored(2, 990)
		})
	}
}

// What the book was when the caller's snapshot was taken is no longer so.
func TestAWriteThatCameBetweenIsAConflictForTheCallerToRepeat(t *testing.T) {
	t.Parallel()
	for _, level := range []pgx.TxIsoLevel{pgx.RepeatableRead, pgx.Serializable} {
		t.Run(string(level), func(t *testing.T) {
			t.Parallel()
			c := newCallers(t)
			tx, book := c.begin(pgx.TxOptions{IsoLevel: level})
			_, err := c.book.Post(t.Context(), sale("w/1", 1))
			require.NoError(t, err)
			for range 2 {
				_, err = book.Post(t.Context(), sale("w/1", 1))
				require.ErrorIs(t, err, ledger.ErrConflict)
				require.NotErrorIs(t, err, ledger.ErrBusy)
			}
			c.order(tx)
			require.NoError(t, tx.Rollback(t.Context()))
			again, book := c.begin(pgx.TxOptions{IsoLevel: level})
			_, err = book.Post(t.Context(), sale("w/1", 1))
			require.NoError(t, err)
			require.NoError(t, again.Commit(t.Context()))
			c.requireStored(0, 998)
		})
	}
}

func TestABrokenTransactionStaysBroken(t *testing.T) {
	t.Parallel()
	c := newCallers(t)
	tx, book := c.begin(pgx.TxOptions{})
	_, err := tx.Exec(t.Context(), `savepoint campusledger`)
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `select 1/0`)
	require.Error(t, err)
	_, err = book.Post(t.Context(), sale("w/1", 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, ledger.ErrConflict)
	require.Equal(t, byte('E'), tx.Conn().PgConn().TxStatus(), "it is the caller's to roll back")
	require.NoError(t, tx.Rollback(t.Context()))
	_, err = book.Post(t.Context(), sale("w/1", 1))
	require.ErrorIs(t, err, pgx.ErrTxClosed)
	c.requireStored(0, 1000)
}
