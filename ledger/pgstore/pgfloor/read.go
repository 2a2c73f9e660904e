package pgfloor

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Balance reads an account's totals.
func (f *Floor) Balance(ctx context.Context, path string) error {
	var debits, credits int64
	return f.pool.QueryRow(ctx, "select debits, credits from account where book_id = 1 and path = $1", path).Scan(&debits, &credits)
}

// Page reads records of an account along their chain, from the first at or below
// a milestone.
func (f *Floor) Page(ctx context.Context, path string, until int64, limit int) error {
	const (
		prev = `split_part(split_part(split_part(j.body, '["' || $1 || '","', -1), ']', 1), ',', 4)::bigint`
		page = `with recursive chain (seq, body, next) as (
			select j.seq, j.body, ` + prev + ` from journal j where j.book_id = 1 and j.seq = (
				select coalesce((select min(m.seq) from milestone m where m.book_id = 1 and m.account = a.number and m.seq > $2), a.moved_seq)
				from account a where a.book_id = 1 and a.path = $1)
			union all select j.seq, j.body, ` + prev + ` from chain c join journal j on j.book_id = 1 and j.seq = c.next)
			select c.seq, c.body from chain c where c.seq <= $2 limit $3`
	)
	rows, err := f.pool.Query(ctx, page, path, until, limit)
	if err != nil {
		return err
	}
	var seq int64
	var body string
	read, err := pgx.ForEachRow(rows, []any{&seq, &body}, func() error { return nil })
	if err == nil && read.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return err
}
