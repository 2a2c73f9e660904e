package pgstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"

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
	moveHead = `update book set name = $4, seq = $3, accounts = $5, open_date = $6, closed_seq = $7, reopen_seq = $8,
			touched_seq = $9, chart_seq = $10, at = $11, tree = $12
		where book_id = $1 and seq = $2`

	insertRecords = `insert into journal (book_id, seq, id, mark, date, body)
		select b.book_id, u.* from book b, unnest($3::bigint[], $4::uuid[], $5::bigint[], $6::date[], $7::text[]) u
		where b.book_id = $1 and b.seq = $2`

	insertAccounts = `insert into account as a (book_id, number, path, control, currency, side, floor, ceiling, state, debits, credits,
			last_seq, changed_seq, limits, meta, used, held_debits, held_credits, moved_seq, moves)
		select b.book_id, u.* from book b,
			unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::bigint[], $9::bigint[], $10::text[],
				$11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::text[],
				$18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[]) u
		where b.book_id = $1 and b.seq = $2`

	// Of most accounts only totals change. Their rows are found by the array of
	// numbers, in one walk of the key, and joined by a hash: see joining. If one
	// is not there, though the head was moved, the division fails and with it the
	// batch.
	updateTotals = `with moved as (update account a set debits = u.debits, credits = u.credits, held_debits = u.held_debits,
			held_credits = u.held_credits, used = u.used, last_seq = u.last_seq, moved_seq = u.moved_seq, moves = u.moves
		from book b, unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[],
				$9::bigint[], $10::bigint[], $11::bigint[])
			u (number, debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves)
		where b.book_id = $1 and b.seq = $2 and a.book_id = $1 and a.number = any($3::bigint[]) and a.number = u.number
		returning 1)
		select 1 / (case when count(*) = cardinality($3::bigint[]) or not exists (
			select 1 from book b where b.book_id = $1 and b.seq = $2) then 1 else 0 end) from moved`

	// Accounts are found by the key of the insert and not by a join with
	// unnest: a join planned for an empty book reads every account of the
	// book for every one to update. Texts that have not changed are set to
	// themselves: a long one is then not stored anew for each payment.
	updateAccounts = insertAccounts + `
		on conflict (book_id, number) do update set floor = excluded.floor, ceiling = excluded.ceiling,
			state = excluded.state, debits = excluded.debits, credits = excluded.credits, last_seq = excluded.last_seq,
			changed_seq = excluded.changed_seq, used = excluded.used,
			limits = case when a.limits = excluded.limits then a.limits else excluded.limits end,
			meta = case when a.meta = excluded.meta then a.meta else excluded.meta end,
			held_debits = excluded.held_debits, held_credits = excluded.held_credits,
			moved_seq = excluded.moved_seq, moves = excluded.moves`

	insertMilestones = `insert into milestone (book_id, account, seq)
		select b.book_id, u.* from book b, unnest($3::bigint[], $4::bigint[]) u
		where b.book_id = $1 and b.seq = $2`

	deleteClosings = `delete from closing c using book b
		where b.book_id = $1 and b.seq = $2 and c.book_id = $1 and c.date = $3`

	insertClosings = `insert into closing (book_id, account, date, debits, credits)
		select b.book_id, u.* from book b, unnest($3::bigint[], $4::date[], $5::bigint[], $6::bigint[]) u
		where b.book_id = $1 and b.seq = $2`

	writeHolds = `insert into hold (book_id, seq, id, state, expires, captured, last_seq)
		select b.book_id, u.* from book b,
			unnest($3::bigint[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::bigint[]) u
		where b.book_id = $1 and b.seq = $2
		on conflict (book_id, seq) do update set state = excluded.state, expires = excluded.expires,
			captured = excluded.captured, last_seq = excluded.last_seq`

	writeRefunds = `insert into refund (book_id, seq, line, amount)
		select b.book_id, u.* from book b, unnest($3::bigint[], $4::smallint[], $5::bigint[]) u
		where b.book_id = $1 and b.seq = $2
		on conflict (book_id, seq, line) do update set amount = excluded.amount`

	insertNodes = `insert into node (book_id, tree, level, number, hash)
		select b.book_id, u.* from book b, unnest($3::bigint[], $4::smallint[], $5::bigint[], $6::bytea[]) u
		where b.book_id = $1 and b.seq = $2`
)

// Write takes no parts: a batch is one round trip.
func (l *locked) Write(context.Context, ledger.Changes) bool { return false }

// Commit writes the changes and lets them stand, in one round trip.
func (l *locked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.unit == nil {
		return fmt.Errorf("commit book %d: the transaction has ended", l.book)
	}
	in := l.unit
	l.unit = nil
	defer func() { _ = in.end() }()
	c := newCommit(l.book, &changes, in.connection().PgConn())
	if l.notify {
		c.batch.Queue(notify, channel, strconv.FormatInt(c.book, 10))
	}
	in.keep(&c.batch)
	if err := in.send(ctx, &c.batch); err != nil {
		return fmt.Errorf("commit book %d: %w", l.book, in.failure(err))
	}
	if err := c.check(); err != nil {
		return fmt.Errorf("commit book %d: %w", l.book, err)
	}
	return nil
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
		toDate(head.OpenDate), head.ClosedSeq, head.ReopenSeq, head.TouchedSeq, head.ChartSeq, head.At, notNull(head.Tree)).
		Exec(func(tag pgconn.CommandTag) error {
			c.moved = tag.RowsAffected() == 1
			return nil
		})
	c.queue(insertRecords, len(changes.Records), recordArrays(changes.Records))
	c.queue(insertAccounts, len(changes.Opened), accountArrays(changes.Opened))
	changed, moved := apart(changes.Updated, c.seq-int64(len(changes.Records)))
	c.queue(updateAccounts, len(changed), accountArrays(changed))
	if len(moved) > 0 {
		c.batch.Queue(joining)
		c.queue(updateTotals, 1, totalsArrays(moved))
		c.batch.Queue(probing)
	}
	c.queue(insertMilestones, len(changes.Milestones), milestoneArrays(changes.Milestones))
	if !changes.Reopened.IsZero() {
		c.batch.Queue(deleteClosings, c.book, c.seq, toDate(changes.Reopened))
	}
	c.queue(insertClosings, len(changes.Closings), closingArrays(changes.Closings))
	c.queue(writeHolds, len(changes.Holds), holdArrays(changes.Holds))
	c.queue(writeRefunds, len(changes.Refunds), refundArrays(changes.Refunds))
	c.queue(insertNodes, len(changes.Nodes), nodeArrays(changes.Nodes))
	return c
}

// apart tells accounts that were changed after a position from those that only
// were moved or held.
func apart(accounts []ledger.Account, position int64) (changed, moved []ledger.Account) {
	moved = accounts
	if i := slices.IndexFunc(accounts, func(a ledger.Account) bool { return a.ChangedSeq > position }); i >= 0 {
		moved = nil
		for _, a := range accounts {
			if a.ChangedSeq > position {
				changed = append(changed, a)
			} else {
				moved = append(moved, a)
			}
		}
	}
	return changed, moved
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
