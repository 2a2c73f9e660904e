// Package together lets those who ask a database the same question at the same
// moment share one query.
//
//	balances := together.New(32, func(ctx context.Context, holders []int64) (map[int64]int64, error) { … })
//	balance, known, err := balances.Get(ctx, 102938)
//
// While one query is under way the questions that come are collected, and the
// next query answers them all. So a lone caller waits for nobody, a crowd asks about
// as often as one caller could, and every answer was read after its question was
// asked: nothing is cached.
//
// # Errors
//
// Get fails with the error of its query, which all who shared it get, or with its
// own context's. A caller that gives up ends nobody's query.
//
// # Concurrency
//
// All methods may be called by any number of goroutines.
package together

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Timeout bounds a query, which no single caller's context ends.
const Timeout = 10 * time.Second

// Reader asks for values by their keys.
type Reader[K comparable, V any] struct {
	most  int
	fetch func(context.Context, []K) (map[K]V, error)

	mu   sync.Mutex
	next *query[K, V]  // the one that collects keys
	turn chan struct{} // holds a token while one is under way
}

type query[K comparable, V any] struct {
	keys  []K
	begun bool // belongs to who has the turn
	done  chan struct{}
	found map[K]V
	err   error
}

// New returns a reader of at most so many keys a query, each as often as it was
// asked for. fetch is called by one goroutine at a time; a key without a value it leaves out.
func New[K comparable, V any](most int, fetch func(context.Context, []K) (map[K]V, error)) *Reader[K, V] {
	return &Reader[K, V]{most: most, fetch: fetch, turn: make(chan struct{}, 1)}
}

// Get returns the value of a key as it is after the call began, and whether
// there is one. Whoever waits leaves once the context ends, but a caller that does
// the query for all stays until it has ended, so no longer than [Timeout].
func (r *Reader[K, V]) Get(ctx context.Context, key K) (value V, known bool, err error) {
	mine := r.join(key)
	select {
	case r.turn <- struct{}{}:
		r.lead(ctx, mine)
	case <-mine.done:
	case <-ctx.Done():
		return value, false, ctx.Err()
	}
	value, known = mine.found[key]
	return value, known, mine.err
}

// join adds a key to the next query, which the first of its callers to have the
// turn will do.
func (r *Reader[K, V]) join(key K) *query[K, V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil || len(r.next.keys) >= r.most {
		r.next = &query[K, V]{done: make(chan struct{})}
	}
	r.next.keys = append(r.next.keys, key)
	return r.next
}

var errEnded = errors.New("the query ended without an answer")

// lead does the query, unless another of its callers did, and gives the turn back.
func (r *Reader[K, V]) lead(ctx context.Context, mine *query[K, V]) {
	defer func() { <-r.turn }()
	if mine.begun {
		return
	}
	mine.begun = true
	r.mu.Lock()
	if r.next == mine {
		r.next = nil
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
	defer cancel()
	defer close(mine.done)
	mine.err = errEnded // unless it returns
	mine.found, mine.err = r.fetch(ctx, mine.keys)
}
