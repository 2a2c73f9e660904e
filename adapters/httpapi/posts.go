package httpapi

import (
	"net/http"
	"sync"

	"github.com/google/uuid"
)

// posts knows the requests under way by the ids of the transactions that they
// are about to post: a book does not say who is in a batch, but a store is asked
// for the batch's ids. Each request has one at most, so that they are bounded as
// the requests are.
type posts[T comparable] struct {
	mu    sync.Mutex
	known map[uuid.UUID]T
}

// begin makes the id known until the result is called. Of two requests with one
// id, such as a retry beside the first attempt, the later is known.
func (p *posts[T]) begin(id uuid.UUID, post T) (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[uuid.UUID]T{}
	}
	p.known[id] = post
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.known[id] == post {
			delete(p.known, id)
		}
	}
}

// of returns those of the ids that are known.
func (p *posts[T]) of(ids []uuid.UUID) []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) == 0 {
		return nil
	}
	var found []T
	for _, id := range ids {
		if post, ok := p.known[id]; ok {
			found = append(found, post)
		}
	}
	return found
}

// watch tells metrics and traces which transaction the request is about to post,
// if it has an idempotency key.
func (a *api) watch(next http.Handler) http.Handler {
	if a.metrics == nil && a.traces == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		if key, err := uuid.Parse(r.Header.Get("Idempotency-Key")); err == nil {
			id := transactionID(c.operation.id, c.caller, key)
			defer a.metrics.posting(id)()
			defer a.traces.posting(r.Context(), id)()
		}
		next.ServeHTTP(w, r)
	})
}
