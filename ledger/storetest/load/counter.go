package load

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// counter is a store that keeps how many records each commit had.
type counter struct {
	ledger.Store
	spent bool // a run wrote to it

	mu    sync.Mutex
	sizes []int
}

func (c *counter) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := c.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	return &countedLocked{locked, c}, nil
}

type countedLocked struct {
	ledger.Locked
	counter *counter
}

func (l *countedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	err := l.Locked.Commit(ctx, changes)
	if err == nil {
		l.counter.mu.Lock()
		l.counter.sizes = append(l.counter.sizes, int(changes.Head.Seq-l.Snapshot().Head.Seq))
		l.counter.mu.Unlock()
	}
	return err
}

// take returns the sizes, ascending, and begins anew.
func (c *counter) take() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sizes := c.sizes
	c.sizes = nil
	slices.Sort(sizes)
	return sizes
}

func merge(took [][]time.Duration) []time.Duration {
	all := slices.Concat(took...)
	slices.Sort(all)
	return all
}
