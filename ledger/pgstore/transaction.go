package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
)

const beginWrite = `begin isolation level read committed`

// durable lets synchronous_commit be stronger than the default, but not off:
// Commit promises durability.
const durable = planning + `,
	set_config('synchronous_commit', case current_setting('synchronous_commit')
		when 'off' then 'on' else current_setting('synchronous_commit') end, true)`

// undoMax bounds how long undoing a write may take.
const undoMax = 5 * time.Second

// transaction is a [unit] of its own on a connection of the pool.
type transaction struct {
	conn        *pgxpool.Conn
	lockTimeout time.Duration
}

func (t transaction) begin(_ context.Context, batch *pgx.Batch) error {
	batch.Queue(beginWrite)
	queuePlanning(batch, durable, t.lockTimeout)
	return nil
}

func (t transaction) keep(batch *pgx.Batch) { batch.Queue("commit") }

func (t transaction) send(ctx context.Context, batch *pgx.Batch) error {
	return t.conn.SendBatch(ctx, batch).Close()
}

// failure knows that nothing was written if the server said so, if it never got
// the statements, or if the connection lives and is still in the transaction:
// then the commit was not reached.
func (t transaction) failure(err error) error {
	conn := t.conn.Conn()
	status := conn.PgConn().TxStatus()
	inside := !conn.IsClosed() && (status == 'T' || status == 'E')
	if refused(err) || inside || pgconn.SafeToRetry(err) {
		return translate(err)
	}
	return fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
}

func (t transaction) end() error {
	giveBack(t.conn)
	return nil
}

func (t transaction) connection() *pgx.Conn { return t.conn.Conn() }

// giveBack returns a connection to the pool. A transaction that is still open
// on it is rolled back; if that fails the pool closes the connection, and the
// server undoes the transaction.
func giveBack(conn *pgxpool.Conn) {
	defer conn.Release()
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), undoMax)
	defer cancel()
	_, _ = conn.Exec(ctx, "rollback")
}
