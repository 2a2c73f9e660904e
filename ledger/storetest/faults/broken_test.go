package faults_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// committed is a store whose commits go through a function, which is told their
// number, once the book is open.
type committed struct {
	*storetest.Memory
	mu     sync.Mutex
	number int
	commit func(number int, l ledger.Locked, c ledger.Changes) error
}

func (s *committed) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := s.Memory.Lock(ctx, book, need)
	return &committing{locked, s}, err
}

type committing struct {
	ledger.Locked
	store *committed
}

func (l *committing) Commit(_ context.Context, c ledger.Changes) error {
	s := l.store
	if c.Head.Seq <= 2 {
		return l.Locked.Commit(context.Background(), c)
	}
	s.mu.Lock()
	s.number++
	number := s.number
	s.mu.Unlock()
	return s.commit(number, l.Locked, c)
}

// every makes each tenth commit a special one.
func every(special func(s *committed, l ledger.Locked, c ledger.Changes) error) func() ledger.Store {
	return func() ledger.Store {
		s := &committed{Memory: storetest.NewMemory()}
		s.commit = func(number int, l ledger.Locked, c ledger.Changes) error {
			if number%10 == 0 {
				return special(s, l, c)
			}
			return l.Commit(context.Background(), c)
		}
		return s
	}
}

var errDisk = errors.New("the disk is gone")

// after writes, and answers with the error.
func after(err error) func() ledger.Store {
	return every(func(_ *committed, l ledger.Locked, c ledger.Changes) error {
		return errors.Join(l.Commit(context.Background(), c), err)
	})
}

// before writes nothing, and answers with the error, or with none.
func before(err error) func() ledger.Store {
	return every(func(_ *committed, l ledger.Locked, _ ledger.Changes) error {
		return errors.Join(l.Rollback(context.Background()), err)
	})
}

// halved writes a part of each tenth commit, and answers as if the answer had
// been lost.
func halved(halve func(c *ledger.Changes)) func() ledger.Store {
	return every(func(_ *committed, l ledger.Locked, c ledger.Changes) error {
		halve(&c)
		return errors.Join(l.Commit(context.Background(), c), ledger.ErrOutcomeUnknown)
	})
}

// held writes what belongs to a hold without its row, and answers as if the answer
// had been lost.
func held() ledger.Store {
	s := &committed{Memory: storetest.NewMemory()}
	s.commit = func(_ int, l ledger.Locked, c ledger.Changes) error {
		if len(c.Holds) == 0 {
			return l.Commit(context.Background(), c)
		}
		c.Holds = nil
		return errors.Join(l.Commit(context.Background(), c), ledger.ErrOutcomeUnknown)
	}
	return s
}

// doubling pays again after an answer was lost, as one who retries with a new id.
func doubling() ledger.Store {
	return every(func(s *committed, l ledger.Locked, c ledger.Changes) error {
		err := l.Commit(context.Background(), c)
		book, openErr := ledger.Open(context.Background(), s.Memory, c.Head.Book, nil)
		if err != nil || openErr != nil {
			return errors.Join(err, openErr)
		}
		_, err = book.Post(context.Background(), ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
			ledger.Debit("bank", money.Of(1, money.CNY)), ledger.Credit("wallet/1", money.Of(1, money.CNY)),
		}})
		return errors.Join(err, ledger.ErrOutcomeUnknown)
	})()
}

// hasty answers before what it was given is durable: a crash loses the last
// commit.
type hasty struct {
	*storetest.Memory // what was answered
	mu                sync.Mutex
	durable           *storetest.Memory
	late              *ledger.Changes
}

func newHasty() ledger.Store {
	return &hasty{Memory: storetest.NewMemory(), durable: storetest.NewMemory()}
}

func (s *hasty) Create(ctx context.Context, book ledger.BookID) error {
	return errors.Join(s.Memory.Create(ctx, book), s.durable.Create(ctx, book))
}

func (s *hasty) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := s.Memory.Lock(ctx, book, need)
	return &hastyLocked{locked, s}, err
}

type hastyLocked struct {
	ledger.Locked
	store *hasty
}

func (l *hastyLocked) Commit(ctx context.Context, c ledger.Changes) error {
	s := l.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.late != nil {
		if err := write(s.durable, s.late); err != nil {
			return errors.Join(err, l.Rollback(ctx))
		}
		s.late = nil
	}
	err := l.Locked.Commit(ctx, c)
	if err == nil {
		s.late = &c
	}
	return err
}

func write(store ledger.Store, c *ledger.Changes) error {
	locked, err := store.Lock(context.Background(), c.Head.Book, ledger.Need{})
	if err != nil {
		return err
	}
	return locked.Commit(context.Background(), *c)
}

// crash is what is left of the store.
func (s *hasty) crash() ledger.Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durable
}

// belated reads an account as it was before the last commit.
type belated struct {
	*committed
	mu  sync.Mutex
	old ledger.View
}

func newBelated() ledger.Store {
	s := &belated{committed: &committed{Memory: storetest.NewMemory()}}
	s.commit = func(_ int, l ledger.Locked, c ledger.Changes) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		var err error
		if s.old, err = s.View(context.Background()); err != nil {
			return err
		}
		return l.Commit(context.Background(), c)
	}
	return s
}

func (s *belated) Accounts(ctx context.Context, book ledger.BookID, q ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.old != nil && len(q.Paths) > 0 {
		return s.old.Accounts(ctx, book, q)
	}
	return s.Memory.Accounts(ctx, book, q)
}

// hiding skips a record when the journal is read.
type hiding struct{ *storetest.Memory }

func newHiding() ledger.Store { return hiding{storetest.NewMemory()} }

func (s hiding) View(ctx context.Context) (ledger.View, error) {
	view, err := s.Memory.View(ctx)
	return hidingView{view}, err
}

type hidingView struct{ ledger.View }

func (v hidingView) Records(ctx context.Context, book ledger.BookID, q ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		for record, err := range v.View.Records(ctx, book, q) {
			if record.Seq != 7 && !yield(record, err) {
				return
			}
		}
	}
}

// clumsy is a store that fails in every way it may.
func clumsy() ledger.Store {
	s := &committed{Memory: storetest.NewMemory()}
	s.commit = func(number int, l ledger.Locked, c ledger.Changes) error {
		ctx := context.Background()
		switch number % 10 {
		case 1:
			return errors.Join(l.Commit(ctx, c), ledger.ErrOutcomeUnknown)
		case 3:
			return errors.Join(l.Rollback(ctx), ledger.ErrOutcomeUnknown)
		case 5:
			return errors.Join(l.Rollback(ctx), errDisk)
		case 7:
			return errors.Join(l.Rollback(ctx), fmt.Errorf("%w: try again", ledger.ErrConflict))
		}
		return l.Commit(ctx, c)
	}
	return s
}
