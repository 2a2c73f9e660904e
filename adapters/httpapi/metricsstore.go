package httpapi

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// Observe returns a store that does what the given one does and counts its
// batches. A store in a transaction of its caller is returned as it is.
func (m *Metrics) Observe(store ledger.Store) ledger.Store {
	if _, ok := store.(ledger.CallerStore); ok || m == nil {
		return store
	}
	observed := &observedStore{Store: store, metrics: m}
	if waiter, ok := store.(ledger.Waiter); ok {
		return &observedWaiter{observedStore: observed, Waiter: waiter}
	}
	return observed
}

type observedStore struct {
	ledger.Store
	metrics *Metrics
}

type observedWaiter struct {
	*observedStore
	ledger.Waiter
}

// Lock begins a write transaction: see [ledger.Store].
func (s *observedStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	begin := time.Now()
	s.metrics.batched(need.IDs, begin)
	locked, err := s.Store.Lock(ctx, book, need)
	if err != nil {
		s.metrics.ended(err)
		return nil, err
	}
	s.metrics.locking.Observe(time.Since(begin).Seconds())
	return &observedLocked{Locked: locked, metrics: s.metrics}, nil
}

type observedLocked struct {
	ledger.Locked
	metrics *Metrics
	ids     []uuid.UUID // of the records that were handed over
}

// Write writes a part of a batch, which others may have joined: see [ledger.Locked].
func (l *observedLocked) Write(ctx context.Context, part ledger.Changes) bool {
	if !l.Locked.Write(ctx, part) {
		return false
	}
	l.hand(part.Records)
	return true
}

// hand counts those whose records are handed over.
func (l *observedLocked) hand(records []ledger.StoredRecord) {
	ids := idsOf(records)
	l.metrics.batched(ids, time.Now())
	l.ids = append(l.ids, ids...)
}

// Commit writes a batch: see [ledger.Locked].
func (l *observedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	l.hand(changes.Records)
	begin := time.Now()
	err := l.Locked.Commit(ctx, changes)
	l.metrics.ended(err)
	if err == nil {
		l.metrics.commit.Observe(time.Since(begin).Seconds())
		l.metrics.batch.Observe(float64(len(l.ids)))
		l.metrics.records.Add(float64(len(l.ids)))
		l.metrics.durable(l.ids)
	}
	return err
}

func idsOf(records []ledger.StoredRecord) []uuid.UUID {
	ids := make([]uuid.UUID, len(records))
	for i := range records {
		ids[i] = records[i].ID
	}
	return ids
}

func (m *Metrics) ended(err error) { m.commits.WithLabelValues(outcomeOf(err)).Inc() }

// outcomeOf is how metrics and traces name the end of a batch: never the error's
// own words, which may name an account.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "committed"
	case errors.Is(err, ledger.ErrConflict):
		return "conflict"
	case errors.Is(err, ledger.ErrOutcomeUnknown):
		return "unknown"
	}
	return "failed"
}
