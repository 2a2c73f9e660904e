package storetest_test

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// Stores that do not write the parts of a batch as they are given them.

// parted is a store in memory that changes the parts which it is given.
type parted struct {
	ledger.Store
	write  func(locked *partedLocked, part ledger.Changes)
	commit func(locked *partedLocked, changes *ledger.Changes)
}

func (p *parted) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := p.Store.Lock(ctx, book, need)
	return &partedLocked{Locked: locked, store: p}, err
}

type partedLocked struct {
	ledger.Locked
	store *parted
	seen  []int64 // numbers of accounts that parts had
}

func (l *partedLocked) Write(_ context.Context, part ledger.Changes) bool {
	l.store.write(l, part)
	return true
}

func (l *partedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.store.commit != nil {
		l.store.commit(l, &changes)
	}
	return l.Locked.Commit(ctx, changes)
}

// inParts is a store in memory that takes parts.
func inParts() *storetest.Memory {
	memory := storetest.NewMemory()
	memory.Parts = true
	return memory
}

func hasteful(store ledger.Store) ledger.Store {
	return &parted{Store: store, write: func(l *partedLocked, part ledger.Changes) {
		ctx := context.Background()
		if err := l.Locked.Commit(ctx, part); err != nil {
			panic(err)
		}
		var err error
		if l.Locked, err = store.Lock(ctx, part.Head.Book, ledger.Need{}); err != nil {
			panic(err)
		}
	}}
}

func partial(ledger.Store) ledger.Store {
	return &parted{
		Store: inParts(),
		write: func(l *partedLocked, part ledger.Changes) {
			for _, account := range slices.Concat(part.Opened, part.Updated) {
				l.seen = append(l.seen, account.Number)
			}
			l.Locked.Write(context.Background(), part)
		},
		commit: func(l *partedLocked, changes *ledger.Changes) {
			changes.Updated = slices.DeleteFunc(changes.Updated, func(a ledger.Account) bool { return slices.Contains(l.seen, a.Number) })
		},
	}
}

// trusting gives a record whose id was used before another one.
func trusting(ledger.Store) ledger.Store {
	memory := inParts()
	return &parted{Store: memory, write: func(l *partedLocked, part ledger.Changes) {
		for i := range part.Records {
			earlier := memory.Records(context.Background(), part.Head.Book, ledger.RecordQuery{IDs: []uuid.UUID{part.Records[i].ID}})
			for _, err := range earlier {
				if err == nil {
					part.Records[i].ID = ledger.NewID()
				}
			}
		}
		l.Locked.Write(context.Background(), part)
	}}
}
