package ledger_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func TestFollowCatchesUpInOrderAndGoesOn(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	const before, live = 2500, 50 // several pages
	for range before / 100 {
		requests := make([]ledger.Request, 100)
		for i := range requests {
			requests[i] = transaction(ledger.Debit("clearing/g", cny("1")), ledger.Credit("merchant/m", cny("1")))
		}
		for _, answer := range book.PostAll(t.Context(), requests...) {
			require.NoError(t, answer.Err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), waitMax)
	defer cancel()
	next := int64(3)
	posted := false
	for record, err := range book.Follow(ctx, next-1) {
		require.NoError(t, err)
		require.Equal(t, next, record.Seq)
		next++
		if record.Seq == 2+before && !posted {
			posted = true
			go func() {
				for range live {
					_, err := book.Post(ctx, topUp("1"))
					if err != nil {
						panic(err)
					}
				}
			}()
		}
		if record.Seq == 2+before+live {
			break
		}
	}
	require.Equal(t, int64(2+before+live+1), next)
}

func TestFollowEndsWithItsContext(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for record, err := range book.Follow(ctx, 0) {
		if last = err; err == nil && record.Seq == 2 {
			cancel()
		}
	}
	require.ErrorIs(t, last, context.Canceled)
}

func TestFollowRefusesAPositionThatIsNotThere(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	for _, after := range []int64{-1, 3} {
		for _, err := range book.Follow(t.Context(), after) {
			require.ErrorIs(t, err, ledger.ErrRecordUnknown)
		}
	}
}

// Records of another process raise no signal in this one: they are found by
// asking, as often as the options say.
func TestFollowerPollsForOtherProcesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		writer := newBook(t, store)
		reader, err := ledger.Open(t.Context(), store, 1, &ledger.Options{PollInterval: time.Hour})
		require.NoError(t, err)
		begin := time.Now()
		go func() {
			<-time.After(time.Minute) // of the test's clock: the reader is asleep by then
			if _, err := writer.Post(t.Context(), topUp("1")); err != nil {
				panic(err)
			}
		}()
		for record, err := range reader.Follow(t.Context(), 2) {
			require.NoError(t, err)
			require.Equal(t, int64(3), record.Seq)
			break
		}
		require.Equal(t, time.Hour, time.Since(begin))
	})
}

// waiter is a store that can tell.
type waiter struct {
	*memory
	waits chan int64
	tell  chan error
}

func (w *waiter) Wait(ctx context.Context, _ ledger.BookID, after int64) error {
	w.waits <- after
	select {
	case err := <-w.tell:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestFollowerWaitsForAStoreThatTells(t *testing.T) {
	t.Parallel()
	store := newMemory()
	writer := newBook(t, store)
	telling := &waiter{memory: store, waits: make(chan int64), tell: make(chan error)}
	reader, err := ledger.Open(t.Context(), telling, 1, nil)
	require.NoError(t, err)
	failure := errors.New("the connection broke")
	go func() {
		<-telling.waits
		_, err := writer.Post(context.Background(), topUp("1"))
		if err != nil {
			panic(err)
		}
		telling.tell <- nil
		<-telling.waits
		telling.tell <- failure
	}()
	var seen []int64
	var last error
	for record, err := range reader.Follow(t.Context(), 2) {
		if last = err; err == nil {
			seen = append(seen, record.Seq)
		}
	}
	require.Equal(t, []int64{3}, seen)
	require.ErrorIs(t, last, failure)
}
