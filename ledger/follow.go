package ledger

import (
	"context"
	"iter"
	"sync"
	"time"
)

// followPage is how many records a follower reads at once.
const followPage = 1000

// Follow yields the records after a position in order, and then each new one
// as it is written, until the context ends: then it yields the context's error.
// It is at the same time the way to catch up, however far behind, and the feed.
// No connection is held while the loop's body works. A position beyond the
// journal is [ErrRecordUnknown]: the cursor is of another book, or this one was
// restored from an older backup.
//
// New records of the same Book are seen at once, those of other processes as
// soon as the store tells ([Waiter]), or else within Options.PollInterval.
//
// A consumer keeps its position with its own effects: see [Cursors]. After a
// crash it begins again behind the last effect that was committed, so that none
// is lost and none is done twice.
func (b *Book) Follow(ctx context.Context, after int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if err := b.checkPosition(ctx, after); err != nil {
			yield(Record{}, err)
			return
		}
		for {
			signal := b.signal.next() // before reading: what comes meanwhile raises it
			page, err := b.page(ctx, after)
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
				after = page[i].Seq
			}
			if err == nil && len(page) < followPage {
				err = b.wait(ctx, after, signal)
			}
			if err != nil {
				yield(Record{}, err)
				return
			}
		}
	}
}

// page reads the next records.
func (b *Book) page(ctx context.Context, after int64) ([]Record, error) {
	var page []Record
	for record, err := range b.records(ctx, RecordQuery{After: after, Limit: followPage}) {
		if err != nil {
			return page, err
		}
		page = append(page, record)
	}
	return page, nil
}

// wait returns once there may be a record after the position.
func (b *Book) wait(ctx context.Context, after int64, signal <-chan struct{}) error {
	waiter, ok := b.store.(Waiter)
	if !ok {
		select {
		case <-signal:
			return nil
		case <-time.After(b.options.PollInterval):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	var failure error
	told := make(chan struct{})
	go func() {
		failure = waiter.Wait(waiting, b.id, after)
		close(told)
	}()
	select {
	case <-told:
		return failure
	case <-signal:
		stop()
		<-told // the store's connection is given back
		return ctx.Err()
	}
}

// signal wakes those who wait in this process.
type signal struct {
	mu      sync.Mutex
	waiting chan struct{}
}

// next returns a channel that the next raise closes.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting = make(chan struct{})
	}
	return s.waiting
}

func (s *signal) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting != nil {
		close(s.waiting)
		s.waiting = nil
	}
}
