package pgstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/campusledger/campusledger/ledger"
)

// planning and the time to wait for a lock are set for a write. The plans of
// the statements below are cached with the connection, perhaps since the book
// was empty: they must not depend on how large the tables were then.
const planning = `select
	set_config('lock_timeout', $1, true),
	set_config('enable_seqscan', 'off', true),
	set_config('enable_nestloop', 'on', true),
	set_config('enable_hashjoin', 'off', true),
	set_config('enable_mergejoin', 'off', true),
	set_config('jit', 'off', true)`

// joining and probing turn from what the lookups need to what an update of many
// rows needs, and back.
const (
	joining = `select set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'on', true)`
	probing = `select set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true)`
)

func queuePlanning(batch *pgx.Batch, statement string, timeout time.Duration) {
	batch.Queue(statement, strconv.FormatInt(max(timeout.Milliseconds(), 1), 10))
}

// Under read committed each statement sees what was committed before it
// began: those after lockHead see all that the last holder of the lock wrote.
const lockHead = `select ` + headColumns + ` from book b where b.book_id = $1 for update`

// The lookups by name probe an index once for each name. "path = any($2)" is
// shorter, but on a plan made for an empty book it reads every account of the
// book and filters; the offset keeps the planner from turning the probe into
// such a join.
const (
	lockAccounts = `select a.* from unnest($2::text[]) u (path) cross join lateral (
		select ` + accountColumns + ` from account a where a.book_id = $1 and a.path = u.path offset 0) a`
	lockRecords = `select j.* from unnest($2::uuid[]) u (id) cross join lateral (
		select ` + recordColumns + ` from journal j where j.book_id = $1 and j.id = u.id offset 0) j`
	lockHolds = `select h.* from unnest($2::uuid[]) u (id) cross join lateral (
		select ` + holdColumns + ` from hold h where h.book_id = $1 and h.id = u.id offset 0) h`
	lockRefunds = `select r.* from unnest($2::bigint[]) u (seq) cross join lateral (
		select ` + refundColumns + ` from refund r where r.book_id = $1 and r.seq = u.seq offset 0) r`
	lockChart = `select ` + recordColumns + ` from journal j
		where j.book_id = $1 and j.seq = (select b.chart_seq from book b where b.book_id = $1)`
	lockAll   = `select ` + accountColumns + ` from account a where a.book_id = $1`
	lockAhead = `select ` + recordColumns + ` from journal j
		where j.book_id = $1 and j.seq > (select b.touched_seq from book b where b.book_id = $1)
			and j.date > (select b.open_date from book b where b.book_id = $1)
		order by j.seq`
)

// unit is what a write happens in: a transaction of its own, or a savepoint in
// the caller's.
type unit interface {
	// begin queues what begins it, or does it at once.
	begin(ctx context.Context, batch *pgx.Batch) error
	// keep queues what lets its writes stand.
	keep(batch *pgx.Batch)
	// send runs what was queued, in one round trip.
	send(ctx context.Context, batch *pgx.Batch) error
	// failure says what an error of send means after keep.
	failure(err error) error
	// end undoes what was not kept, also if the context has ended: the lock
	// must not outlive its holder.
	end() error
	connection() *pgx.Conn
}

// locked is a [ledger.Locked]. It has no unit once it ended.
type locked struct {
	unit     unit
	book     ledger.BookID
	notify   bool
	snapshot ledger.Snapshot
}

// lock begins a write and reads what need names.
func lock(ctx context.Context, in unit, book ledger.BookID, need *ledger.Need, notify bool) (ledger.Locked, error) {
	l := &locked{unit: in, book: book, notify: notify}
	if err := l.begin(ctx, need); err != nil {
		_ = in.end()
		return nil, fmt.Errorf("lock book %d: %w", book, translate(err))
	}
	return l, nil
}

func (l *locked) begin(ctx context.Context, need *ledger.Need) error {
	var batch pgx.Batch
	if err := l.unit.begin(ctx, &batch); err != nil {
		return err
	}
	book, s := int64(l.book), &l.snapshot
	var heads []ledger.Head
	batch.Queue(lockHead, book).Query(all(&heads, scanHead))
	if len(need.Accounts) > 0 {
		batch.Queue(lockAccounts, book, need.Accounts).Query(all(&s.Accounts, scanAccount))
	}
	if len(need.IDs) > 0 && !need.NewIDs {
		batch.Queue(lockRecords, book, toUUIDs(need.IDs)).Query(all(&s.Records, scanRecord))
	}
	if len(need.Holds) > 0 {
		batch.Queue(lockHolds, book, toUUIDs(need.Holds)).Query(all(&s.Holds, scanHold))
	}
	if len(need.Refunds) > 0 {
		batch.Queue(lockRefunds, book, need.Refunds).Query(all(&s.Refunds, scanRefund))
	}
	if need.Chart {
		batch.Queue(lockChart, book).Query(all(&s.Chart, scanRecord))
	}
	if need.Closing {
		batch.Queue(lockAll, book).Query(all(&s.All, scanAccount))
		batch.Queue(lockAhead, book).Query(all(&s.Ahead, scanRecord))
	}
	if err := l.unit.send(ctx, &batch); err != nil {
		return err
	}
	if len(heads) == 0 {
		return ledger.ErrBookUnknown
	}
	s.Head = heads[0]
	return nil
}

// Snapshot returns what Lock read.
func (l *locked) Snapshot() ledger.Snapshot { return l.snapshot }

// Records reads further records.
func (l *locked) Records(ctx context.Context, ids []uuid.UUID) ([]ledger.StoredRecord, error) {
	if l.unit == nil {
		return nil, fmt.Errorf("read records of book %d: the transaction has ended", l.book)
	}
	var batch pgx.Batch
	var records []ledger.StoredRecord
	batch.Queue(lockRecords, int64(l.book), toUUIDs(ids)).Query(all(&records, scanRecord))
	if err := l.unit.send(ctx, &batch); err != nil {
		return nil, fmt.Errorf("read records of book %d: %w", l.book, translate(err))
	}
	return records, nil
}

// Rollback ends the write without a trace.
func (l *locked) Rollback(context.Context) error {
	if l.unit == nil {
		return nil
	}
	in := l.unit
	l.unit = nil
	return in.end()
}
