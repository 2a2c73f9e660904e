package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// manyCalls are more than a store is handed in one part.
	manyCalls = 300
	// acceptedCalls are those of a mixed batch that are not refused: the last part
	// has no record.
	acceptedCalls = 200
)

func parts() []clause {
	const together = "Parts and the changes of Commit follow one another as batches do, and are written all or nothing."
	return []clause{
		{"a batch comes to what its requests come to one by one", together, inOneBatch},
		{"a batch that fails in the end leaves nothing of its parts", together, failedInTheEnd},
		{"an id that was used before undoes the parts, and is a replay", "A record with the id of another is ErrConflict.", usedIDs},
	}
}

// inOneBatch sends the same requests to two books, together and one by one.
func inOneBatch(t *testing.T, s *school) {
	other := newSchool(t, s.store, s.id+1)
	hold := ledger.Authorization{Transaction: payment(wallet1, 20)}
	earlier := payment(wallet1, 30)
	requests := s.mixed(hold, earlier)
	for _, book := range []*school{s, other} {
		_, err := book.book.Post(t.Context(), topUp(wallet1, 1000))
		require.NoError(t, err)
		book.post(t, earlier)
		book.authorize(t, hold)
	}
	for i, answer := range s.book.PostAll(t.Context(), requests...) {
		alone := other.book.PostAll(t.Context(), requests[i])[0]
		require.Equal(t, i >= acceptedCalls, answer.Err != nil, "request %d: %v", i, answer.Err)
		require.Equal(t, ledger.CodeOf(alone.Err), ledger.CodeOf(answer.Err), "request %d", i)
	}
	for _, query := range []ledger.AccountQuery{{}, {Paths: []string{bank, "wallet/h3"}}} {
		require.Equal(t, all(t, other.store.Accounts(t.Context(), other.id, query)), all(t, s.store.Accounts(t.Context(), s.id, query)))
	}
	holds := func(s *school) []ledger.StoredHold {
		return all(t, s.store.Holds(t.Context(), s.id, ledger.HoldQuery{}))
	}
	require.Equal(t, holds(other), holds(s))
	refunds := func(s *school) []ledger.Refunded { return all(t, s.store.Refunds(t.Context(), s.id)) }
	require.Equal(t, refunds(other), refunds(s))
	moves := func(s *school) int { return len(s.moves(t, ledger.MoveQuery{Account: bank})) }
	require.Equal(t, moves(other), moves(s))
}

// mixed returns requests of all kinds that a batch may have. What is opened, changed
// or held in one part is moved in others, before and afterwards.
func (s *school) mixed(hold ledger.Authorization, earlier ledger.Transaction) []ledger.Request {
	requests := make([]ledger.Request, manyCalls)
	for i := range requests {
		requests[i] = topUp(wallet1, 1)
		if i >= acceptedCalls {
			requests[i] = payment(wallet2, 1) // which is frozen by then
		}
	}
	third := wallet("wallet/h3")
	frozen := ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "test", Account: wallet2, Floor: third.Floor, Ceiling: yuan(walletMax - 1), State: ledger.StateFrozenDebits,
	}
	changed := frozen
	changed.ID, changed.Account, changed.State, changed.Ceiling = ledger.NewID(), third.Path, ledger.StateOpen, third.Ceiling
	changed.Limits = ledger.Limits{spending("", ledger.PerDay, 50)}
	again := ledger.Authorization{Transaction: payment(wallet1, 5)}
	for at, request := range map[int]ledger.Request{
		3: topUp(wallet2, 7), 10: ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{third}}, 11: topUp(third.Path, 100),
		30: ledger.Capture{ID: ledger.NewID(), Hold: hold.ID}, 40: again, 90: topUp(third.Path, 3),
		150: frozen, 160: topUp(wallet2, 1), 170: changed, 171: payment(third.Path, 9),
		180: refundOf(earlier.ID, 9), 190: payment(third.Path, 8), 199: topUp(wallet2, 2),
	} {
		requests[at] = request
	}
	return requests
}

func failedInTheEnd(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 100))
	before := s.head(t)
	book, err := ledger.Open(t.Context(), &spoiler{Store: s.store, spoil: func(c *ledger.Changes) {
		milestone := ledger.Milestone{Account: 1, Seq: c.Head.Seq}
		c.Milestones = append(c.Milestones, milestone, milestone)
	}}, s.id, nil)
	require.NoError(t, err)
	for _, answer := range book.PostAll(t.Context(), s.topUps(manyCalls)...) {
		require.Error(t, answer.Err)
	}
	require.Equal(t, before, s.head(t))
	require.Equal(t, int64(100), s.balance(t, wallet1))
	require.Len(t, all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{})), int(before.Seq))
	s.post(t, payment(wallet1, 30)) // and the store still works
}

func usedIDs(t *testing.T, s *school) {
	used := topUp(wallet1, 100)
	s.post(t, used)
	for _, at := range []int{5, manyCalls - 1} {
		book := s.openBook(t) // which has not met it
		before := s.balance(t, wallet1)
		requests := s.topUps(manyCalls)
		requests[at] = used
		for i, answer := range book.PostAll(t.Context(), requests...) {
			require.NoError(t, answer.Err)
			require.Equal(t, i == at, answer.Receipt.Replayed, "request %d", i)
		}
		require.Equal(t, before+manyCalls-1, s.balance(t, wallet1))
	}
}

func (s *school) topUps(n int) []ledger.Request {
	requests := make([]ledger.Request, n)
	for i := range requests {
		requests[i] = topUp(wallet1, 1)
	}
	return requests
}
