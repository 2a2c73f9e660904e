package billing_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

const heading = "缴费项目,性质,年级,金额,截止日期,自愿\n"

// school is a fee office with its book, whose store fails where a test says.
type school struct {
	*billing.Office
	book   *ledger.Book
	chart  *campus.Chart
	faults *faultyStore
	db     *sql.DB
}

// each runs the test with an office on every engine.
func each(t *testing.T, test func(t *testing.T, s *school)) {
	t.Helper()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) { test(t, newSchool(t, db)) })
}

func newSchool(tb testing.TB, db *sql.DB) *school {
	tb.Helper()
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, filepath.Join(tb.TempDir(), "books.db"), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = store.Close() })
	s := &school{faults: &faultyStore{Store: store}, db: db}
	first := ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, time.September, 1)}
	s.book, err = ledger.Create(ctx, s.faults, 1, first, nil)
	require.NoError(tb, err)
	s.chart, err = campus.New(nil)
	require.NoError(tb, err)
	require.NoError(tb, s.chart.Enforce(ctx, s.book, "office"))
	require.NoError(tb, campus.Ensure(ctx, s.book, "office", append(s.chart.Gateway("wechatpay"), s.chart.Treasury("icbc", "desk1")...)...))
	now := time.Date(2026, time.September, 1, 8, 0, 0, 0, time.UTC)
	s.Office, err = billing.New(db, s.book, s.chart, &billing.Options{Now: func() time.Time { return now }})
	require.NoError(tb, err)
	return s
}

// put imports the rows of a sheet and returns the items.
func (s *school) put(t *testing.T, rows ...string) []billing.Item {
	t.Helper()
	report, err := s.ImportItems(t.Context(), billing.ItemImport{Sheet: strings.NewReader(heading + strings.Join(rows, "\n"))})
	require.NoError(t, err)
	return report.Items
}

// tuition is an item billed to h1 and h2, 1000.00 each, due on 2026-09-20.
func (s *school) tuition(t *testing.T) billing.Item {
	t.Helper()
	item := s.put(t, "学费,行政事业性收费,高一,1000.00,2026-09-20,否")[0]
	_, err := s.Assess(t.Context(), billing.Assessment{Item: item.ID, Holders: []billing.Ref{"h1", "h2"}, By: "staff:7"})
	require.NoError(t, err)
	return item
}

// cash is a payment over the desk with a new id.
func cash(bill billing.BillID, amount string) billing.Payment {
	return billing.Payment{ID: ledger.NewID(), Bill: bill, From: campus.FromCash("desk1"), Amount: yuan(amount), By: "cashier:12"}
}

func (s *school) balance(t *testing.T, path string) string {
	t.Helper()
	balance, err := s.book.Balance(t.Context(), path)
	require.NoError(t, err)
	return balance.String()
}

func (s *school) bill(t *testing.T, id billing.BillID) billing.Bill {
	t.Helper()
	bill, err := s.Bill(t.Context(), id)
	require.NoError(t, err)
	return bill
}

// forgetMarks undoes the last step of Assess, as if it had crashed before it.
func (s *school) forgetMarks(t *testing.T) {
	t.Helper()
	_, err := s.db.ExecContext(t.Context(), "update bill set assessed_at = null")
	require.NoError(t, err)
}

func yuan(text string) money.Amount { return money.MustParse(text, money.CNY) }

func holders(n int) []billing.Ref {
	refs := make([]billing.Ref, n)
	for i := range refs {
		refs[i] = billing.Ref(fmt.Sprintf("h%d", i+1))
	}
	return refs
}

func readFees(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/fees.csv")
	require.NoError(tb, err)
	return string(text)
}

// faultyStore loses its connection after so many commits, before the next one
// is written or just after it.
type faultyStore struct {
	ledger.Store
	armed atomic.Bool
	left  atomic.Int64
	after bool
}

var errConnection = errors.New("connection lost")

func (s *faultyStore) failAfter(commits int64, written bool) {
	s.after = written
	s.left.Store(commits)
	s.armed.Store(true)
}

func (s *faultyStore) heal() { s.armed.Store(false) }

func (s *faultyStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := s.Store.Lock(ctx, book, need)
	if err != nil || !s.armed.Load() {
		return locked, err
	}
	return &faultyLock{Locked: locked, store: s}, nil
}

type faultyLock struct {
	ledger.Locked
	store *faultyStore
}

func (l *faultyLock) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.store.left.Add(-1) >= 0 {
		return l.Locked.Commit(ctx, changes)
	}
	if !l.store.after {
		return errors.Join(errConnection, l.Rollback(ctx))
	}
	return errors.Join(ledger.ErrOutcomeUnknown, errConnection, l.Locked.Commit(ctx, changes))
}
