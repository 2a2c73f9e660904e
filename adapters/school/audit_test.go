package school_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/adapters/demo"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// audited audits a school from outside, beside whoever has it open.
func audited(t testing.TB, where school.Location, options audit.Options) audit.Report {
	t.Helper()
	store, closer, err := school.OpenLedger(t.Context(), where)
	require.NoError(t, err)
	defer func() { require.NoError(t, closer.Close()) }()
	projections, err := school.OpenProjections(t.Context(), where, 1, store)
	require.NoError(t, err)
	defer func() { require.NoError(t, projections.Close()) }()
	options.Projections = projections.List
	report, err := audit.Run(t.Context(), store, 1, &options)
	require.NoError(t, err)
	report.Unread = append(report.Unread, projections.Unread...)
	return report
}

// lived is a school that has a day behind it, with payments that were applied,
// waited in suspense, and never came; vouchers that were given away; two closes;
// and a record of two days later, so that nothing may be half done any more.
func lived(t *testing.T, where school.Location) {
	t.Helper()
	gateway, err := demo.StartGateway(5)
	require.NoError(t, err)
	defer func() { require.NoError(t, gateway.Close(t.Context())) }()
	var ahead atomic.Int64
	s, err := school.Open(t.Context(), where, &school.Options{
		Name: demo.SchoolName, Gateway: gateway.Client,
		Ledger: &ledger.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	summary, err := demo.Play(t.Context(), s, gateway, &demo.Options{Pupils: 12, Scans: 24, Seed: 5})
	require.NoError(t, err)
	exportVouchers(t, where, summary.Date)
	_, err = s.CloseDay(t.Context(), ledger.DayClose{Date: summary.Date.AddDays(1)})
	require.NoError(t, err)

	holder := firstHolder(t, s)
	_, err = s.StartTopUp(t.Context(), school.TopUp{Key: "nobody pays", Holder: holder, Amount: cny("1")})
	require.NoError(t, err)
	late, err := s.StartTopUp(t.Context(), school.TopUp{Key: "late", Holder: holder, Amount: cny("2")})
	require.NoError(t, err)
	_, err = s.Book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Account: campus.Path(campus.FamilyWallet, holder.Ref()), Why: "test", State: ledger.StateFrozen,
		Floor: cny("0"), Ceiling: cny("2000"),
	})
	require.NoError(t, err)
	ahead.Store(int64(48 * time.Hour))
	require.NoError(t, gateway.Client.Pay(t.Context(), late.Checkout))
	desk, err := s.Desk()
	require.NoError(t, err)
	_, err = desk.Confirm(t.Context(), late.ID)
	require.NoError(t, err)
}

func exportVouchers(t *testing.T, where school.Location, date ledger.Date) {
	t.Helper()
	exports, err := school.OpenExports(t.Context(), where, 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, exports.Close()) }()
	exporter, err := voucher.New(exports.Ledger, 1, nil)
	require.NoError(t, err)
	var file bytes.Buffer
	export, err := exporter.Export(t.Context(), &file, voucher.Request{Format: voucher.U8, Period: voucher.Period{From: date, To: date}})
	require.NoError(t, err)
	export.By = "bookkeeper"
	require.NoError(t, exports.Alone(t.Context(), func() error { return exports.Add(t.Context(), export) }))
}

func TestTheTablesAroundTheLedgerAreAudited(t *testing.T) {
	t.Parallel()
	for name, where := range locations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lived(t, where)
			report := audited(t, where, audit.Options{})
			require.Empty(t, report.Findings)
			require.Empty(t, report.Unread)
			if where.Database == "" {
				requireOnly(t, where.Dir, "campus.db", "ledger.db", "keys.json", "seal-keys-1.json", "lock", "exports.lock")
			}
		})
	}
}

func TestALaterAuditComparesEarlierRows(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	lived(t, where)
	var state *audit.State
	require.Empty(t, audited(t, where, audit.Options{Save: func(s *audit.State) error {
		state = s
		return nil
	}}).Findings)
	require.Empty(t, audited(t, where, audit.Options{From: state}).Findings)
	forgerOf(t, where).exec(t, "update bill set amount_minor = amount_minor + 1")
	report := audited(t, where, audit.Options{From: state})
	require.Equal(t, report.Total, report.Counts[school.CodeBillDiffers])
	first := report.Findings[0]
	require.Equal(t, "amount_minor", first.Column)
	require.Contains(t, first.Sentence, fmt.Sprintf("is %q, but %q follows from the journal", first.Got, first.Want))
}

// requireOnly requires that an audit left no file behind.
func requireOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		require.Contains(t, names, entry.Name())
	}
}

func TestWhatIsNotThereToBeComparedIsNamed(t *testing.T) {
	t.Parallel()
	t.Run("the embedded ledger alone", func(t *testing.T) {
		t.Parallel()
		where := school.Location{Dir: t.TempDir()}
		require.NoError(t, open(t, where).Close())
		require.NoError(t, os.Remove(filepath.Join(where.Dir, "campus.db")))
		require.Equal(t, school.ProjectionTables(), audited(t, where, audit.Options{}).Unread)
		require.NoFileExists(t, filepath.Join(where.Dir, "campus.db"))
	})
	t.Run("a table that the auditor may not read", func(t *testing.T) {
		t.Parallel()
		where := school.Location{Dir: t.TempDir(), Database: pgtest.URL(t)}
		require.NoError(t, open(t, where).Close())
		forger := forgerOf(t, where)
		role := "auditor_" + strings.ToLower(forger.name)
		forger.exec(t, "create role "+role+" login; grant select on all tables in schema public to "+role+
			"; revoke select on holder, bill from "+role+"; drop table book_export")
		address, err := url.Parse(where.Database)
		require.NoError(t, err)
		query := address.Query()
		query.Set("user", role)
		address.RawQuery = query.Encode()
		where.Database = address.String()
		report := audited(t, where, audit.Options{})
		require.Equal(t, []string{"bill", "fee_item", "holder", "book_export"}, report.Unread)
		require.Empty(t, report.Findings)
	})
	t.Run("a book restored from its journal", func(t *testing.T) {
		t.Parallel()
		where, restored := school.Location{Dir: t.TempDir()}, school.Location{Dir: t.TempDir()}
		lived(t, where)
		store, closer, err := school.OpenLedger(t.Context(), where)
		require.NoError(t, err)
		defer func() { require.NoError(t, closer.Close()) }()
		_, err = school.RestoreBook(t.Context(), restored, 1, bodies(t.Context(), store), nil)
		require.NoError(t, err)
		report := audited(t, restored, audit.Options{})
		require.Equal(t, school.ProjectionTables(), report.Unread)
		require.Empty(t, report.Findings)

		require.NoError(t, open(t, restored).Close())
		require.Positive(t, audited(t, restored, audit.Options{}).Counts[school.CodeOrderMissing], "a school that lost its orders")
	})
	t.Run("a file that is no database is an error", func(t *testing.T) {
		t.Parallel()
		where := school.Location{Dir: t.TempDir()}
		require.NoError(t, open(t, where).Close())
		require.NoError(t, os.WriteFile(filepath.Join(where.Dir, "campus.db"), bytes.Repeat([]byte("x"), 4096), 0o600))
		store, closer, err := school.OpenLedger(t.Context(), where)
		require.NoError(t, err)
		defer func() { require.NoError(t, closer.Close()) }()
		_, err = school.OpenProjections(t.Context(), where, 1, store)
		require.Error(t, err)
	})
}

// bodies are the lines of an exported journal.
func bodies(ctx context.Context, reader ledger.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for record, err := range reader.Records(ctx, 1, ledger.RecordQuery{}) {
			if !yield(record.Body, err) {
				return
			}
		}
	}
}

// TestAuditsBesidePayments audits again and again while payments are ordered,
// claimed, booked and marked: each is seen in every state, and none is a finding.
func TestAuditsBesidePayments(t *testing.T) {
	t.Parallel()
	for name, where := range locations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway, err := demo.StartGateway(3)
			require.NoError(t, err)
			t.Cleanup(func() { _ = gateway.Close(context.WithoutCancel(t.Context())) })
			s, err := school.Open(t.Context(), where, &school.Options{Gateway: gateway.Client})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			holder := admitted(t, s)
			done := make(chan error, 1)
			go func() { done <- payMany(t.Context(), s, gateway, holder) }()
			audits := 0
			for {
				report := audited(t, where, audit.Options{})
				require.Empty(t, report.Findings)
				audits++
				select {
				case err := <-done:
					require.NoError(t, err)
					require.Empty(t, audited(t, where, audit.Options{}).Findings)
					require.Greater(t, audits, 2)
					return
				default:
				}
			}
		})
	}
}

func payMany(ctx context.Context, s *school.School, gateway *demo.Gateway, holder school.TopUp) error {
	desk, err := s.Desk()
	if err != nil {
		return err
	}
	var group errgroup.Group
	for payer := range 8 {
		group.Go(func() error {
			for n := range 40 {
				request := holder
				request.Key, request.Amount = fmt.Sprintf("%d-%d", payer, n), cny("0.01")
				order, err := s.StartTopUp(ctx, request)
				if err == nil {
					err = gateway.Client.Pay(ctx, order.Checkout)
				}
				if err == nil {
					_, err = desk.Confirm(ctx, order.ID)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// firstHolder is an active holder.
func firstHolder(t *testing.T, s *school.School) identity.Number {
	t.Helper()
	for holder, err := range s.Directory.Holders(t.Context(), identity.Filter{School: s.Number()}) {
		require.NoError(t, err)
		return holder.Number
	}
	require.Fail(t, "nobody")
	return 0
}

// admitted lets a holder in, as an import does, and returns a request of it.
func admitted(t *testing.T, s *school.School) school.TopUp {
	t.Helper()
	added, err := s.Directory.Upsert(t.Context(), s.Number(), []identity.Registration{
		{Person: identity.Person{Name: "张三", StudentNo: "2026001"}, Grade: "初一", Class: "1班"},
	})
	require.NoError(t, err)
	require.NoError(t, s.OpenHolders(t.Context(), []string{added[0].Ref()}))
	require.NoError(t, s.Directory.Activate(t.Context(), s.Number(), []identity.Number{added[0].Number}))
	return school.TopUp{Holder: added[0].Number, Guardian: "guardian"}
}
