package audit_test

import (
	"bytes"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

// heaped yields n lines, and takes down the most that was alive at any of some
// moments on the way.
func heaped(n int, peak *uint64, line func(i int) []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for i := range n {
			if i%max(1, n/16) == 0 {
				runtime.GC()
				var stats runtime.MemStats
				runtime.ReadMemStats(&stats)
				*peak = max(*peak, stats.HeapAlloc)
			}
			if !yield(line(i), nil) {
				return
			}
		}
	}
}

// growth audits lines and returns how much more than before was alive.
func growth(t *testing.T, n int, line func(i int) []byte) (audit.Report, int64) {
	t.Helper()
	var before, peak uint64
	for _, err := range heaped(1, &before, line) { // for what was alive before
		require.NoError(t, err)
	}
	report, err := audit.Run(t.Context(), audit.NewLines(heaped(n, &peak, line)), historyBook, nil)
	require.NoError(t, err)
	return report, int64(peak) - int64(before)
}

// The tests of memory are not parallel: they look at the whole heap.

func TestMemoryDoesNotGrowWithTheJournal(t *testing.T) {
	first := small(ledger.Record{Kind: "sale", Lines: smallLines(2)})
	line := func(i int) []byte {
		r := first[min(i, 2)]
		if i > 2 {
			r.Seq, r.ID, r.At = int64(i)+1, ledger.KeyID("small", fmt.Sprint(i)), r.At.Add(time.Duration(i)*time.Second)
			r.Lines = slices.Clone(r.Lines)
			for j := range r.Lines {
				r.Lines[j].Prev = int64(i)
			}
			r.Document = fmt.Appendf(nil, `{"note":"number %d"}`, i)
		}
		return r.Canonical()
	}
	const n = 15_000
	report, once := growth(t, n, line)
	require.Empty(t, report.Findings)
	report, fourTimes := growth(t, 4*n, line)
	require.Empty(t, report.Findings)
	require.Less(t, fourTimes, once+8<<20, "a record has 300 bytes, so that 45,000 more have 13 MB")
}

func TestMemoryIsUsedAgainWithoutWhatWasInIt(t *testing.T) {
	var long []bool // after ever fewer short lines a long one, which ends a chunk
	for short := 960; short > 0; short -= 40 {
		long = append(append(long, make([]bool, short)...), true)
	}
	_, grown := growth(t, len(long), func(i int) []byte {
		if long[i] {
			return bytes.Repeat([]byte("x"), 4<<20)
		}
		return []byte("x")
	})
	require.Less(t, grown, int64(60<<20), "7 long lines have 28 MB, 24 have 96 MB")
}

func TestMemoryIsBoundedInBytes(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 1<<20)
	_, grown := growth(t, 200, func(int) []byte { return bytes.Clone(long) })
	require.Less(t, grown, int64(80<<20), "200 MB were read")
}

// TestAnExportOfManyReopenings counts lines: each pass over an export reads all.
func TestAnExportOfManyReopenings(t *testing.T) {
	t.Parallel()
	e := openSQLite(t)
	s := scribe{t: t, book: history(t, e.store)}
	read := func() (lines, passes int) {
		var bodies [][]byte
		for r, err := range s.book.Records(t.Context(), 0) {
			require.NoError(t, err)
			bodies = append(bodies, r.Canonical())
		}
		count := 0
		report, err := audit.Run(t.Context(), audit.NewLines(func(yield func([]byte, error) bool) {
			for _, body := range bodies {
				count++
				if !yield(body, nil) {
					return
				}
			}
		}), historyBook, nil)
		require.NoError(t, err)
		require.Empty(t, report.Findings)
		require.Zero(t, count%len(bodies))
		return len(bodies), count / len(bodies)
	}
	reopen := func(date ledger.Date) {
		_, err := s.book.Reopen(t.Context(), ledger.Reopen{Date: date, By: "clerk:1", Why: "forgotten"})
		require.NoError(t, err)
	}
	_, passes := read()
	for i := range 12 {
		date := nextMonday.AddDays(2 * i)
		s.sale(fmt.Sprint("first-", i), "h1", 10)
		s.close(date, date.AddDays(1))
		s.sale(fmt.Sprint("ahead-", i), "h1", 5)
		s.close(date.AddDays(1), date.AddDays(2))
		s.sale(fmt.Sprint("far-ahead-", i), "h1", 3)
		reopen(date.AddDays(1))
		s.sale(fmt.Sprint("in-between-", i), "h1", 4)
		s.close(date.AddDays(1), date.AddDays(2))
		reopen(date.AddDays(1))
		if i%3 > 0 {
			reopen(date)
			s.sale(fmt.Sprint("late-", i), "h1", 2)
			s.close(date, date.AddDays(1))
		}
		s.sale(fmt.Sprint("later-", i), "h1", 1)
		s.close(date.AddDays(1), date.AddDays(2))
	}
	_, after := read()
	require.Equal(t, passes, after)
	require.True(t, clean(t, e.store))
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var seen [][2]int64
	e := openSQLite(t)
	book, err := ledger.Create(t.Context(), e.store, historyBook, ledger.Genesis{Name: "School", OpenDate: monday}, nil)
	require.NoError(t, err)
	s := scribe{t: t, book: book}
	s.open("all", smallAccount("bank", ledger.DebitSide), smallAccount("shop", ledger.CreditSide))
	for i := range 3 {
		_, err := book.PostLinked(t.Context(), many(900, func(j int) ledger.Request {
			return ledger.Transaction{
				ID: ledger.KeyID("p", fmt.Sprint(i), fmt.Sprint(j)), Kind: "sale",
				Postings: []ledger.Posting{ledger.Debit("bank", cny(1)), ledger.Credit("shop", cny(1))},
			}
		})...)
		require.NoError(t, err)
	}
	report, err := audit.Run(t.Context(), e.store, historyBook, &audit.Options{Progress: func(seq, last int64) {
		seen = append(seen, [2]int64{seq, last})
	}})
	require.NoError(t, err)
	require.True(t, report.Clean())
	require.Equal(t, [][2]int64{{1000, 2702}, {2000, 2702}}, seen)
}
