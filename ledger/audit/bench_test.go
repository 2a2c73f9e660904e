package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const (
	benchAccounts = 3_000 // wallets, and as many subsidies and arrears
	benchBatch    = 1_000
	benchDays     = 50
)

// benchRecords is how many records the larger book of the benchmark has. A tenth
// of it has the smaller one, to compare their memory.
func benchRecords(b *testing.B) int {
	text := os.Getenv("CAMPUSLEDGER_TEST_RECORDS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	require.NoError(b, err)
	return n
}

// BenchmarkAudit audits a school's journal of payments, holds, refunds,
// reversals and day closes. Beside records/s stand what a plain SELECT of the
// same rows takes, one table after the other and each row scanned into Go values,
// the ratio of the two, and the largest Go heap while auditing.
func BenchmarkAudit(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(*testing.B) (store ledger.Store, settle func(), selectAll func(*testing.B) int)
	}{{"sqlite", benchSQLite}, {"postgres", benchPostgres}} {
		b.Run(engine.name, func(b *testing.B) {
			store, settle, selectAll := engine.open(b)
			t := newTerm(b, store)
			for _, n := range []int{benchRecords(b) / 10, benchRecords(b)} {
				t.writeUpTo(n)
				settle()
				b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) { benchAudit(b, store, selectAll) })
			}
		})
	}
}

func benchAudit(b *testing.B, store ledger.Store, selectAll func(*testing.B) int) {
	var records int64
	var auditing, selecting time.Duration
	peak := uint64(0)
	for b.Loop() {
		begun := time.Now()
		selectAll(b)
		selecting += time.Since(begun)
		debug.FreeOSMemory() // else the runtime gives back what writing took, while auditing
		begun = time.Now()
		stop := watchHeap()
		report, err := audit.Run(b.Context(), store, 1, nil)
		peak = max(peak, stop())
		auditing += time.Since(begun)
		require.NoError(b, err)
		require.Empty(b, report.Findings)
		records += report.Records
	}
	b.ReportMetric(float64(records)/auditing.Seconds(), "records/s")
	b.ReportMetric(float64(records)/selecting.Seconds(), "select-records/s")
	b.ReportMetric(selecting.Seconds()/auditing.Seconds(), "ratio")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}

// watchHeap samples the heap until it is stopped, and returns the largest.
func watchHeap() (stop func() uint64) {
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		most := uint64(0)
		for {
			select {
			case <-ticker.C:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			case <-done:
				peak <- most
				return
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-peak
	}
}

// columns are read by a statement, with a place for each.
type columns struct {
	statement string
	places    []any
}

// selects reads all columns of all tables.
func selects(accounts []columns, blob, text, date, instant, id func() any) []columns {
	return append(accounts, []columns{
		{"select seq, id, mark, date, body from journal", []any{whole(), id(), whole(), date(), blob()}},
		{"select account, seq from milestone", []any{whole(), whole()}},
		{"select account, date, debits, credits from closing", []any{whole(), date(), whole(), whole()}},
		{"select seq, id, state, expires, captured, last_seq from hold", []any{whole(), id(), text(), instant(), text(), whole()}},
		{"select seq, line, amount from refund", []any{whole(), whole(), whole()}},
		{"select tree, level, number, hash from node", []any{whole(), whole(), whole(), blob()}},
	}...)
}

func whole() any { return new(int64) }

func perhaps() any { return new(sql.NullInt64) }

func benchSQLite(b *testing.B) (ledger.Store, func(), func(*testing.B) int) {
	path := b.TempDir() + "/books.db"
	store, err := sqlitestore.Open(b.Context(), path, nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	db, err := sql.Open("sqlite", path)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	text := func() any { return new(sql.NullString) }
	blob := func() any { return new([]byte) }
	return store, func() {}, func(b *testing.B) (count int) {
		accounts := []columns{
			{
				"select number, path, control, currency, state, limits, meta, changed_seq from account",
				[]any{whole(), text(), text(), text(), text(), text(), text(), whole()},
			},
			{
				"select number, side, floor, ceiling, debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves from balance",
				[]any{whole(), whole(), perhaps(), perhaps(), whole(), whole(), whole(), whole(), text(), whole(), whole(), whole()},
			},
		}
		for _, s := range selects(accounts, blob, text, text, text, blob) {
			count += selectSQLite(b, db, s.statement+" where book_id = 1", s.places)
		}
		return count
	}
}

func selectSQLite(b *testing.B, db *sql.DB, statement string, places []any) (count int) {
	rows, err := db.QueryContext(b.Context(), statement)
	require.NoError(b, err)
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			b.Fatal(err)
		}
		count++
	}
	require.NoError(b, rows.Err())
	return count
}

// benchPostgres does what autovacuum does by and by, before anything is measured.
func benchPostgres(b *testing.B) (ledger.Store, func(), func(*testing.B) int) {
	pool := pgtest.Pool(b)
	require.NoError(b, pgstore.Migrate(b.Context(), pool))
	settle := func() {
		_, err := pool.Exec(context.WithoutCancel(b.Context()), "vacuum analyze")
		require.NoError(b, err)
	}
	return pgstore.New(pool, nil), settle, func(b *testing.B) int { return selectPostgres(b, pool) }
}

func selectPostgres(b *testing.B, pool *pgxpool.Pool) (count int) {
	text := func() any { return new(string) }
	blob := func() any { return new([]byte) }
	instant := func() any { return new(*time.Time) }
	id := func() any { return new(uuid.UUID) }
	accounts := []columns{{
		"select number, path, control, currency, side, floor, ceiling, limits, meta, state, debits, credits, held_debits, held_credits, used, changed_seq, last_seq, moved_seq, moves from account",
		[]any{whole(), text(), text(), text(), whole(), perhaps(), perhaps(), text(), text(), text(), whole(), whole(), whole(), whole(), text(), whole(), whole(), whole(), whole()},
	}}
	for _, s := range selects(accounts, blob, text, instant, instant, id) {
		rows, err := pool.Query(b.Context(), s.statement+" where book_id = 1")
		require.NoError(b, err)
		for rows.Next() {
			if err := rows.Scan(s.places...); err != nil {
				b.Fatal(err)
			}
			count++
		}
		rows.Close()
		require.NoError(b, rows.Err())
	}
	return count
}

// term writes a school's term.
type term struct {
	b     *testing.B
	book  *ledger.Book
	dice  *rand.Rand
	date  ledger.Date
	seq   int64
	daily int64
	sales []uuid.UUID // of the batch before
	holds []uuid.UUID
}

func newTerm(b *testing.B, store ledger.Store) *term {
	t := &term{b: b, dice: rand.New(rand.NewPCG(1, 1)), date: monday, daily: int64(benchRecords(b) / benchDays)} //nolint:gosec // not a secret
	var err error
	t.book, err = ledger.Create(b.Context(), store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: monday}, nil)
	require.NoError(b, err)
	t.open(
		ledger.AccountSpec{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		ledger.AccountSpec{Path: "merchant/m1", Control: "2202", Side: ledger.CreditSide, Currency: money.CNY})
	for first := 0; first < benchAccounts; first += 100 {
		var specs []ledger.AccountSpec
		postings := []ledger.Posting{ledger.DebitRest("bank")}
		for i := range 100 {
			specs = append(specs, accountsOf(strconv.Itoa(first+i))...)
			specs[3*i].Ceiling, specs[3*i+2].Ceiling = money.Amount{}, money.Amount{}
			postings = append(postings, ledger.Credit("wallet/"+strconv.Itoa(first+i), cny(1<<40)))
		}
		t.open(specs...)
		_, err := t.book.Post(b.Context(), ledger.Transaction{ID: uuid.New(), Kind: "topup", Postings: postings})
		require.NoError(b, err)
	}
	return t
}

func (t *term) open(specs ...ledger.AccountSpec) {
	_, err := t.book.OpenAccounts(t.b.Context(), ledger.Opening{ID: uuid.New(), Accounts: specs})
	require.NoError(t.b, err)
}

func (t *term) writeUpTo(records int) {
	for t.seq < int64(records) {
		t.batch()
	}
}

// batch is 1,000 requests: sales, one in ten of them held before, and what undoes
// some of the batch before.
func (t *term) batch() {
	requests := make([]ledger.Request, 0, benchBatch)
	var sales, holds []uuid.UUID
	for i, of := range t.sales {
		switch i % 100 {
		case 0:
			requests = append(requests, ledger.Refund{ID: uuid.New(), Of: of, Lines: []ledger.RefundLine{
				{Line: 2, Amount: cny(50)}, {Line: 0, Amount: cny(50)},
			}})
		case 1:
			requests = append(requests, ledger.Reversal{Of: of})
		}
	}
	for i, hold := range t.holds {
		if i%4 == 0 {
			requests = append(requests, ledger.Release{Hold: hold})
		} else {
			requests = append(requests, ledger.Capture{ID: uuid.New(), Hold: hold, Final: true})
		}
	}
	for len(requests) < benchBatch {
		sale := t.sale()
		if len(requests)%10 == 0 {
			holds = append(holds, sale.ID)
			requests = append(requests, ledger.Authorization{Transaction: sale})
			continue
		}
		sales = append(sales, sale.ID)
		requests = append(requests, sale)
	}
	for _, answer := range t.book.PostAll(t.b.Context(), requests...) {
		require.NoError(t.b, answer.Err)
		t.seq = max(t.seq, answer.Receipt.Record.Seq)
	}
	t.sales, t.holds = sales, holds
	if t.seq/t.daily > int64(t.date.Time().Sub(monday.Time())/(24*time.Hour)) {
		_, err := t.book.CloseDay(context.WithoutCancel(t.b.Context()), ledger.DayClose{Date: t.date})
		require.NoError(t.b, err)
		t.date = t.date.AddDays(1)
	}
}

func (t *term) sale() ledger.Transaction {
	holder, minor := strconv.Itoa(t.dice.IntN(benchAccounts)), cny(100+t.dice.Int64N(1900))
	return ledger.Transaction{
		ID: uuid.New(), Kind: "sale", By: "terminal:1",
		Document: []byte(strings.ReplaceAll(`{"dishes":[["tomato-egg",1,"8.00"],["rice",1,"1.00"]],"terminal":1}`, " ", "")),
		Postings: []ledger.Posting{
			ledger.DebitUpTo("wallet/"+holder, minor), ledger.DebitRest("arrears/" + holder), ledger.Credit("merchant/m1", minor),
		},
	}
}
