package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

const (
	closingWallets = 100_000
	// closingMoved is how many of them a day moves.
	closingMoved = 10_000
)

// BenchmarkClose measures how long a day close of a book of 100,000 accounts
// takes, 10,000 of which moved on the day, and for how long of it, locked-ms,
// nobody else can write to the book.
func BenchmarkClose(b *testing.B, open Open) {
	watch := &stopwatch{Store: open(b)}
	s := newSchool(b, watch, 1)
	for first := 0; first < closingWallets; first += 1000 {
		specs := make([]ledger.AccountSpec, 1000)
		for i := range specs {
			specs[i] = wallet(pupilWallet(first + i))
		}
		s.openAccounts(b, specs...)
	}
	s.closeBalances(b, firstDay)
	watch.held = 0
	day := firstDay
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		day = day.AddDays(1)
		s.moveMany(b, closingMoved)
		watch.held = 0
		b.StartTimer()
		record := s.closeBalances(b, day)
		require.Greater(b, record.Balances.Accounts, int64(closingWallets))
	}
	b.ReportMetric(float64(watch.held.Milliseconds()), "locked-ms")
}

func pupilWallet(i int) string { return fmt.Sprintf("wallet/s%06d", i) }

// moveMany pays a fen into each of the first wallets.
func (s *school) moveMany(b *testing.B, count int) {
	for first := 0; first < count; first += 500 {
		postings := []ledger.Posting{ledger.DebitRest(bank)}
		for i := range 500 {
			postings = append(postings, ledger.Credit(pupilWallet(first+i), yuan(1)))
		}
		s.post(b, transaction("topup", postings...))
	}
}

// stopwatch is a store that says how long its last lock was held.
type stopwatch struct {
	ledger.Store
	held time.Duration
}

func (w *stopwatch) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	begin := time.Now() // it waits for nobody here
	locked, err := w.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, fmt.Errorf("watched: %w", err)
	}
	return &watchedLocked{locked, w, begin}, nil
}

type watchedLocked struct {
	ledger.Locked
	watch *stopwatch
	begin time.Time
}

func (l *watchedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	err := l.Locked.Commit(ctx, changes)
	l.watch.held = time.Since(l.begin)
	return err
}
