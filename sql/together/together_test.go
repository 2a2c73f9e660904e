package together_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/sql/together"
)

// slow answers with ten times the key after a second; it knows no odd keys.
type slow struct {
	queries [][]int
	err     error
}

func (s *slow) fetch(_ context.Context, keys []int) (map[int]int, error) {
	s.queries = append(s.queries, slices.Sorted(slices.Values(keys)))
	<-time.After(time.Second) // of a bubble
	found := map[int]int{}
	for _, key := range keys {
		if key%2 == 0 {
			found[key] = 10 * key
		}
	}
	return found, s.err
}

func TestWhoAsksDuringAQuerySharesTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &slow{}
		reader := together.New(3, source.fetch)
		var group sync.WaitGroup
		for key := range 8 {
			group.Go(func() {
				value, known, err := reader.Get(t.Context(), key)
				require.NoError(t, err)
				require.Equal(t, key%2 == 0, known)
				if known {
					require.Equal(t, 10*key, value)
				}
			})
			synctest.Wait()
		}
		group.Wait()
		require.Equal(t, [][]int{{0}, {1, 2, 3}, {4, 5, 6}, {7}}, source.queries, "in turn, and no more than three at once")
	})
}

func TestAnAnswerIsYoungerThanItsQuestion(t *testing.T) {
	t.Parallel()
	var truth atomic.Int64
	reader := together.New(64, func(_ context.Context, keys []int) (map[int]int64, error) {
		found := map[int]int64{}
		for _, key := range keys {
			found[key] = truth.Load()
		}
		return found, nil
	})
	var group sync.WaitGroup
	for key := range 16 {
		group.Go(func() {
			for range 500 {
				before := truth.Add(1)
				value, known, err := reader.Get(t.Context(), key)
				if err != nil || !known || value < before {
					t.Errorf("asked at %d, answered %d of then (%v)", before, value, err)
				}
			}
		})
	}
	group.Wait()
}

func TestAFailedQueryFailsForAllWhoSharedIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &slow{err: errors.New("disk on fire")}
		reader := together.New(3, source.fetch)
		var group sync.WaitGroup
		for key := range 3 {
			group.Go(func() {
				_, _, err := reader.Get(t.Context(), key)
				require.ErrorIs(t, err, source.err)
			})
		}
		group.Wait()
		source.err = nil
		value, known, err := reader.Get(t.Context(), 4)
		require.NoError(t, err)
		require.True(t, known)
		require.Equal(t, 40, value)
	})
}

func TestACallerWhoGivesUpEndsNobodysQuery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &slow{}
		reader := together.New(3, source.fetch)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { // does a query
			value, _, err := reader.Get(ctx, 2)
			require.NoError(t, err)
			require.Equal(t, 20, value)
		})
		synctest.Wait()
		leaves := func(key int) {
			begin := time.Now()
			_, _, err := reader.Get(ctx, key)
			require.ErrorIs(t, err, context.Canceled)
			require.Zero(t, time.Since(begin), "who waits for the turn or for others leaves at once")
		}
		group.Go(func() { leaves(4) }) // would do the next
		synctest.Wait()
		group.Go(func() {
			value, _, err := reader.Get(t.Context(), 6) // joins it
			require.NoError(t, err)
			require.Equal(t, 60, value)
		})
		group.Go(func() { leaves(8) })
		synctest.Wait()
		cancel()
		group.Wait()
		require.Equal(t, [][]int{{2}, {4, 6, 8}}, source.queries)
	})
}

func TestAQueryOfWhichAllGaveUpIsTheNextCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &slow{}
		reader := together.New(3, source.fetch)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { _, _, _ = reader.Get(t.Context(), 2) })
		synctest.Wait()
		for range 4 { // one query and a part of another
			group.Go(func() {
				_, _, err := reader.Get(ctx, 4)
				require.ErrorIs(t, err, context.Canceled)
			})
		}
		synctest.Wait()
		cancel()
		group.Wait()
		require.Equal(t, [][]int{{2}}, source.queries)
		value, _, err := reader.Get(t.Context(), 6)
		require.NoError(t, err)
		require.Equal(t, 60, value)
		require.Equal(t, [][]int{{2}, {4, 6}}, source.queries)
	})
}

func TestAPanicIsNoAnswer(t *testing.T) {
	t.Parallel()
	calls := 0
	reader := together.New(3, func(context.Context, []int) (map[int]int, error) {
		if calls++; calls == 1 {
			panic("fault")
		}
		return map[int]int{1: 1}, nil
	})
	require.Panics(t, func() { _, _, _ = reader.Get(t.Context(), 1) })
	_, known, err := reader.Get(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, known)
}
