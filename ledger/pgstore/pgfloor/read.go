package pgfloor

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Balance reads an account's totals.
func (f *Floor) Balance(ctx context.Context, path string) error {
	var debits, credits int64
	return f.pool.QueryRow(ctx, "select debits, credits from account where book_id = 1 and path = $1", path).Scan(&debits, &credits)
}

// Page reads entries with what their records say.
func (f *Floor) Page(ctx context.Context, path string, until int64, limit int) error {
	const page = `select e.seq, e.line, e.amount, e.balance, j.id, j.kind, j.date, j.at
		from entry e join journal j on j.book_id = e.book_id and j.seq = e.seq
		where e.book_id = 1 and e.account = (select number from account where book_id = 1 and path = $1) and e.seq <= $2
		order by e.seq desc, e.line desc limit $3`
	rows, err := f.pool.Query(ctx, page, path, until, limit)
	if err != nil {
		return err
	}
	var (
		seq, amount, balance int64
		line                 int16
		id                   uuid.UUID
		kind                 string
		date, at             time.Time
	)
	read, err := pgx.ForEachRow(rows, []any{&seq, &line, &amount, &balance, &id, &kind, &date, &at}, func() error { return nil })
	if err == nil && read.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return err
}
