package load_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

func TestABookGrowsAndIsMeasuredInBetween(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	g, err := load.PrepareGrowth(t.Context(), store, &small)
	require.NoError(t, err)
	for _, size := range []int64{2500, 4567, 100} {
		before, err := g.Records(t.Context())
		require.NoError(t, err)
		require.NoError(t, g.Fill(t.Context(), size))
		filled, err := g.Records(t.Context())
		require.NoError(t, err)
		require.Equal(t, max(size, before), filled)
		for range 2 {
			run, err := g.Pay(t.Context(), 8, load.Until{Count: 100})
			require.NoError(t, err)
			require.EqualValues(t, 100, run.Count)
			require.NotEmpty(t, run.Batches)
		}
		after, err := g.Records(t.Context())
		require.NoError(t, err)
		require.Equal(t, filled+200, after)
		for _, read := range []func(context.Context, int, load.Until) (load.Run, error){g.ReadBalances, g.ReadPages} {
			run, err := read(t.Context(), 4, load.Until{Count: 300})
			require.NoError(t, err)
			require.Len(t, run.Latencies, 300)
			require.Empty(t, run.Batches)
		}
	}
	book, err := ledger.Open(t.Context(), store, 1, nil)
	require.NoError(t, err)
	var entries int64
	for record, err := range book.Records(t.Context(), 0) {
		require.NoError(t, err)
		if lines := record.Lines; record.Kind == "sale" && lines[1].Account == "merchant/m0000" {
			entries++
		}
	}
	require.Equal(t, entries, g.Entries())
}

func TestASchoolLivesThroughItsDays(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	g, err := load.PrepareGrowth(t.Context(), store, &small)
	require.NoError(t, err)
	for range 3 {
		run, err := g.Live(t.Context(), 8, load.Until{Count: 500})
		require.NoError(t, err)
		require.EqualValues(t, 500, run.Count)
		require.NoError(t, g.CloseDay(t.Context()))
	}
	head, err := store.Head(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, ledger.DateOf(2026, time.September, 4), head.OpenDate)
	holds := 0
	for _, err := range store.Holds(t.Context(), 1, ledger.HoldQuery{}) {
		require.NoError(t, err)
		holds++
	}
	require.NotZero(t, holds)
}

func TestARunKeepsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, err := load.PrepareGrowth(t.Context(), storetest.NewMemory(), &small)
		require.NoError(t, err)
		run, err := g.Pay(t.Context(), 8, load.Until{Duration: 10 * time.Second, Rate: 20})
		require.NoError(t, err)
		require.EqualValues(t, 200, run.Count)
		require.Zero(t, run.Quantile(1), "what a caller waits for its turn is no latency")
	})
}
