package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// Callers is a store whose users also write in transactions of their own.
type Callers struct {
	// Outside is the store as others have it.
	Outside ledger.Store
	// Begin begins a transaction and returns the store within it, and how it
	// ends. It may be called while another transaction is open.
	Begin func(tb testing.TB) (store ledger.CallerStore, commit, rollback func() error)
}

// CallerTransaction checks the contract of a ledger.CallerStore. open returns a
// new, empty store that is closed with the test.
func CallerTransaction(t *testing.T, open func(tb testing.TB) Callers) {
	t.Helper()
	callers := open(t)
	for i, clause := range callerClauses() {
		// One after the other: an open transaction may hold up all others.
		t.Run(clause.name, func(t *testing.T) {
			t.Logf("package ledger promises: %s", clause.quote)
			s := newSchool(t, callers.Outside, ledger.BookID(i+1))
			s.post(t, topUp(wallet1, 100))
			clause.check(t, &caller{Callers: callers, outside: s})
			verify(t, callers.Outside, s.id)
		})
	}
}

// callerClause is a promise about a caller's transaction.
type callerClause struct {
	name, quote string
	check       func(t *testing.T, c *caller)
}

// caller is a school whose first wallet has 100, and a program beside it.
type caller struct {
	Callers
	outside *school
}

// transaction is a caller's, with the school as it is within.
type callerTransaction struct {
	*school
	store            ledger.CallerStore
	commit, rollback func() error
}

// begin begins a transaction that is rolled back with the test if it is still
// open then.
func (c *caller) begin(t testing.TB) *callerTransaction {
	t.Helper()
	store, commit, rollback := c.Begin(t)
	t.Cleanup(func() { _ = rollback() })
	book, err := ledger.Open(t.Context(), store, c.outside.id, nil)
	require.NoError(t, err)
	return &callerTransaction{
		school: &school{id: c.outside.id, store: store, book: book}, store: store, commit: commit, rollback: rollback,
	}
}

func callerClauses() []callerClause {
	const seen = "what a book writes to it is seen by others with the caller's commit and not before."
	const refused = "Every other fault of the request is one of the conditions in errors.go and leaves no trace."
	const nothing = "any other error, that nothing was written."
	const effect = "Moving a cursor in the transaction of the consumer's own effect makes that effect happen exactly once for each record."
	return []callerClause{
		{"a post is seen with the caller's commit only", seen, callerCommits},
		{"the caller's rollback leaves nothing", seen, callerRollsBack},
		{"a refused post leaves the transaction usable", refused, callerRefused},
		{"linked posts that are refused leave the transaction usable", refused, func(t *testing.T, c *caller) {
			tx := c.begin(t)
			tx.post(t, payment(wallet1, 10))
			_, err := tx.book.PostLinked(t.Context(), payment(wallet1, 50), payment(wallet1, 50))
			requireLinked(t, err, 1, ledger.ErrInsufficient)
			require.Equal(t, int64(90), tx.balance(t, wallet1))
			tx.post(t, payment(wallet1, 90))
			require.NoError(t, tx.commit())
			require.Zero(t, c.outside.balance(t, wallet1))
		}},
		{"a write that fails leaves the transaction usable", nothing, callerSpoiled},
		{"a lock that is given up ends no transaction of the caller's", "Rollback ends the transaction without a trace.", func(t *testing.T, c *caller) {
			tx := c.begin(t)
			tx.post(t, payment(wallet1, 10))
			require.NoError(t, tx.hold(t, ledger.Need{}).Rollback(t.Context()))
			tx.post(t, payment(wallet1, 10))
			require.NoError(t, tx.commit())
			require.Equal(t, int64(80), c.outside.balance(t, wallet1))
		}},
		{"everything a book can do shares the transaction", seen, callerDoesEverything},
		{"nodes are seen with the caller's commit only", seen, callerCompletesNodes},
		{"an id is replayed from within and from outside", "An id stands for one transaction for ever:", callerReplays},
		{"a context that has ended writes nothing", "A book calls it in the goroutine and the context of its own caller.", callerCancelled},
		{"a book is created in the transaction", seen, callerCreates},
		{"a cursor is moved with the caller's commit only", effect, callerMovesCursor},
		{"a consumer that is interrupted does each record once", effect, callerConsumes},
		{"a post outside waits for the transaction or meets it in the store", "no other Lock of this book, by any process, returns before this one ends.", callerMeetsOutside},
		{"transactions of callers work beside group commit", withinBounds, callersBesideGroupCommit},
	}
}
