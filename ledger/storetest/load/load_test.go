package load_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

var small = load.Options{Wallets: 60, Entries: 300}

func TestEveryWorkloadRuns(t *testing.T) {
	t.Parallel()
	for _, workload := range load.Workloads() {
		t.Run(workload.Name, func(t *testing.T) {
			t.Parallel()
			l, err := load.Prepare(t.Context(), storetest.NewMemory(), workload.Name, &small)
			require.NoError(t, err)
			before, err := l.Book().Head(t.Context())
			require.NoError(t, err)
			run, err := l.Run(t.Context(), 8, load.Until{Count: 1000})
			require.NoError(t, err)
			require.EqualValues(t, 1000, run.Count)
			after, err := l.Book().Head(t.Context())
			require.NoError(t, err)
			records := 0
			for _, size := range run.Batches {
				records += size
			}
			require.EqualValues(t, after.Seq-before.Seq, records, "what was committed is what was counted")
			require.Equal(t, workload.Reads, records == 0)
			if workload.Name == load.Refused {
				require.InDelta(t, 700, records, 80, "three of ten are refused or known")
			}
			require.LessOrEqual(t, run.Quantile(0.5), run.Quantile(0.99))
			require.Positive(t, run.PerSecond())

			_, err = l.Run(t.Context(), 8, load.Until{Count: 1})
			if workload.Reads {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "was run before")
			}
		})
	}
}

// refusing is a store on which nothing can be written once it is told so.
type refusing struct {
	ledger.Store
	refuses bool
}

var errFull = errors.New("disk full")

func (r *refusing) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if r.refuses {
		return nil, errFull
	}
	return r.Store.Lock(ctx, book, need)
}

func TestAFailureEndsTheRun(t *testing.T) {
	t.Parallel()
	store := &refusing{Store: storetest.NewMemory()}
	l, err := load.Prepare(t.Context(), store, load.LunchPeak, &small)
	require.NoError(t, err)
	store.refuses = true
	_, err = l.Run(t.Context(), 4, load.Until{Duration: time.Hour})
	require.ErrorIs(t, err, errFull)
	_, err = load.Prepare(t.Context(), store, load.LunchPeak, &small)
	require.ErrorIs(t, err, errFull)
}

func TestARunEndsWithItsDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, err := load.Prepare(t.Context(), &slow{storetest.NewMemory()}, load.LunchPeak, &small)
		require.NoError(t, err)
		run, err := l.Run(t.Context(), 3, load.Until{Duration: time.Second})
		require.NoError(t, err)
		require.GreaterOrEqual(t, run.Took, time.Second)
		require.Less(t, run.Took, 2*time.Second)
		require.Equal(t, 100*time.Millisecond, run.Quantile(0), "of one that came alone")
		require.LessOrEqual(t, run.Quantile(1), 200*time.Millisecond, "of one that came just after a batch had begun")
	})
}

func TestEachCallerActsOnce(t *testing.T) {
	t.Parallel()
	l, err := load.Prepare(t.Context(), storetest.NewMemory(), load.LunchPeak, &small)
	require.NoError(t, err)
	run, err := l.Run(t.Context(), 5, load.Until{Duration: 1})
	require.NoError(t, err)
	require.GreaterOrEqual(t, run.Count, int64(5), "however busy the machine is")
}

// slow is a store that takes a tenth of a second for a batch.
type slow struct{ ledger.Store }

func (s *slow) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	<-time.After(100 * time.Millisecond)
	return s.Store.Lock(ctx, book, need)
}

func TestQuantilesAreOfTheNearestRank(t *testing.T) {
	t.Parallel()
	run := load.Run{Batches: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}
	for share, want := range map[float64]int{0: 1, 0.1: 1, 0.5: 5, 0.51: 6, 0.99: 10, 1: 10} {
		require.Equal(t, want, run.Batch(share), "%v", share)
	}
	require.Zero(t, (&load.Run{}).Quantile(0.5))
}

func TestWhatCannotBeRunIsSaid(t *testing.T) {
	t.Parallel()
	_, err := load.Prepare(t.Context(), storetest.NewMemory(), "dinner", nil)
	require.ErrorContains(t, err, `unknown workload "dinner"`)
	_, err = load.Prepare(t.Context(), storetest.NewMemory(), load.Holds, &load.Options{Wallets: -1})
	require.ErrorContains(t, err, "no negative number")
	l, err := load.Prepare(t.Context(), storetest.NewMemory(), load.Balances, &small)
	require.NoError(t, err)
	_, err = l.Run(t.Context(), 1, load.Until{})
	require.ErrorContains(t, err, "neither count nor duration")
}
