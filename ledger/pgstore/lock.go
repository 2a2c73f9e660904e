package pgstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
)

const beginWrite = `begin isolation level read committed`

// settings hold for one write transaction. The plans of the statements below
// are cached with the connection, perhaps since the book was empty: they must
// not depend on how large the tables were then. synchronous_commit may be
// stronger than the default, but not off: Commit promises durability.
const settings = `select
	set_config('lock_timeout', $1, true),
	set_config('enable_seqscan', 'off', true),
	set_config('enable_hashjoin', 'off', true),
	set_config('enable_mergejoin', 'off', true),
	set_config('jit', 'off', true),
	set_config('synchronous_commit', case current_setting('synchronous_commit')
		when 'off' then 'on' else current_setting('synchronous_commit') end, true)`

// Under read committed each statement sees what was committed before it
// began: those after lockHead see all that the last holder of the lock wrote.
const lockHead = `select ` + headColumns + ` from book b where b.book_id = $1 for update`

// The two lookups probe the unique index once for each name. "path = any($2)"
// is shorter, but on a plan made for an empty book it reads every account of
// the book and filters; the offset keeps the planner from turning the probe
// into such a join.
const (
	lockAccounts = `select a.* from unnest($2::text[]) u (path) cross join lateral (
		select ` + accountColumns + ` from account a where a.book_id = $1 and a.path = u.path offset 0) a`
	lockRecords = `select j.* from unnest($2::uuid[]) u (id) cross join lateral (
		select ` + recordColumns + ` from journal j where j.book_id = $1 and j.id = u.id offset 0) j`
	lockTouched = `select ` + accountColumns + ` from account a
		where a.book_id = $1 and a.last_seq > (select b.closed_seq from book b where b.book_id = $1)`
)

// Lock begins the write transaction of a book and reads what need names, in
// one round trip.
func (s *Store) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	conn, err := s.db.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock book %d: %w", book, err)
	}
	l := &locked{conn: conn, book: book}
	if err := l.begin(ctx, s.lockTimeout, need); err != nil {
		giveBack(conn)
		return nil, fmt.Errorf("lock book %d: %w", book, translate(err))
	}
	return l, nil
}

// locked is a [ledger.Locked]. It has no connection once it ended.
type locked struct {
	conn     *pgxpool.Conn
	book     ledger.BookID
	snapshot ledger.Snapshot
}

func (l *locked) begin(ctx context.Context, timeout time.Duration, need ledger.Need) error {
	var batch pgx.Batch
	batch.Queue(beginWrite)
	batch.Queue(settings, strconv.FormatInt(max(timeout.Milliseconds(), 1), 10))
	book, exists := int64(l.book), false
	batch.Queue(lockHead, book).Query(func(rows pgx.Rows) error {
		return each(rows, scanHead, func(head ledger.Head) { l.snapshot.Head, exists = head, true })
	})
	if len(need.Accounts) > 0 {
		batch.Queue(lockAccounts, book, need.Accounts).Query(collect(&l.snapshot.Accounts, scanAccount))
	}
	if len(need.IDs) > 0 {
		batch.Queue(lockRecords, book, uuidArray(need.IDs)).Query(collect(&l.snapshot.Records, scanRecord))
	}
	if need.Touched {
		batch.Queue(lockTouched, book).Query(collect(&l.snapshot.Touched, scanAccount))
	}
	if err := l.conn.SendBatch(ctx, &batch).Close(); err != nil {
		return err
	}
	if !exists {
		return ledger.ErrBookUnknown
	}
	return nil
}

// Snapshot returns what Lock read.
func (l *locked) Snapshot() ledger.Snapshot { return l.snapshot }

// Rollback ends the transaction also if the context has ended: the lock must
// not outlive its holder.
func (l *locked) Rollback(context.Context) error {
	if l.conn != nil {
		giveBack(l.conn)
		l.conn = nil
	}
	return nil
}

// giveBack returns a connection to the pool. A transaction that is still open
// on it is rolled back; if that fails the pool closes the connection, and the
// server undoes the transaction.
func giveBack(conn *pgxpool.Conn) {
	defer conn.Release()
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = conn.Exec(ctx, "rollback")
}

// collect appends what scan reads from each row.
func collect[T any](list *[]T, scan func(pgx.Rows) (T, error)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		return each(rows, scan, func(row T) { *list = append(*list, row) })
	}
}

func each[T any](rows pgx.Rows, scan func(pgx.Rows) (T, error), take func(T)) error {
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return err
		}
		take(row)
	}
	return rows.Err()
}

// uuidArray gives ids the type that pgx encodes without reflection for each.
func uuidArray(ids []uuid.UUID) [][16]byte {
	array := make([][16]byte, len(ids))
	for i, id := range ids {
		array[i] = id
	}
	return array
}
