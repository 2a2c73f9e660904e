package httpapi

import (
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// queues are those of the books that requests are posted to.
type queues struct {
	mu    sync.Mutex
	books map[*ledger.Book]struct{}
}

func (q *queues) waiting() float64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	sum := 0
	for book := range q.books {
		sum += book.Waiting()
	}
	return float64(sum)
}

// watchQueue adds the book's queue to what is told.
func (m *Metrics) watchQueue(book *ledger.Book) {
	if m == nil {
		return
	}
	m.queues.mu.Lock()
	defer m.queues.mu.Unlock()
	if m.queues.books == nil {
		m.queues.books = map[*ledger.Book]struct{}{}
	}
	m.queues.books[book] = struct{}{}
}

// waitingPost is a transaction of a request that is not answered yet.
type waitingPost struct {
	since time.Time
	once  sync.Once // a batch that lost against another writer is tried again
}

// posting counts how long the transaction waits and takes, until the result is
// called.
func (m *Metrics) posting(id uuid.UUID) (end func()) {
	if m == nil {
		return func() {}
	}
	return m.posts.begin(id, &waitingPost{since: time.Now()})
}

// batched counts how long those that a batch has taken from the queue waited.
func (m *Metrics) batched(ids []uuid.UUID, at time.Time) {
	for _, post := range m.posts.of(ids) {
		post.once.Do(func() { m.waited.Observe(at.Sub(post.since).Seconds()) })
	}
}

// durable counts how long those took that are in the journal now. A replay is
// none of them.
func (m *Metrics) durable(ids []uuid.UUID) {
	for _, post := range m.posts.of(ids) {
		m.posted.Observe(time.Since(post.since).Seconds())
	}
}
