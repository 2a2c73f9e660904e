package pgstore

import (
	"context"
	"errors"
	"iter"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
)

// movesOfAccount walks the chain of an account's records backwards, from its last
// one or from the milestone behind which the records wanted begin. A record that
// is not there, or names no earlier one, is yielded as the last row, wherever it
// is.
const movesOfAccount = `with recursive chain (at, seq, id, date, mark, body, next) as (
		select s.seq, j.seq, j.id, j.date, j.mark, j.body, ` + prevOfLine + `
		from (select coalesce((select min(m.seq) from milestone m where m.book_id = $1 and m.account = a.number and m.seq >= $3),
				a.moved_seq) as seq
			from account a where a.book_id = $1 and a.path = $2) s
		left join lateral (select * from journal j where j.book_id = $1 and j.seq = s.seq offset 0) j on true
		where s.seq > $4
	union all
		select c.next, j.seq, j.id, j.date, j.mark, j.body, ` + prevOfLine + `
		from chain c
		left join lateral (select * from journal j where j.book_id = $1 and j.seq = c.next offset 0) j on true
		where c.next > $4 and c.next < c.seq)
	select c.at, c.seq, c.id, c.date, c.mark, c.body, c.next from chain c
	where c.at < $3 or c.next is null or c.next >= c.at limit $5`

// prevOfLine finds what the line of the account says in its fifth place. Bodies
// are not taken apart as json: PostgreSQL refuses documents with an escaped NUL
// or with numbers beyond its own. In a canonical body nothing behind the lines
// can look like the beginning of a line, so that the last such beginning is one.
const prevOfLine = `case when strpos(j.body, ` + beginOfLine + `) > 0 then
	split_part(split_part(reverse(split_part(reverse(j.body), reverse(` + beginOfLine + `), 1)), ']', 1), ',', 4)::bigint end`

const beginOfLine = `'["' || $2 || '","'`

// errBroken says what is wrong with a chain.
var errBroken = errors.New("it is not there, or does not name the record that moved the account before")

// Moves yields the records that moved an account, newest first.
func (r reader) Moves(ctx context.Context, book ledger.BookID, q ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	return read(ctx, r.source, scanMove, movesOfAccount, int64(book), toText(q.Account), q.Before, max(q.After, 0), toLimit(q.Limit))
}

func scanMove(rows pgx.Rows) (ledger.StoredRecord, error) {
	var r ledger.StoredRecord
	var at int64
	var seq, mark, next pgtype.Int8
	var id pgtype.UUID
	var date pgtype.Date
	err := rows.Scan(&at, &seq, &id, &date, &mark, &r.Body, &next)
	if err == nil && (!seq.Valid || !next.Valid || next.Int64 >= at || next.Int64 < 0) {
		err = errBroken
	}
	if err != nil {
		return ledger.StoredRecord{}, corrupt("record", at, err)
	}
	r.Seq, r.ID, r.Date, r.Mark = at, id.Bytes, fromDate(date), mark.Int64
	return r, nil
}
