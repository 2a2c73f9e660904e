package storetest_test

import (
	"context"
	"sync"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Stores whose locks or snapshots are broken.

// unlocked reads, lets go, and locks again only to write.
func unlocked(store ledger.Store) ledger.Store { return &unlockedStore{store} }

type unlockedStore struct{ ledger.Store }

func (s *unlockedStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := s.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	_ = locked.Rollback(ctx)
	return &unlockedLocked{locked, s.Store, book}, nil
}

type unlockedLocked struct {
	ledger.Locked
	store ledger.Store
	book  ledger.BookID
}

func (l *unlockedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	locked, err := l.store.Lock(ctx, l.book, ledger.Need{})
	if err != nil {
		return err
	}
	return locked.Commit(ctx, changes)
}

// stale trusts the accounts it saw first.
func stale(store ledger.Store) ledger.Store {
	var mu sync.Mutex
	seen := make(map[ledger.BookID]map[string]ledger.Account)
	return &altered{Store: store, snapshot: func(book ledger.BookID, s *ledger.Snapshot) {
		mu.Lock()
		defer mu.Unlock()
		if seen[book] == nil {
			seen[book] = make(map[string]ledger.Account)
		}
		for i, account := range s.Accounts {
			if earlier, ok := seen[book][account.Path]; ok {
				s.Accounts[i] = earlier
			}
			seen[book][account.Path] = s.Accounts[i]
		}
	}}
}

// sharing keeps the records it hands out and hands them out again.
func sharing(store ledger.Store) ledger.Store {
	var mu sync.Mutex
	kept := make(map[string]ledger.StoredRecord)
	return &altered{Store: store, snapshot: func(_ ledger.BookID, s *ledger.Snapshot) {
		mu.Lock()
		defer mu.Unlock()
		for i, record := range s.Records {
			if earlier, ok := kept[record.ID.String()]; ok {
				s.Records[i] = earlier
			}
			kept[record.ID.String()] = s.Records[i]
		}
	}}
}

// reading returns a store that changes what a lock reads.
func reading(store ledger.Store, change func(*ledger.Snapshot)) ledger.Store {
	return &altered{Store: store, snapshot: func(_ ledger.BookID, s *ledger.Snapshot) { change(s) }}
}

// readingAccounts returns a store that changes the accounts that a lock reads.
func readingAccounts(store ledger.Store, change func(*ledger.Account)) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) {
		for i := range s.Accounts {
			change(&s.Accounts[i])
		}
	})
}

func forgetful(store ledger.Store) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) { s.Records = nil })
}

func bottomless(store ledger.Store) ledger.Store {
	return readingAccounts(store, func(a *ledger.Account) { a.Floor = money.Amount{} })
}

func unheld(store ledger.Store) ledger.Store {
	return readingAccounts(store, func(a *ledger.Account) { a.HeldDebits, a.HeldCredits = 0, 0 })
}

func unused(store ledger.Store) ledger.Store {
	return readingAccounts(store, func(a *ledger.Account) { a.Used = nil })
}

func untouched(store ledger.Store) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) { s.All = s.All[:len(s.All)/2] })
}

func uncaptured(store ledger.Store) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) {
		for i := range s.Holds {
			clear(s.Holds[i].Captured)
		}
	})
}

func unrefunded(store ledger.Store) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) { s.Refunds = nil })
}

func uncharted(store ledger.Store) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) { s.Chart = nil })
}

func shortSighted(store ledger.Store) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) { s.Ahead = nil })
}
