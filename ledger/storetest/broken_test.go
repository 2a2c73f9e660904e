package storetest_test

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// brokenStores are stores with one fault each, and the clause that must find it.
var brokenStores = map[string]struct {
	theme, clause string
	wrap          func(ledger.Store) ledger.Store
}{
	"writes without a lock":                  {"concurrency", "a second lock of a book waits for the first", unlocked},
	"loses updates":                          {"concurrency", "no update of a hot account is lost", stale},
	"forgets ids":                            {"idempotency", "the same transaction again is answered with the first record", forgetful},
	"forgets floors":                         {"concurrency", "a wallet with money for twenty pays twenty times", bottomless},
	"acknowledges and does not write":        {"journal", "what Commit returned from is there to read", forgetting},
	"drops entries":                          {"balance", "entries carry the running balance, also of an account posted twice in one record", dropping},
	"writes half of a refused commit":        {"atomicity", "an entry written twice undoes the whole commit", halfway},
	"answers another tree":                   {"journal", "the head's tree is that of the bodies", oldTree},
	"reads other books":                      {"isolation", "the same paths and ids in two books are different things", leaking},
	"reads accounts in any order":            {"reading", "accounts come in byte order whatever the locale", unordered},
	"takes a prefix for no limit":            {"reading", "a prefix is no pattern", unlimited},
	"forgets where in a record a page ended": {"statement", "a page may end within a record", pageless},
	"views whatever is there":                {"view", "a view does not see what is posted after it began", shifting},
	"hands out its own memory":               {"memory", "changing a snapshot changes nothing else", sharing},
	"forgets which accounts were moved":      {"day close", "a balance at a closed date is what it was then", untouched},
}

// altered is a store with its parts replaced; nil ones are sound.
type altered struct {
	ledger.Store
	snapshot func(ledger.BookID, *ledger.Snapshot)
	commit   func(context.Context, ledger.Locked, ledger.Changes) error
}

func (a *altered) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := a.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	snapshot := locked.Snapshot()
	if a.snapshot != nil {
		a.snapshot(book, &snapshot)
	}
	return &alteredLocked{locked, a, snapshot}, nil
}

type alteredLocked struct {
	ledger.Locked
	store *altered
	read  ledger.Snapshot
}

func (l *alteredLocked) Snapshot() ledger.Snapshot { return l.read }

func (l *alteredLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.store.commit == nil {
		return l.Locked.Commit(ctx, changes)
	}
	return l.store.commit(ctx, l.Locked, changes)
}

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

func forgetful(store ledger.Store) ledger.Store {
	return &altered{Store: store, snapshot: func(_ ledger.BookID, s *ledger.Snapshot) { s.Records = nil }}
}

func bottomless(store ledger.Store) ledger.Store {
	return &altered{Store: store, snapshot: func(_ ledger.BookID, s *ledger.Snapshot) {
		for i := range s.Accounts {
			s.Accounts[i].Floor = money.Amount{}
		}
	}}
}

func untouched(store ledger.Store) ledger.Store {
	return &altered{Store: store, snapshot: func(_ ledger.BookID, s *ledger.Snapshot) {
		s.Touched = s.Touched[:len(s.Touched)/2]
	}}
}

func forgetting(store ledger.Store) ledger.Store {
	return &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		if c.Records[0].Kind == "topup" {
			return locked.Rollback(ctx)
		}
		return locked.Commit(ctx, c)
	}}
}

func dropping(store ledger.Store) ledger.Store {
	return &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		if len(c.Entries) > 2 {
			c.Entries = c.Entries[:2]
		}
		return locked.Commit(ctx, c)
	}}
}

// halfway leaves out what the schema would refuse, and writes the rest.
func halfway(store ledger.Store) ledger.Store {
	return &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		c.Entries = slices.Compact(slices.SortedStableFunc(slices.Values(c.Entries), func(x, y ledger.NewEntry) int {
			return int(x.Account - y.Account)
		}))
		return locked.Commit(ctx, c)
	}}
}

func oldTree(store ledger.Store) ledger.Store { return &oldTreeStore{store} }

type oldTreeStore struct{ ledger.Store }

func (s *oldTreeStore) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	head, err := s.Store.Head(ctx, book)
	clear(head.Tree)
	return head, err
}

func leaking(store ledger.Store) ledger.Store { return &leakingStore{store} }

type leakingStore struct{ ledger.Store }

func (s *leakingStore) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return s.Store.Accounts(ctx, book&^1, query)
}

func unordered(store ledger.Store) ledger.Store { return &unorderedStore{store} }

type unorderedStore struct{ ledger.Store }

func (s *unorderedStore) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	var accounts []ledger.Account
	for account, err := range s.Store.Accounts(ctx, book, query) {
		if err != nil {
			break
		}
		accounts = append(accounts, account)
	}
	slices.Reverse(accounts)
	return func(yield func(ledger.Account, error) bool) {
		for _, account := range accounts {
			if !yield(account, nil) {
				return
			}
		}
	}
}

func unlimited(store ledger.Store) ledger.Store { return &unlimitedStore{store} }

type unlimitedStore struct{ ledger.Store }

func (s *unlimitedStore) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	query.After, query.Prefix = max(query.After, query.Prefix), ""
	return s.Store.Accounts(ctx, book, query)
}

func pageless(store ledger.Store) ledger.Store { return &pagelessStore{store} }

type pagelessStore struct{ ledger.Store }

func (s *pagelessStore) Entries(ctx context.Context, book ledger.BookID, query ledger.EntryQuery) iter.Seq2[ledger.Entry, error] {
	query.BeforeLine = 0
	return s.Store.Entries(ctx, book, query)
}

func shifting(store ledger.Store) ledger.Store { return &shiftingStore{store} }

type shiftingStore struct{ ledger.Store }

func (s *shiftingStore) View(context.Context) (ledger.View, error) { return shiftingView{s.Store}, nil }

type shiftingView struct{ ledger.Reader }

func (shiftingView) Close() error { return nil }

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
