package storetest_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// brokenCallerVariable makes a child of TestBrokenCallerStoresAreCaught run a
// clause.
const brokenCallerVariable = "CAMPUSLEDGER_TEST_BROKEN_CALLER"

// brokenCallers are caller's transactions with one fault each, and the clause
// that must find it.
var brokenCallers = map[string]struct {
	clause string
	wrap   func(storetest.Callers) storetest.Callers
}{
	"is no transaction":           {"a post is seen with the caller's commit only", seenAtOnce},
	"loses what was committed":    {"a post is seen with the caller's commit only", losing},
	"keeps what was rolled back":  {"the caller's rollback leaves nothing", clinging},
	"ends with the first refusal": {"a refused post leaves the transaction usable", fragile},
}

func TestBrokenCallerStoresAreCaught(t *testing.T) {
	if name := os.Getenv(brokenCallerVariable); name != "" {
		storetest.CallerTransaction(t, func(tb testing.TB) storetest.Callers { return brokenCallers[name].wrap(callers(tb)) })
		return
	}
	t.Parallel()
	for name, broken := range brokenCallers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clause := subtest(broken.clause)
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.timeout=60s",
				"-test.run=^TestBrokenCallerStoresAreCaught$/^"+regexp.QuoteMeta(clause)+"$")
			child.Env = append(os.Environ(), brokenCallerVariable+"="+name)
			output, err := child.CombinedOutput()
			var failure *exec.ExitError
			require.ErrorAs(t, err, &failure, "the contract takes it for a caller's store:\n%s", output)
			require.Contains(t, string(output), "--- FAIL: TestBrokenCallerStoresAreCaught/"+clause, "it failed elsewhere")
		})
	}
}

// outsider is the store itself, called a transaction.
type outsider struct{ ledger.Store }

func (outsider) InCallersTransaction() {}

func nothing() error { return nil }

func seenAtOnce(c storetest.Callers) storetest.Callers {
	return storetest.Callers{Outside: c.Outside, Begin: func(testing.TB) (ledger.CallerStore, func() error, func() error) {
		return outsider{c.Outside}, nothing, nothing
	}}
}

func losing(c storetest.Callers) storetest.Callers {
	return storetest.Callers{Outside: c.Outside, Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
		store, _, rollback := c.Begin(tb)
		return store, rollback, rollback
	}}
}

func clinging(c storetest.Callers) storetest.Callers {
	return storetest.Callers{Outside: c.Outside, Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
		store, commit, _ := c.Begin(tb)
		return store, commit, commit
	}}
}

// fragile takes nothing more once something was refused.
func fragile(c storetest.Callers) storetest.Callers {
	return storetest.Callers{Outside: c.Outside, Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
		store, commit, rollback := c.Begin(tb)
		return &fragileStore{CallerStore: store}, commit, rollback
	}}
}

type fragileStore struct {
	ledger.CallerStore
	broken bool
}

func (s *fragileStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if s.broken {
		return nil, ledger.ErrCorrupt
	}
	locked, err := s.CallerStore.Lock(ctx, book, need)
	return &fragileLocked{locked, s}, err
}

type fragileLocked struct {
	ledger.Locked
	store *fragileStore
}

func (l *fragileLocked) Rollback(ctx context.Context) error {
	l.store.broken = true
	return l.Locked.Rollback(ctx)
}
