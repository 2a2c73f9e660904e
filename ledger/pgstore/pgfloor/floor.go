package pgfloor

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
)

// Floor is a load.Floor in a PostgreSQL database.
type Floor struct{ pool *pgxpool.Pool }

// New returns a floor over a pool, which stays the caller's, and makes sure of
// the head of book 1. The database has the tables that the store's Migrate makes.
// For so many writers at once the pool needs as many connections.
func New(ctx context.Context, pool *pgxpool.Pool) (*Floor, error) {
	_, err := pool.Exec(ctx, "insert into book (book_id) values (1) on conflict (book_id) do nothing")
	if err != nil {
		return nil, err
	}
	return &Floor{pool: pool}, nil
}

// Close does nothing: the pool is the caller's.
func (f *Floor) Close() error { return nil }

// Write writes the rows in one transaction.
func (f *Floor) Write(ctx context.Context, rows *ledger.Changes) error {
	return pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		if outgrown(tx.Conn(), len(rows.Records)+len(rows.Opened)) {
			if _, err := tx.Exec(ctx, discardPlans); err != nil {
				return err
			}
		}
		for _, t := range tables(rows) {
			if t.rows == 0 {
				continue
			}
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromSlice(t.rows, t.row)); err != nil {
				return err
			}
		}
		if err := update(ctx, tx, rows.Updated); err != nil {
			return err
		}
		h := &rows.Head
		_, err := tx.Exec(ctx, `update book set name = $1, seq = $2, accounts = $3, open_date = $4, at = $5, tree = $6 where book_id = 1`,
			h.Name, h.Seq, h.Accounts, h.OpenDate.Time(), h.At, h.Tree)
		return err
	})
}

// update sets the totals of accounts.
func update(ctx context.Context, tx pgx.Tx, updated []ledger.Account) error {
	if len(updated) == 0 {
		return nil
	}
	var columns [6][]int64
	for i := range updated {
		a := &updated[i]
		for j, value := range [...]int64{a.Number, a.Debits, a.Credits, a.LastSeq, a.MovedSeq, a.Moves} {
			columns[j] = append(columns[j], value)
		}
	}
	// Tables that were never analysed make a nested loop look cheap.
	if _, err := tx.Exec(ctx, `set local enable_nestloop = off`); err != nil {
		return err
	}
	const set = `update account a set debits = u.debits, credits = u.credits, last_seq = u.seq, moved_seq = u.moved, moves = u.moves
		from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
			u (number, debits, credits, seq, moved, moves)
		where a.book_id = 1 and a.number = u.number`
	_, err := tx.Exec(ctx, set, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5])
	return err
}

// WriteOne writes the rows of one record in one round trip.
func (f *Floor) WriteOne(ctx context.Context, rows *ledger.Changes) error {
	conn, err := f.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var batch pgx.Batch // the server makes one transaction of it
	if outgrown(conn.Conn(), len(rows.Records)+len(rows.Opened)) {
		batch.Queue(discardPlans)
	}
	for _, t := range tables(rows) {
		for i := range t.rows {
			values, err := t.row(i)
			if err != nil {
				return err
			}
			batch.Queue(t.insert(), values...)
		}
	}
	for i := range rows.Updated {
		a := &rows.Updated[i]
		batch.Queue(`update account set debits = debits + $1, credits = credits + $2, last_seq = greatest(last_seq, $3),
				moved_seq = greatest(moved_seq, $4), moves = moves + $5
			where book_id = 1 and number = $6`, a.Debits, a.Credits, a.LastSeq, a.MovedSeq, a.Moves, a.Number)
	}
	return conn.SendBatch(ctx, &batch).Close()
}

// discardPlans ends the plans behind the foreign keys too. Those that were made
// while the tables were all but empty read a whole book for each row.
const discardPlans = "discard plans"

// growth is what a connection has written, and had when its plans were made.
type growth struct{ rows, planned int }

const growthKey = "campusledger.pgfloor.growth"

// outgrown counts what a connection writes, and reports whether it has doubled
// since its plans were made.
func outgrown(conn *pgx.Conn, rows int) bool {
	data := conn.PgConn().CustomData()
	g, _ := data[growthKey].(growth)
	g.rows += rows
	replan := g.rows > 2*g.planned
	if replan {
		g.planned = g.rows
	}
	data[growthKey] = g
	return replan
}
