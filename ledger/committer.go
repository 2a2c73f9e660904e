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
// batch grows as fast as the load, and a lone caller waits for nobody to speak of. Its
// goroutine lives only while there is work.
type committer struct {
	mu      sync.Mutex
	waiting []*call
	running bool
	// The rest belongs to whoever runs.
	known    known
	careful  int  // batches to come whose ids are looked up
	expected int  // calls that may be expected in the next batch
	whole    bool // the store takes batches only whole
	joinable bool // the last batch needed nothing that had to be read, nor did who came to join it
}

// call is what is applied together, all or nothing, and where the answer goes.
type call struct {
	commands []command
	linked   bool // all or nothing, even if there is one
	dry      bool // answer, and write nothing
	receipts []Receipt
	err      error
	done     chan struct{} // closed once receipts or err are set
}

// Waiting returns how many writes wait for the next batch. It may be called concurrently.
func (b *Book) Waiting() int { return b.commit.length() }

func newCall(commands ...command) *call { return &call{commands: commands, done: make(chan struct{})} }

// submit queues the calls, which then follow one another in the journal, and
// waits for their answers: nil for each whose receipts are set.
func (b *Book) submit(ctx context.Context, calls ...*call) []error {
	errs := make([]error, len(calls))
	err := ctx.Err()
	switch {
	case err != nil:
	case b.caller != nil:
		b.commitForCaller(ctx, calls)
	default:
		err = b.enqueue(calls...)
	}
	for i, one := range calls {
		errs[i] = err
		if err == nil {
			errs[i] = b.await(ctx, one)
		}
	}
	return errs
}

// commitForCaller commits in the caller's transaction, one call of it at a time.
func (b *Book) commitForCaller(ctx context.Context, batch []*call) {
	b.caller.Lock()
	defer b.caller.Unlock()
	batch, err := b.commitBatch(ctx, batch)
	b.answer(batch, err)
}

// submitOne queues a call of one command and waits for its answer.
func (b *Book) submitOne(ctx context.Context, one *call) (Receipt, error) {
	if err := b.submit(ctx, one)[0]; err != nil {
		return Receipt{}, err
	}
	return one.receipts[0], nil
}

// await returns the call's answer, or what the end of the context means for it.
func (b *Book) await(ctx context.Context, one *call) error {
	select {
	case <-one.done:
		return one.err
	case <-ctx.Done():
	}
	if b.withdraw(one) {
		return ctx.Err()
	}
	select {
	case <-one.done: // the answer and the end of the context came together
		return one.err
	default:
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, ctx.Err())
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
	q := &b.commit
	for {
		batch := b.collect()
		if batch == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), b.options.CommitTimeout)
		batch, err := b.commitBatch(ctx, batch)
		q.expected = q.length() + len(batch)
		b.answer(batch, err)
		cancel()
		if q.joinable {
			q.settle(min(q.expected, firstCalls))
		} else {
			q.settle(q.expected)
		}
	}
}

const (
	// yieldsMax is how often settle yields without anybody coming, and once for each
	// call wanted at most: some tens of microseconds, a fraction of what a commit takes.
	yieldsMax = 256
	// settleMax is how long that may take where others keep the processors busy.
	settleMax = 2 * time.Millisecond
)

// settle lets those who were answered queue again behind those who wait, until so
// many do or nobody comes any more, so that batches stay full: what a batch costs by
// itself is then shared by all.
func (q *committer) settle(want int) {
	begin := time.Now()
	for idle, before := 0, 0; idle < min(want, yieldsMax) && time.Since(begin) < settleMax; idle++ {
		waiting := q.length()
		if waiting >= want {
			return
		}
		if waiting > before {
			before, idle = waiting, 0
		}
		runtime.Gosched()
	}
}

func (q *committer) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// collect takes the next batch: what waits, at most BatchMax commands, and a
// command that needs a batch of its own alone.
func (b *Book) collect() []*call {
	q := &b.commit
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.running = false
		q.waiting = nil
		return nil
	}
	n, size := 0, 0
	for ; n < len(q.waiting) && !alone(q.waiting[n]); n++ {
		if size += len(q.waiting[n].commands); size > b.options.BatchMax {
			break
		}
	}
	n = max(n, 1)
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch
}

// alone reports whether what the call looks up would not tell of what others in
// its batch did.
func alone(one *call) bool {
	switch one.commands[0].(type) {
	case *dayClose, *reopen:
		return true
	}
	return false
}

// commitBatch brings a batch to the store, with the calls that join it, which it
// returns too.
func (b *Book) commitBatch(ctx context.Context, batch []*call) ([]*call, error) {
	var err error
	for range conflictsMax {
		if batch, err = b.tryCommit(ctx, batch); !errors.Is(err, ErrConflict) || b.caller != nil {
			break
		}
	}
	switch {
	case b.caller != nil: // the context and the transaction are the caller's
	case err != nil && ctx.Err() != nil && !errors.Is(err, ErrOutcomeUnknown):
		// CommitTimeout is ours: no caller's context has ended.
		err = fmt.Errorf("%w: the store took longer than %s", &BusyError{RetryAfter: time.Second}, b.options.CommitTimeout)
	case errors.Is(err, ErrConflict):
		err = fmt.Errorf("%w: %w", &BusyError{RetryAfter: time.Second}, err)
	}
	return batch, err
}

// answer gives every call of a batch its answer.
func (b *Book) answer(batch []*call, err error) {
	for _, one := range batch {
		if err != nil {
			one.receipts, one.err = nil, err
		}
		close(one.done)
	}
	if err == nil && b.caller == nil {
		b.signal.raise()
	}
}

func (b *Book) tryCommit(ctx context.Context, batch []*call) ([]*call, error) {
	commands := commandsOf(batch)
	known, need := &b.commit.known, needOf(commands)
	hopeful := b.hopes(commands)
	need.NewIDs = hopeful
	spared := known.spare(&need)
	b.commit.joinable = hopeful && len(need.Accounts) == 0
	locked, err := b.store.Lock(ctx, b.id, need)
	if err != nil {
		return batch, err
	}
	snapshot := locked.Snapshot()
	if !known.holds(&snapshot.Head) && len(spared) > 0 {
		_ = locked.Rollback(ctx)
		return b.tryCommit(ctx, batch) // which spares nothing
	}
	state, err := newState(snapshot, spared, min(b.commit.expected, b.options.BatchMax))
	if err != nil {
		_ = locked.Rollback(ctx)
		return batch, err
	}
	state.busy = known.busy
	batch = b.decide(ctx, locked, state, batch, hopeful)
	if hopeful && !unused(ctx, locked, state, batch) {
		_ = locked.Rollback(ctx)
		known.forget() // it was changed in place
		b.commit.careful = carefulAfterReplay
		return b.tryCommit(ctx, batch)
	}
	if state.head.Seq == snapshot.Head.Seq {
		_ = locked.Rollback(ctx) // nothing was written: the answers stand
		return batch, nil
	}
	if err := locked.Commit(ctx, state.changes()); err != nil {
		known.forget()
		if errors.Is(err, ErrConflict) {
			b.commit.careful = carefulAfterReplay // perhaps an id was used before
		}
		return batch, err
	}
	known.learn(state)
	return batch, nil
}

func commandsOf(batch []*call) []command {
	commands := make([]command, 0, len(batch))
	for _, one := range batch {
		commands = append(commands, one.commands...)
	}
	return commands
}

// apply sets the call's answer, as it will be if the batch is committed.
func (c *call) apply(s *state, at time.Time) {
	if c.linked || c.dry {
		c.receipts, c.err = s.applyLinked(c.commands, at, c.dry)
		return
	}
	receipt, err := s.apply(c.commands[0], at)
	c.receipts, c.err = []Receipt{receipt}, err
}
