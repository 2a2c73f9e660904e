package storetest

import (
	"sync/atomic"
	"testing"

	"github.com/campusledger/campusledger/ledger"
)

// Open returns a new, empty store that is closed with the test.
type Open func(tb testing.TB) ledger.Store

// Reopener is what a store under test may implement besides, usually in a type
// of the test that embeds it: Reopen ends this store and returns another one on
// the same data.
type Reopener interface {
	Reopen(tb testing.TB) ledger.Store
}

// theme is a part of the contract.
type theme struct {
	name    string
	clauses []clause
}

// clause is one promise of the contract.
type clause struct {
	name  string // a sentence about behaviour
	quote string // the sentence of package ledger that promises it
	check func(t *testing.T, s *school)
}

func themes() []theme {
	return []theme{
		{"atomicity", atomicity()},
		{"balance", balance()},
		{"idempotency", idempotency()},
		{"concurrency", concurrency()},
		{"isolation", isolation()},
		{"extremes", extremes()},
		{"cancellation", cancellation()},
		{"errors", refusals()},
		{"order of errors", precedence()},
		{"day close", closing()},
		{"reversal", reversal()},
		{"waterfall", waterfall()},
		{"holds", holds()},
		{"groups of holds", holdGroups()},
		{"faults of holds", holdBugs()},
		{"refunds", refunds()},
		{"limits", limits()},
		{"linked", linked()},
		{"preview", previews()},
		{"remembered refusals", remembering()},
		{"reopened dates", reopen()},
		{"periods", periods()},
		{"feed", feed()},
		{"currencies", currencies()},
		{"chart", families()},
		{"particulars", particulars()},
		{"statement", statement()},
		{"journal", journal()},
		{"reading", reading()},
		{"moves", moves()},
		{"view", views()},
		{"memory", memory()},
		{"parts", parts()},
		{"trees", trees()},
		{"balances of a close", balances()},
		{"seals", seals()},
		{"rows", rows()},
	}
}

// Run checks the whole contract on a store.
func Run(t *testing.T, open Open) {
	t.Helper()
	store := open(t)
	var books atomic.Int64
	for _, theme := range themes() {
		t.Run(theme.name, func(t *testing.T) {
			t.Parallel()
			for _, clause := range theme.clauses {
				t.Run(clause.name, func(t *testing.T) {
					t.Parallel()
					t.Logf("package ledger promises: %s", clause.quote)
					s := newSchool(t, store, ledger.BookID(books.Add(2))) // the odd ones are free for a neighbour
					clause.check(t, s)
					verify(t, store, s.id)
				})
			}
		})
	}
	t.Run("reopening", func(t *testing.T) {
		t.Parallel()
		checkReopening(t, open(t))
	})
}
