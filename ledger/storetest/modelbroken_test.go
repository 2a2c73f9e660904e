package storetest_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// tampered is a store whose books find something else than they wrote.
type tampered struct {
	ledger.Store
	found   func(*ledger.Snapshot)
	written func(*ledger.Changes)
}

func (s *tampered) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := s.Store.Lock(ctx, book, need)
	return &tamperedLocked{locked, s}, err
}

type tamperedLocked struct {
	ledger.Locked
	store *tampered
}

func (l *tamperedLocked) Snapshot() ledger.Snapshot {
	snapshot := l.Locked.Snapshot()
	if l.store.found != nil {
		l.store.found(&snapshot)
	}
	return snapshot
}

func (l *tamperedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.store.written != nil {
		l.store.written(&changes)
	}
	return l.Locked.Commit(ctx, changes)
}

// verdict is a test that may fail without failing the one around it.
type verdict struct {
	testing.TB
	failed atomic.Bool
}

func (v *verdict) Helper()               {}
func (v *verdict) Errorf(string, ...any) { v.failed.Store(true) }
func (v *verdict) FailNow() {
	v.failed.Store(true)
	runtime.Goexit()
}

// accounts are all that a commit writes.
func accounts(c *ledger.Changes, change func(*ledger.Account)) {
	for i := range c.Opened {
		change(&c.Opened[i])
	}
	for i := range c.Updated {
		change(&c.Updated[i])
	}
}

// A model that agrees with any store is worth nothing.
func TestProgramsCatchBrokenStores(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]tampered{
		"forgets ids":                         {found: func(s *ledger.Snapshot) { s.Records = nil }},
		"forgets holds":                       {found: func(s *ledger.Snapshot) { s.Holds = nil }},
		"forgets refunds":                     {found: func(s *ledger.Snapshot) { s.Refunds = nil }},
		"forgets the chart":                   {found: func(s *ledger.Snapshot) { s.Chart = nil }},
		"forgets what was posted ahead":       {found: func(s *ledger.Snapshot) { s.Ahead = nil }},
		"forgets which accounts were touched": {found: func(s *ledger.Snapshot) { s.All = s.All[:len(s.All)/2] }},
		"does not write what is held": {written: func(c *ledger.Changes) {
			accounts(c, func(a *ledger.Account) { a.HeldDebits, a.HeldCredits = 0, 0 })
		}},
		"does not write what was used": {written: func(c *ledger.Changes) {
			accounts(c, func(a *ledger.Account) { a.Used = nil })
		}},
		"does not write limits": {written: func(c *ledger.Changes) {
			accounts(c, func(a *ledger.Account) { a.Limits = nil })
		}},
		"does not write metadata": {written: func(c *ledger.Changes) {
			accounts(c, func(a *ledger.Account) { a.Metadata = nil })
		}},
		"does not write who changed an account": {written: func(c *ledger.Changes) {
			accounts(c, func(a *ledger.Account) { a.ChangedSeq = a.LastSeq })
		}},
		"does not write what moved an account last": {written: func(c *ledger.Changes) {
			accounts(c, func(a *ledger.Account) { a.MovedSeq = 0 })
		}},
		"does not write how often accounts were moved": {written: func(c *ledger.Changes) {
			accounts(c, func(a *ledger.Account) { a.Moves = 0 })
		}},
		"takes what touched an account for a move": {found: func(s *ledger.Snapshot) {
			for i := range s.Accounts {
				s.Accounts[i].MovedSeq = s.Accounts[i].LastSeq
			}
		}},
		"forgets milestones": {written: func(c *ledger.Changes) { c.Milestones = nil }},
		"does not write captures": {written: func(c *ledger.Changes) {
			for i := range c.Holds {
				clear(c.Holds[i].Captured)
			}
		}},
		"keeps the closings of a reopened date": {written: func(c *ledger.Changes) { c.Reopened = ledger.Date{} }},
		"forgets nodes":                         {written: func(c *ledger.Changes) { c.Nodes = nil }},
		"closes with other totals": {found: func(s *ledger.Snapshot) {
			for i := range s.All {
				s.All[i].Credits++
			}
		}},
		"closes with what is left of an account": {found: func(s *ledger.Snapshot) {
			for i := range s.All {
				s.All[i].Credits, s.All[i].Debits = max(0, s.All[i].Credits-s.All[i].Debits), max(0, s.All[i].Debits-s.All[i].Credits)
			}
		}},
		"forgets reopenings": {written: func(c *ledger.Changes) { c.Head.ReopenSeq = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught := func(seed uint64) bool {
				v := &verdict{TB: t}
				done := make(chan struct{})
				go func() {
					defer close(done)
					store := broken
					store.Store = storetest.NewMemory()
					storetest.Program(v, &store, rand.New(rand.NewPCG(seed, 0)), 1000) //nolint:gosec // not a secret
				}()
				<-done
				return v.failed.Load()
			}
			for seed := range uint64(50) {
				if caught(seed) {
					return
				}
			}
			require.Fail(t, "the model takes it for a store")
		})
	}
}
