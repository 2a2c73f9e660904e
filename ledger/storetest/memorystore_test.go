package storetest_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func openMemory(testing.TB) ledger.Store { return storetest.NewMemory() }

func TestMemoryPassesTheContract(t *testing.T) { t.Parallel(); storetest.Run(t, openMemory) }

func TestMemoryPassesTheContractInParts(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) ledger.Store { return inParts() })
}

// memoryChanges are changes of every kind, which can follow the first record of a
// book that has two accounts and a closing of the second.
func memoryChanges(head ledger.Head) ledger.Changes {
	head.Seq, head.Accounts = 3, 3
	return ledger.Changes{
		Head:       head,
		Records:    []ledger.StoredRecord{{Seq: 2, ID: uuid.UUID{2}}, {Seq: 3, ID: uuid.UUID{3}}},
		Opened:     []ledger.Account{{AccountSpec: ledger.AccountSpec{Path: "c", Currency: money.CNY}, Number: 3, LastSeq: 2}},
		Updated:    []ledger.Account{{AccountSpec: ledger.AccountSpec{Path: "a", Currency: money.CNY}, Number: 1, LastSeq: 3}},
		Milestones: []ledger.Milestone{{Account: 1, Seq: 3}, {Account: 3, Seq: 3}},
		Closings:   []ledger.ClosingRow{{Account: 1, Date: ledger.DateOf(2026, 9, 1)}},
		Holds:      []ledger.StoredHold{{Seq: 3, ID: uuid.UUID{3}, State: ledger.HoldHeld, LastSeq: 3}},
		Refunds:    []ledger.Refunded{{Seq: 1, Line: 0, Minor: 1}},
		Nodes:      []ledger.Node{{Level: 8, Number: 1, Hash: make([]byte, 32)}, {Tree: 2, Level: 16, Number: 0, Hash: make([]byte, 32)}},
	}
}

func TestMemoryWritesAllOfACommitOrNothing(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(c *ledger.Changes){
		"another book's head":              func(c *ledger.Changes) { c.Head.Book++ },
		"a head that skips a position":     func(c *ledger.Changes) { c.Head.Seq++ },
		"a record that skips a position":   func(c *ledger.Changes) { c.Records[1].Seq++ },
		"an id that is there":              func(c *ledger.Changes) { c.Records[0].ID = uuid.UUID{1} },
		"an id twice":                      func(c *ledger.Changes) { c.Records[0].ID = c.Records[1].ID },
		"a path that is there":             func(c *ledger.Changes) { c.Opened[0].Path = "a" },
		"a number that is there":           func(c *ledger.Changes) { c.Opened[0].Number = 2 },
		"a head that counts other numbers": func(c *ledger.Changes) { c.Head.Accounts++ },
		"an update of no account":          func(c *ledger.Changes) { c.Updated[0].Path = "nobody" },
		"an update of another account":     func(c *ledger.Changes) { c.Updated[0].Number = 2 },
		"a milestone of no account":        func(c *ledger.Changes) { c.Milestones[1].Account = 4 },
		"a milestone of an earlier record": func(c *ledger.Changes) { c.Milestones[1].Seq = 1 },
		"a milestone of no record":         func(c *ledger.Changes) { c.Milestones[1].Seq = 4 },
		"a milestone twice":                func(c *ledger.Changes) { c.Milestones[1] = c.Milestones[0] },
		"a closing of no account":          func(c *ledger.Changes) { c.Closings[0].Account = 4 },
		"a closing that is there":          func(c *ledger.Changes) { c.Closings[0].Account = 2 },
		"a hold of no record":              func(c *ledger.Changes) { c.Holds[0].Seq = 4 },
		"a hold of another record":         func(c *ledger.Changes) { c.Holds[0].ID = uuid.UUID{9} },
		"a hold that ends before it began": func(c *ledger.Changes) { c.Holds[0].LastSeq = 2 },
		"a refund of no record":            func(c *ledger.Changes) { c.Refunds[0].Seq = 4 },
		"a node that is there":             func(c *ledger.Changes) { c.Nodes[0].Number = 0 },
		"a node twice":                     func(c *ledger.Changes) { c.Nodes[1] = c.Nodes[0] },
		"a node of no level to keep":       func(c *ledger.Changes) { c.Nodes[0].Level = 9 },
		"a leaf as a node":                 func(c *ledger.Changes) { c.Nodes[0].Level = 0 },
		"a node of half a hash":            func(c *ledger.Changes) { c.Nodes[0].Hash = make([]byte, 16) },
		"a refund of nothing":              func(c *ledger.Changes) { c.Refunds[0].Minor = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := storetest.NewMemory()
			require.NoError(t, store.Create(t.Context(), 1))
			commit := func(changes ledger.Changes) error {
				locked, err := store.Lock(t.Context(), 1, ledger.Need{})
				require.NoError(t, err)
				return locked.Commit(t.Context(), changes)
			}
			require.NoError(t, commit(ledger.Changes{
				Head:    ledger.Head{Book: 1, Seq: 1, Accounts: 2},
				Records: []ledger.StoredRecord{{Seq: 1, ID: uuid.UUID{1}}},
				Opened: []ledger.Account{
					{AccountSpec: ledger.AccountSpec{Path: "a", Currency: money.CNY}, Number: 1},
					{AccountSpec: ledger.AccountSpec{Path: "b", Currency: money.CNY}, Number: 2},
				},
				Closings: []ledger.ClosingRow{{Account: 2, Date: ledger.DateOf(2026, 9, 1)}},
				Nodes:    []ledger.Node{{Level: 8, Hash: make([]byte, 32)}},
			}))
			before, err := store.Head(t.Context(), 1)
			require.NoError(t, err)

			spoiled := memoryChanges(before)
			spoil(&spoiled)
			require.Error(t, commit(spoiled))
			after, err := store.Head(t.Context(), 1)
			require.NoError(t, err)
			require.Equal(t, before, after)
			require.NoError(t, commit(memoryChanges(before)), "and the store still works")
		})
	}
}

func TestMemoryMovesACursorFromWhereItIs(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	_, err := store.Cursor(t.Context(), 1, "notify")
	require.ErrorIs(t, err, ledger.ErrBookUnknown)
	require.ErrorIs(t, store.MoveCursor(t.Context(), 1, "notify", 0, 1), ledger.ErrBookUnknown)
	require.NoError(t, store.Create(t.Context(), 1))
	require.NoError(t, store.MoveCursor(t.Context(), 1, "notify", 0, 5))
	require.ErrorIs(t, store.MoveCursor(t.Context(), 1, "notify", 0, 7), ledger.ErrConflict)
	at, err := store.Cursor(t.Context(), 1, "notify")
	require.NoError(t, err)
	require.Equal(t, int64(5), at)
}
