package pgstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/campusledger/campusledger/ledger"
)

// The statements of a commit travel together with the final commit, so that
// no answer can stop them. The head therefore moves first, from the expected
// position only, and each other statement writes only if it finds the head
// where the batch leaves it: a batch with a wrong idea of the book writes
// nothing at all.
const (
	moveHead = `update book set name = $4, seq = $3, accounts = $5, open_date = $6, closed_seq = $7, at = $8, tree = $9
		where book_id = $1 and seq = $2`

	insertRecords = `insert into journal (book_id, seq, id, kind, date, at, body, leaf)
		select b.book_id, u.* from book b,
			unnest($3::bigint[], $4::uuid[], $5::text[], $6::date[], $7::timestamptz[], $8::text[], $9::bytea[]) u
		where b.book_id = $1 and b.seq = $2`

	insertAccounts = `insert into account (book_id, number, path, control, currency, side, floor, ceiling, state, debits, credits, last_seq)
		select b.book_id, u.* from book b,
			unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::bigint[], $9::bigint[], $10::text[],
				$11::bigint[], $12::bigint[], $13::bigint[]) u
		where b.book_id = $1 and b.seq = $2`

	// Accounts are found by the key of the insert and not by a join with
	// unnest: a join planned for an empty book reads every account of the
	// book for every one to update.
	updateAccounts = insertAccounts + `
		on conflict (book_id, number) do update set floor = excluded.floor, ceiling = excluded.ceiling,
			state = excluded.state, debits = excluded.debits, credits = excluded.credits, last_seq = excluded.last_seq`

	insertEntries = `insert into entry (book_id, account, seq, line, amount, balance)
		select b.book_id, u.* from book b,
			unnest($3::bigint[], $4::bigint[], $5::smallint[], $6::bigint[], $7::bigint[]) u
		where b.book_id = $1 and b.seq = $2`

	insertClosings = `insert into closing (book_id, account, date, debits, credits)
		select b.book_id, u.* from book b, unnest($3::bigint[], $4::date[], $5::bigint[], $6::bigint[]) u
		where b.book_id = $1 and b.seq = $2`
)

// Commit writes the changes and commits them, in one round trip.
func (l *locked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.conn == nil {
		return fmt.Errorf("commit book %d: the transaction has ended", l.book)
	}
	conn := l.conn
	l.conn = nil
	defer giveBack(conn)
	c := newCommit(l.book, &changes, conn.Conn().PgConn())
	if err := conn.SendBatch(ctx, &c.batch).Close(); err != nil {
		return fmt.Errorf("commit book %d: %w", l.book, outcome(err, conn.Conn()))
	}
	if err := c.check(); err != nil {
		return fmt.Errorf("commit book %d: %w", l.book, err)
	}
	return nil
}

// outcome says what an error of a commit means. Nothing was written if the
// server said so, if it never got the statements, or if the connection lives
// and is still in the transaction: then the commit was not reached.
func outcome(err error, conn *pgx.Conn) error {
	status := conn.PgConn().TxStatus()
	inside := !conn.IsClosed() && (status == 'T' || status == 'E')
	if refused(err) || inside || pgconn.SafeToRetry(err) {
		return translate(err)
	}
	return fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
}

// commit is the batch of one commit, and how many rows its statements wrote.
type commit struct {
	batch       pgx.Batch
	book        int64
	seq         int64 // of the head, after
	moved       bool
	want, wrote int64
}

func newCommit(book ledger.BookID, changes *ledger.Changes, conn *pgconn.PgConn) *commit {
	c := &commit{book: int64(book), seq: changes.Head.Seq}
	head := &changes.Head
	queueReplan(&c.batch, conn, head)
	c.batch.Queue(moveHead, c.book, c.seq-int64(len(changes.Records)), c.seq, head.Name, head.Accounts,
		toDate(head.OpenDate), head.ClosedSeq, head.At, notNull(head.Tree)).
		Exec(func(tag pgconn.CommandTag) error {
			c.moved = tag.RowsAffected() == 1
			return nil
		})
	c.queue(insertRecords, len(changes.Records), recordArrays(changes.Records))
	c.queue(insertAccounts, len(changes.Opened), accountArrays(changes.Opened))
	c.queue(updateAccounts, len(changes.Updated), accountArrays(changes.Updated))
	c.queue(insertEntries, len(changes.Entries), entryArrays(changes.Entries))
	c.queue(insertClosings, len(changes.Closings), closingArrays(changes.Closings))
	c.batch.Queue("commit")
	return c
}

// queue adds a statement that writes one row for each element of its arrays,
// if there are any.
func (c *commit) queue(statement string, rows int, arrays []any) {
	if rows == 0 {
		return
	}
	c.want += int64(rows)
	c.batch.Queue(statement, append([]any{c.book, c.seq}, arrays...)...).
		Exec(func(tag pgconn.CommandTag) error {
			c.wrote += tag.RowsAffected()
			return nil
		})
}

// check looks at the numbers of rows once all is committed.
func (c *commit) check() error {
	switch {
	case !c.moved:
		return fmt.Errorf("%w: the journal does not end where the batch begins", ledger.ErrConflict)
	case c.wrote != c.want:
		return fmt.Errorf("%w: %d rows were written instead of %d", ledger.ErrCorrupt, c.wrote, c.want)
	}
	return nil
}

func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
