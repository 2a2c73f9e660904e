package storetest_test

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// Stores that do not write what they are given.

// writing returns a store that changes what is committed.
func writing(store ledger.Store, change func(*ledger.Changes)) ledger.Store {
	return &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		change(&c)
		return locked.Commit(ctx, c)
	}}
}

func isTopUp(c *ledger.Changes) bool { return bytes.Contains(c.Records[0].Body, []byte(`"topup"`)) }

func forgetting(store ledger.Store) ledger.Store {
	return &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		if isTopUp(&c) {
			return locked.Rollback(ctx)
		}
		return locked.Commit(ctx, c)
	}}
}

func recordless(store ledger.Store) ledger.Store {
	return &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		if isTopUp(&c) {
			c.Head, c.Records, c.Milestones = locked.Snapshot().Head, nil, nil
		}
		return locked.Commit(ctx, c)
	}}
}

// halfway leaves out what keys would refuse, and writes the rest.
func halfway(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		c.Milestones = slices.Compact(c.Milestones)
	})
}

func rounding(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		for i := range c.Holds {
			c.Holds[i].Expires = c.Holds[i].Expires.Truncate(time.Second)
		}
	})
}

func unreleased(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		for i := range c.Holds {
			if c.Holds[i].State == ledger.HoldReleased {
				c.Holds[i].State = ledger.HoldHeld
			}
		}
	})
}

func unopened(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) { c.Reopened = ledger.Date{} })
}

func undescribed(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		for i := range c.Opened {
			c.Opened[i].Metadata = nil
		}
	})
}

// unchanged writes an account's limits when it is opened, and never again.
func unchanged(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		for i := range c.Updated {
			c.Updated[i].Limits = nil
		}
	})
}

// keeping reads from the memory of whoever committed.
func keeping(store ledger.Store) ledger.Store {
	s := &keepingStore{records: make(map[int64]ledger.StoredRecord)}
	s.Store = writing(store, func(c *ledger.Changes) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, record := range c.Records {
			s.records[record.Mark] = record
		}
	})
	return s
}

type keepingStore struct {
	ledger.Store
	mu      sync.Mutex
	records map[int64]ledger.StoredRecord // by mark
}

func (s *keepingStore) View(ctx context.Context) (ledger.View, error) {
	view, err := s.Store.View(ctx)
	return &keepingView{view, s}, err
}

type keepingView struct {
	ledger.View
	store *keepingStore
}

func (v *keepingView) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		for record, err := range v.View.Records(ctx, book, query) {
			v.store.mu.Lock()
			kept, ok := v.store.records[record.Mark]
			v.store.mu.Unlock()
			if ok {
				record = kept
			}
			if !yield(record, err) {
				return
			}
		}
	}
}
