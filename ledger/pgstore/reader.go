package pgstore

import (
	"context"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/campusledger/campusledger/ledger"
)

// Texts compare in byte order whatever the database's locale is. A limit of
// null is none.
const (
	selectHead = `select ` + headColumns + ` from book b where b.book_id = $1`

	selectAccounts = `select ` + accountColumns + ` from account a where a.book_id = $1`
	accountsByPath = selectAccounts + ` and a.path = any($2) order by a.path collate "C"`
	accountsInPart = selectAccounts + ` and a.path collate "C" >= $2 and a.path collate "C" < $3 and a.path collate "C" > $4
		and ($6 = '' or a.control = $6) and ($7 = '' or a.state = $7)
		and ($8 = '' or a.currency = $8 and a.side * (a.debits - a.credits) between $9 and $10)
		order by a.path collate "C" limit $5`

	selectRecords = `select ` + recordColumns + ` from journal j where j.book_id = $1`
	recordsByID   = selectRecords + ` and j.id = any($2) order by j.seq`
	recordsAfter  = selectRecords + ` and j.seq > $2 order by j.seq limit $3`

	// For one account and limit 1 this is one probe of the primary key.
	selectClosings = `select a.path, a.number, a.control, a.currency, c.date, c.debits, c.credits
		from account a cross join lateral (
			select * from closing c where c.book_id = $1 and c.account = a.number and c.date <= $3
			order by c.date desc limit $4) c
		where a.book_id = $1 and ($2 = '' or a.path = $2) and a.number between $5 and $6
		order by a.path collate "C", c.date`

	selectHolds  = `select ` + holdColumns + ` from hold h where h.book_id = $1`
	holdsByID    = selectHolds + ` and h.id = any($2) order by h.seq`
	holdsAfter   = selectHolds + ` and h.seq > $2 order by h.seq limit $3`
	holdsExpired = selectHolds + ` and h.state = 'held' and h.expires <= $4 and h.seq > $2 order by h.seq limit $3`

	selectRefunds = `select ` + refundColumns + ` from refund r where r.book_id = $1 order by r.seq, r.line`
)

// source lends a reader something to query on.
type source interface {
	lend(ctx context.Context) (querier, func(), error)
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// fromPool lends a connection for each reading.
type fromPool struct{ db DB }

func (p fromPool) lend(ctx context.Context) (querier, func(), error) {
	conn, err := p.db.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	return conn, conn.Release, nil
}

// reader is a [ledger.Reader].
type reader struct{ source source }

// Head returns where the book's journal stands.
func (r reader) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	for head, err := range read(ctx, r.source, scanHead, selectHead, int64(book)) {
		if err != nil {
			return ledger.Head{}, fmt.Errorf("read the head of book %d: %w", book, err)
		}
		return head, nil
	}
	return ledger.Head{}, fmt.Errorf("read the head of book %d: %w", book, ledger.ErrBookUnknown)
}

// Accounts yields accounts in the byte order of their paths.
func (r reader) Accounts(ctx context.Context, book ledger.BookID, q ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	if len(q.Paths) > 0 {
		return read(ctx, r.source, scanAccount, accountsByPath, int64(book), toTexts(q.Paths))
	}
	prefix := toText(q.Prefix) // no path has the byte 0x7f: those with the prefix lie before it
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if q.BalanceMin != nil {
		least = *q.BalanceMin
	}
	if q.BalanceMax != nil {
		most = *q.BalanceMax
	}
	return read(ctx, r.source, scanAccount, accountsInPart, int64(book), prefix, prefix+"\x7f", toText(q.After), toLimit(q.Limit),
		toText(q.Control), toText(string(q.State)), q.Currency.Code(), least, most)
}

// Records yields records in the order of the journal.
func (r reader) Records(ctx context.Context, book ledger.BookID, q ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if len(q.IDs) > 0 {
		return read(ctx, r.source, scanRecord, recordsByID, int64(book), toUUIDs(q.IDs))
	}
	return read(ctx, r.source, scanRecord, recordsAfter, int64(book), q.After, toLimit(q.Limit))
}

// Closings yields closings in the byte order of their accounts' paths, then of
// their dates.
func (r reader) Closings(ctx context.Context, book ledger.BookID, q ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	on, limit := q.On, 1
	if on.IsZero() {
		on, limit = ledger.DateOf(9999, time.December, 31), 0
	}
	if q.Last == 0 {
		q.Last = math.MaxInt64
	}
	return read(ctx, r.source, scanClosing, selectClosings, int64(book), toText(q.Account), toDate(on), toLimit(limit), q.First, q.Last)
}

// Holds yields holds in the order in which they were authorized.
func (r reader) Holds(ctx context.Context, book ledger.BookID, q ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	switch {
	case len(q.IDs) > 0:
		return read(ctx, r.source, scanHold, holdsByID, int64(book), toUUIDs(q.IDs))
	case !q.ExpiredAt.IsZero():
		return read(ctx, r.source, scanHold, holdsExpired, int64(book), q.After, toLimit(q.Limit), q.ExpiredAt)
	}
	return read(ctx, r.source, scanHold, holdsAfter, int64(book), q.After, toLimit(q.Limit))
}

// Refunds yields what was refunded of each line.
func (r reader) Refunds(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Refunded, error] {
	return read(ctx, r.source, scanRefund, selectRefunds, int64(book))
}

// read yields the rows of a query as they arrive. The query is planned for its
// arguments each time: a cached plan would be one for the size that the book
// had when the connection was new.
func read[T any](ctx context.Context, from source, scan func(pgx.Rows) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		q, giveBack, err := from.lend(ctx)
		if err != nil {
			yield(none, err)
			return
		}
		defer giveBack()
		rows, err := q.Query(ctx, query, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
		if err != nil {
			yield(none, translate(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			row, err := scan(rows)
			if !yield(row, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, translate(err))
		}
	}
}
