package sqlitefloor

import (
	"context"
	"database/sql"
)

const (
	selectBalance = "select debits, credits from account where book_id = 1 and path = ?"
	selectPage    = `select e.seq, e.line, e.amount, e.balance, j.id, j.kind, j.date, j.at
		from entry e join journal j on j.book_id = e.book_id and j.seq = e.seq
		where e.book_id = 1 and e.account = (select number from account where book_id = 1 and path = ?) and e.seq <= ?
		order by e.seq desc, e.line desc limit ?`
)

// Balance reads an account's totals.
func (f *Floor) Balance(ctx context.Context, path string) error {
	var debits, credits int64
	return f.balance.QueryRowContext(ctx, path).Scan(&debits, &credits)
}

// Page reads entries with what their records say.
func (f *Floor) Page(ctx context.Context, path string, until int64, limit int) error {
	rows, err := f.page.QueryContext(ctx, path, until, limit)
	if err != nil {
		return err
	}
	defer rows.Close()
	read := 0
	for ; rows.Next(); read++ {
		var (
			seq, line, amount, balance int64
			id                         []byte
			kind, date, at             string
		)
		if err := rows.Scan(&seq, &line, &amount, &balance, &id, &kind, &date, &at); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if read == 0 {
		return sql.ErrNoRows
	}
	return nil
}
