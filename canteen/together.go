package canteen

import (
	"context"
	"sync"
	"time"
)

// together gives all who ask while one answer is fetched the next, so that each
// answer is younger than the question and a crowd asks the database once.
type together[T any] struct {
	mu       sync.Mutex
	next     *fetched[T]
	fetching sync.Mutex // held while one is fetched
}

type fetched[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// fetchTimeout bounds what is fetched for all: no caller's context does.
const fetchTimeout = 10 * time.Second

// ask returns what fetch answers after the call, or the context's error.
func (t *together[T]) ask(ctx context.Context, fetch func(context.Context) (T, error)) (T, error) {
	t.mu.Lock()
	mine, leads := t.next, false
	if mine == nil {
		mine, leads = &fetched[T]{done: make(chan struct{})}, true
		t.next = mine
	}
	t.mu.Unlock()
	if leads {
		t.lead(ctx, mine, fetch)
	}
	select {
	case <-mine.done:
		return mine.value, mine.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// lead waits for the fetch under way, while others join, and does the next.
func (t *together[T]) lead(ctx context.Context, mine *fetched[T], fetch func(context.Context) (T, error)) {
	t.fetching.Lock()
	defer t.fetching.Unlock()
	t.mu.Lock()
	t.next = nil
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	defer close(mine.done)
	mine.value, mine.err = fetch(ctx)
}
