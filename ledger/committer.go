package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// conflictsMax is how often a batch that lost against another writer is tried.
const conflictsMax = 8

// committer is a book's queue. While one batch commits, the next collects: a
// batch grows as fast as the load, and a lone caller waits for nobody. Its
// goroutine lives only while there is work.
type committer struct {
	mu      sync.Mutex
	waiting []*call
	running bool
}

// call is one caller's command and where the answer goes.
type call struct {
	command command
	receipt Receipt
	err     error
	done    chan struct{} // closed once receipt and err are set
}

// submit queues the command and waits for its answer.
func (b *Book) submit(ctx context.Context, c command) (Receipt, error) {
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	one := &call{command: c, done: make(chan struct{})}
	if err := b.enqueue(one); err != nil {
		return Receipt{}, err
	}
	select {
	case <-one.done:
		return one.receipt, one.err
	case <-ctx.Done():
	}
	if b.withdraw(one) {
		return Receipt{}, ctx.Err()
	}
	select {
	case <-one.done: // the answer and the end of the context came together
		return one.receipt, one.err
	default:
		return Receipt{}, fmt.Errorf("%w: %w", ErrOutcomeUnknown, ctx.Err())
	}
}

func (b *Book) enqueue(calls ...*call) error {
	q := &b.commit
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting)+len(calls) > b.options.QueueMax {
		return &BusyError{RetryAfter: 100 * time.Millisecond}
	}
	q.waiting = append(q.waiting, calls...)
	if !q.running {
		q.running = true
		go b.drain()
	}
	return nil
}

// withdraw takes a call out of the queue, if it is still there.
func (b *Book) withdraw(one *call) bool {
	q := &b.commit
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, waiting := range q.waiting {
		if waiting == one {
			q.waiting = append(q.waiting[:i:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// drain commits batch after batch until nothing waits.
func (b *Book) drain() {
	for {
		batch := b.collect()
		if batch == nil {
			return
		}
		b.write(batch)
		for _, one := range batch {
			close(one.done)
		}
		runtime.Gosched() // let those who were answered queue again, so that batches stay full
	}
}

// collect takes the next batch: what waits, at most BatchMax, a day close alone.
func (b *Book) collect() []*call {
	q := &b.commit
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.running = false
		q.waiting = nil
		return nil
	}
	n := min(len(q.waiting), b.options.BatchMax)
	for i := range n {
		if _, closes := q.waiting[i].command.(*dayClose); closes {
			n = max(i, 1)
			break
		}
	}
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch
}

// write brings a batch to the store and sets every call's answer.
func (b *Book) write(batch []*call) {
	ctx, cancel := context.WithTimeout(context.Background(), b.options.CommitTimeout)
	defer cancel()
	var err error
	for range conflictsMax {
		if err = b.tryWrite(ctx, batch); !errors.Is(err, ErrConflict) {
			break
		}
	}
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrOutcomeUnknown) {
		// CommitTimeout is ours: no caller's context has ended.
		err = fmt.Errorf("%w: the store took longer than %s", &BusyError{RetryAfter: time.Second}, b.options.CommitTimeout)
	}
	if errors.Is(err, ErrConflict) {
		err = fmt.Errorf("%w: %w", &BusyError{RetryAfter: time.Second}, err)
	}
	if err != nil {
		for _, one := range batch {
			one.receipt, one.err = Receipt{}, err
		}
	}
}

func (b *Book) tryWrite(ctx context.Context, batch []*call) error {
	commands := make([]command, len(batch))
	for i, one := range batch {
		commands[i] = one.command
	}
	locked, err := b.store.Lock(ctx, b.id, needOf(commands))
	if err != nil {
		return err
	}
	state, err := newState(locked.Snapshot())
	if err != nil {
		_ = locked.Rollback(ctx)
		return err
	}
	at := b.options.Now().UTC().Truncate(time.Microsecond)
	for _, one := range batch {
		one.receipt, one.err = state.apply(one.command, at)
	}
	changes := state.changes()
	if len(changes.Records) == 0 {
		_ = locked.Rollback(ctx) // nothing was written: the answers stand
		return nil
	}
	return locked.Commit(ctx, changes)
}
