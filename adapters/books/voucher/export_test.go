package voucher_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

var formats = []voucher.Format{voucher.U8, voucher.GBTXML, voucher.GBTCSV}

func export(t *testing.T, exporter *voucher.Exporter, format voucher.Format, p voucher.Period) ([]byte, voucher.Export) {
	t.Helper()
	var file bytes.Buffer
	made, err := exporter.Export(t.Context(), &file, voucher.Request{Format: format, Period: p})
	require.NoError(t, err)
	return file.Bytes(), made
}

func TestExportSaysWhatItWrote(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) ledger.Store{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t, open(t))
			s.play()
			file, made := export(t, s.exporter(nil), voucher.U8, voucher.Period{From: day(1), To: day(3)})
			digest := sha256.Sum256(file)
			closed, err := s.book.RecordAt(t.Context(), made.CloseSeq)
			require.NoError(t, err)
			require.Equal(t, ledger.KindDayClose, closed.Kind)
			require.Equal(t, day(3), closed.Date)
			tree := ledger.NewTree()
			for stored, err := range s.store.Records(t.Context(), bookID, ledger.RecordQuery{Limit: int(made.CloseSeq)}) {
				require.NoError(t, err)
				require.NoError(t, tree.Append(ledger.LeafHash(stored.Body), nil))
			}
			root, err := tree.Root()
			require.NoError(t, err)
			require.Equal(t, voucher.Export{
				Book: bookID, Format: voucher.U8, Period: voucher.Period{From: day(1), To: day(3)}, CloseSeq: made.CloseSeq, Root: hex.EncodeToString(root),
				Mapping: voucher.DefaultMapping().Sum(), Word: "记", Maker: "校园账", Currency: "CNY",
				SHA256: hex.EncodeToString(digest[:]), Size: int64(len(file)),
			}, made)
			text, err := json.Marshal(made)
			require.NoError(t, err)
			require.Contains(t, string(text), `"format":"u8/1","from":"2026-09-01","to":"2026-09-03","close_seq":29,`)
			var read voucher.Export
			require.NoError(t, json.Unmarshal(text, &read))
			require.Equal(t, made, read)
		})
	}
}

// The same period is the same bytes while others post, and after more days.
func TestReExportsAreTheSameBytes(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) ledger.Store{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t, open(t))
			s.play()
			want := map[voucher.Format][]byte{}
			for _, format := range formats {
				want[format], _ = export(t, s.exporter(nil), format, september)
			}
			stop := make(chan struct{})
			var posting sync.WaitGroup
			posting.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					event := campus.Event{ID: ledger.KeyID("meanwhile", strconv.Itoa(i))}
					_, err := s.book.Post(context.WithoutCancel(t.Context()), s.chart.TopUp(campus.TopUp{Event: event, Gateway: "wechat", Holder: "h1", Amount: cny("0.01")}))
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
			for range 5 {
				for _, format := range formats {
					got, _ := export(t, s.exporter(nil), format, september)
					require.Equal(t, want[format], got)
				}
			}
			close(stop)
			posting.Wait()
			s.closeDay(5)
			s.bill(campus.Service, "bus", "h1", "0.01") // an origin again
			s.closeDay(6)
			for _, format := range formats {
				got, _ := export(t, s.exporter(nil), format, september)
				require.Equal(t, want[format], got)
			}
		})
	}
}

func TestVerifyWritesItAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := played(t)
	mine := s.exporter(&voucher.Options{Word: "校", Maker: "王会计"})
	for _, format := range formats {
		_, made := export(t, mine, format, september)
		require.NoError(t, mine.Verify(ctx, made))
		require.NoError(t, s.exporter(nil).Verify(ctx, made), "word and maker are the export's")
		for name, change := range map[string]func(*voucher.Export){
			"another digest":          func(e *voucher.Export) { e.SHA256 = "00" + e.SHA256[2:] },
			"another size":            func(e *voucher.Export) { e.Size++ },
			"another word":            func(e *voucher.Export) { e.Word = "转" },
			"another maker":           func(e *voucher.Export) { e.Maker = "李会计" },
			"another mapping":         func(e *voucher.Export) { e.Mapping = e.SHA256 },
			"another book":            func(e *voucher.Export) { e.Book++ },
			"another currency":        func(e *voucher.Export) { e.Currency = "USD" },
			"another close":           func(e *voucher.Export) { e.CloseSeq++ },
			"another root":            func(e *voucher.Export) { e.Root = e.SHA256 },
			"another end of a period": func(e *voucher.Export) { e.To = day(3) },
		} {
			changed := made
			change(&changed)
			err := mine.Verify(ctx, changed)
			require.ErrorIs(t, err, voucher.ErrDiffers, "%s: %s", format, name)
			require.ErrorContains(t, err, string(format)+" from 2026-09-01 to ", name)
		}
	}
	unknown := voucher.Export{Book: bookID, Format: "u8/0", Period: september, Currency: "CNY", Mapping: voucher.DefaultMapping().Sum()}
	require.ErrorIs(t, mine.Verify(ctx, unknown), ledger.ErrInvalid)
}

func TestVerifyNoticesAReopenedDate(t *testing.T) {
	t.Parallel()
	s := played(t)
	exporter := s.exporter(nil)
	_, made := export(t, exporter, voucher.U8, september)
	s.reopenDay(4)
	require.ErrorIs(t, exporter.Verify(t.Context(), made), ledger.ErrInvalid, "the fourth is open")
	s.closeDay(4)
	err := exporter.Verify(t.Context(), made)
	require.ErrorIs(t, err, voucher.ErrDiffers, "though nothing was posted")
	require.ErrorContains(t, err, "its last date was closed by record 35 then, and by 38 now")
}

// rewritten is a store in which a record was changed that no file of the period
// shows: its hash is another.
type rewritten struct{ ledger.Store }

func (r rewritten) View(ctx context.Context) (ledger.View, error) {
	view, err := r.Store.View(ctx)
	return rewrittenView{view}, err
}

type rewrittenView struct{ ledger.View }

func (v rewrittenView) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		for stored, err := range v.View.Records(ctx, book, query) {
			if record, unread := ledger.ParseRecord(stored.Body); unread == nil && record.Seq == 3 {
				record.At = record.At.Add(time.Microsecond)
				stored.Body = record.Canonical()
			}
			if !yield(stored, err) {
				return
			}
		}
	}
}

func (v rewrittenView) Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return v.View.(ledger.Rows).Seals(ctx, book, after)
}

func TestVerifyNoticesARewrittenJournal(t *testing.T) {
	t.Parallel()
	s := newSchool(t, openSQLite(t))
	s.play()
	_, made := export(t, s.exporter(nil), voucher.U8, september)
	exporter, err := voucher.New(rewritten{s.store}, bookID, nil)
	require.NoError(t, err)
	err = exporter.Verify(t.Context(), made)
	require.ErrorIs(t, err, voucher.ErrDiffers)
	require.ErrorContains(t, err, "the journal's root at 35 was "+made.Root)
}

func TestMayReopen(t *testing.T) {
	t.Parallel()
	exports := []voucher.Export{
		{Format: voucher.U8, Period: voucher.Period{From: day(1), To: day(3)}},
		{Format: voucher.GBTXML, Period: voucher.Period{From: day(1), To: day(5)}},
	}
	require.NoError(t, voucher.MayReopen(day(1), nil))
	require.NoError(t, voucher.MayReopen(day(6), exports))
	err := voucher.MayReopen(day(5), exports)
	require.ErrorIs(t, err, voucher.ErrPeriodLocked)
	require.EqualError(t, err, "2026-09-05: the period was exported: as gbt-xml/1 from 2026-09-01 to 2026-09-05")
	require.ErrorIs(t, voucher.MayReopen(day(1).AddDays(-3), exports), voucher.ErrPeriodLocked, "what is before the period is in its numbers and openings")
}

func TestExportsLockTheirPeriods(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		ctx := t.Context()
		s := played(t)
		exporter := s.exporter(nil)
		at := time.Date(2026, time.September, 5, 8, 0, 0, 123456000, time.UTC)
		exports, err := voucher.NewExports(db, bookID, &voucher.ExportsOptions{Now: func() time.Time { return at }})
		require.NoError(t, err)
		require.NoError(t, exports.MayReopen(ctx, day(4)))

		first := voucher.Period{From: day(1), To: day(2)}
		_, made := export(t, exporter, voucher.U8, first)
		require.ErrorIs(t, exports.Add(ctx, made), ledger.ErrInvalid, "somebody must have done it")
		made.By = "finance"
		require.NoError(t, exports.Add(ctx, made))
		require.NoError(t, exports.Add(ctx, made), "the same again changes nothing")
		all, err := exports.All(ctx)
		require.NoError(t, err)
		made.At = at
		require.Equal(t, []voucher.Export{made}, all)
		require.NoError(t, exporter.Verify(ctx, all[0]))
		require.NoError(t, exports.MayReopen(ctx, day(3)))
		require.ErrorIs(t, exports.MayReopen(ctx, day(2)), voucher.ErrPeriodLocked)

		other := made
		other.SHA256 = hex.EncodeToString(make([]byte, 32))
		require.ErrorIs(t, exports.Add(ctx, other), voucher.ErrDiffers)
		for _, p := range []voucher.Period{september, {From: day(2), To: day(2)}, {From: day(2), To: day(4)}} {
			_, overlapping := export(t, exporter, voucher.U8, p)
			overlapping.By = "finance"
			err := exports.Add(ctx, overlapping)
			require.ErrorIs(t, err, voucher.ErrOverlap, "%v would be entered twice", p)
			require.ErrorContains(t, err, "vouchers of the period were exported already: as u8/1 from 2026-09-01 to 2026-09-02")
		}
		_, audited := export(t, exporter, voucher.GBTXML, september)
		audited.By = "auditor"
		require.NoError(t, exports.Add(ctx, audited), "an auditor may have the same dates as often as he likes")
		_, next := export(t, exporter, voucher.U8, voucher.Period{From: day(3), To: day(4)})
		next.By = "finance"
		require.NoError(t, exports.Add(ctx, next))
		all, err = exports.All(ctx)
		require.NoError(t, err)
		require.Len(t, all, 3)

		strangers, err := voucher.NewExports(db, bookID+1, nil)
		require.NoError(t, err)
		require.ErrorIs(t, strangers.Add(ctx, made), ledger.ErrInvalid)
		require.NoError(t, strangers.MayReopen(ctx, day(1)), "another school's exports lock nothing here")
	})
}

// Of two exports of a period at the same moment that differ, one is kept.
func TestExportsOfTheSameMomentAreCompared(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		exports, err := voucher.NewExports(db, bookID, nil)
		require.NoError(t, err)
		for n := range 20 {
			var kept, refused atomic.Int32
			var adding sync.WaitGroup
			begin := make(chan struct{})
			for who := range 4 {
				adding.Go(func() {
					<-begin
					err := exports.Add(t.Context(), voucher.Export{
						Book: bookID, Format: voucher.GBTXML, Period: voucher.Period{From: day(n), To: day(n)}, SHA256: strconv.Itoa(who), By: "finance",
					})
					switch {
					case err == nil:
						kept.Add(1)
					case errors.Is(err, voucher.ErrDiffers):
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			close(begin)
			adding.Wait()
			require.Equal(t, [2]int32{1, 3}, [2]int32{kept.Load(), refused.Load()})
		}
	})
}

func TestExportsNeedADatabase(t *testing.T) {
	t.Parallel()
	_, err := voucher.NewExports(nil, bookID, nil)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	db := domaintest.SQLite(t)
	require.NoError(t, db.Close())
	exports, err := voucher.NewExports(db, bookID, nil)
	require.NoError(t, err)
	require.Error(t, exports.Add(t.Context(), voucher.Export{Book: bookID, By: "finance"}))
	require.Error(t, exports.MayReopen(t.Context(), day(1)), "no answer is no permission")
}
