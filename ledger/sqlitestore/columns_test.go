package sqlitestore

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

var noon = time.Date(2026, time.September, 1, 12, 0, 0, 1000, time.UTC)

// full is an account that uses every column.
func full(number int64, path string) ledger.Account {
	return ledger.Account{
		AccountSpec: ledger.AccountSpec{
			Path: path, Control: "2307", Side: ledger.CreditSide, Currency: money.CNY,
			Floor: money.Zero(money.CNY), Ceiling: money.Of(100_000, money.CNY),
			Limits: ledger.Limits{
				{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Max: money.Of(3000, money.CNY)},
				{Name: "meals", Side: ledger.DebitSide, Per: ledger.PerTransaction, Kinds: []string{"sale"}, Except: true, Max: money.Zero(money.CNY)},
			},
			Metadata: json.RawMessage(`{"class":"三年二班"}`), State: ledger.StateFrozenCredits,
		},
		Number: number, Debits: 1000, Credits: 9000, HeldDebits: 700, HeldCredits: 20,
		Used: ledger.Uses{{Limit: "guardian", Since: day, Minor: 1700}}, ChangedSeq: 1, LastSeq: 2, MovedSeq: 2, Moves: 65,
	}
}

// bare is an account that uses as few columns as it can.
func bareAccount(number int64, path string) ledger.Account {
	return ledger.Account{
		AccountSpec: ledger.AccountSpec{Path: path, Control: "1002", Side: ledger.DebitSide, Currency: money.USD, State: ledger.StateOpen},
		Number:      number, LastSeq: 1,
	}
}

func stored(seq int64, id byte) ledger.StoredRecord {
	return ledger.StoredRecord{
		Seq: seq, ID: uuid.UUID{id}, Date: day, Mark: math.MinInt64 + seq, Body: []byte(`{"n":1}`),
	}
}

// commit locks book 1, writes what the function makes of the head, and returns
// the changes.
func commit(t *testing.T, store ledger.Store, change func(c *ledger.Changes)) ledger.Changes {
	t.Helper()
	locked, err := store.Lock(t.Context(), 1, ledger.Need{})
	require.NoError(t, err)
	changes := ledger.Changes{Head: locked.Snapshot().Head}
	change(&changes)
	require.NoError(t, locked.Commit(t.Context(), changes))
	return changes
}

// filled is a store whose book 1 has a row in every table.
func filled(t *testing.T) (*Store, ledger.Changes) {
	t.Helper()
	store, _ := openStore(t)
	require.NoError(t, store.Create(t.Context(), 1))
	return store, commit(t, store, func(c *ledger.Changes) {
		c.Head = ledger.Head{
			Book: 1, Name: "x", Seq: 4, Accounts: 2, OpenDate: day,
			ClosedSeq: 4, ReopenSeq: 2, TouchedSeq: 1, ChartSeq: 3, At: noon, Tree: []byte{7},
		}
		c.Records = []ledger.StoredRecord{stored(1, 1), stored(2, 2), stored(3, 3), stored(4, 4)}
		c.Records[3].Date = day.AddDays(1)
		c.Opened = []ledger.Account{bareAccount(1, "bank"), full(2, "wallet/h1")}
		c.Milestones = []ledger.Milestone{{Account: 2, Seq: 2}, {Account: 2, Seq: math.MaxInt64}}
		c.Closings = []ledger.ClosingRow{
			{Account: 1, Date: day.AddDays(-1)}, {Account: 2, Date: day.AddDays(-1), Credits: 5}, {Account: 2, Date: day, Debits: 7, Credits: 9000},
		}
		c.Holds = []ledger.StoredHold{
			{Seq: 2, ID: uuid.UUID{2}, State: ledger.HoldHeld, Expires: noon, Captured: []int64{0, math.MaxInt64}, LastSeq: 3},
			{Seq: 3, ID: uuid.UUID{3}, State: ledger.HoldReleased, Expires: noon, Captured: []int64{}, LastSeq: 3},
			{Seq: 4, ID: uuid.UUID{4}, State: ledger.HoldHeld, Captured: []int64{1}, LastSeq: 4},
		}
		c.Refunds = []ledger.Refunded{{Seq: 2, Line: 1, Minor: 5}, {Seq: 2, Line: 10, Minor: math.MaxInt64}, {Seq: 3, Line: 0, Minor: 1}}
		c.Nodes = []ledger.Node{
			{Tree: 0, Level: 8, Number: 0, Hash: bytes.Repeat([]byte{1}, 32)},
			{Tree: 4, Level: 8, Number: 7, Hash: bytes.Repeat([]byte{2}, 32)},
			{Tree: 4, Level: 56, Number: math.MaxInt64, Hash: bytes.Repeat([]byte{3}, 32)},
		}
	})
}

func TestEveryColumnIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	store, written := filled(t)
	ctx := t.Context()
	head, err := store.Head(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, written.Head, head)
	accounts, err := collect(store.Accounts(ctx, 1, ledger.AccountQuery{}))
	require.NoError(t, err)
	require.Equal(t, written.Opened, accounts)
	records, err := collect(store.Records(ctx, 1, ledger.RecordQuery{}))
	require.NoError(t, err)
	require.Equal(t, written.Records, records)
	holds, err := collect(store.Holds(ctx, 1, ledger.HoldQuery{}))
	require.NoError(t, err)
	require.Equal(t, written.Holds, holds)
	refunds, err := collect(store.Refunds(ctx, 1))
	require.NoError(t, err)
	require.Equal(t, written.Refunds, refunds)
	nodes, err := collect(store.NodeRows(ctx, 1))
	require.NoError(t, err)
	require.ElementsMatch(t, written.Nodes, nodes)
	milestones, err := collect(store.MilestoneRows(ctx, 1))
	require.NoError(t, err)
	require.ElementsMatch(t, written.Milestones, milestones)
	closings, err := collect(store.ClosingRows(ctx, 1))
	require.NoError(t, err)
	require.ElementsMatch(t, written.Closings, closings)
	other, err := collect(store.Holds(ctx, 2, ledger.HoldQuery{}))
	require.NoError(t, err)
	require.Empty(t, other, "another book has none of it")
}

func TestEveryColumnOfAnAccountIsUpdated(t *testing.T) {
	t.Parallel()
	store, _ := filled(t)
	var all []ledger.Account
	for path, becomes := range map[string]func(number int64, path string) ledger.Account{"bank": full, "wallet/h1": bareAccount} {
		before := accountAt(t, store, path)
		after := becomes(before.Number, path)
		after.Control, after.Side, after.Currency = before.Control, before.Side, before.Currency // these never change
		if len(after.Limits) > 0 {
			after.Limits[0].Max, after.Limits[1].Max = money.Of(1, money.USD), money.Of(0, money.USD)
			after.Floor = money.Of(1000-9000-20, money.USD) // just so, with what is held
			after.Ceiling = money.Of(1000-9000+700, money.USD)
		}
		after.ChangedSeq, after.LastSeq = 5, 5
		all = append(all, after)
	}
	commit(t, store, func(c *ledger.Changes) {
		c.Head.Seq, c.Records, c.Updated = 5, []ledger.StoredRecord{stored(5, 5)}, slices.Clone(all)
	})
	for _, after := range all {
		require.Equal(t, after, accountAt(t, store, after.Path))
	}
}

// Of an account that no record of the batch has changed, only what moves is
// written.
func TestWhatMovesOfAnAccountIsUpdated(t *testing.T) {
	t.Parallel()
	store, _ := filled(t)
	after := accountAt(t, store, "wallet/h1")
	after.Debits, after.Credits, after.HeldDebits, after.HeldCredits = 1001, 9003, 705, 27
	after.Used = ledger.Uses{{Limit: "guardian", Since: day, Minor: 1711}}
	after.LastSeq, after.MovedSeq, after.Moves = 6, 5, 77
	commit(t, store, func(c *ledger.Changes) {
		c.Head.Seq, c.Records, c.Updated = 6, []ledger.StoredRecord{stored(5, 5), stored(6, 6)}, []ledger.Account{after}
	})
	require.Equal(t, after, accountAt(t, store, "wallet/h1"))

	for name, free := range map[string]func(a *ledger.Account){
		"held debits":  func(a *ledger.Account) { a.HeldDebits = 0 },
		"held credits": func(a *ledger.Account) { a.HeldCredits = 0 },
		"uses":         func(a *ledger.Account) { a.Used = nil },
	} {
		free(&after)
		commit(t, store, func(c *ledger.Changes) { c.Updated = []ledger.Account{after} })
		require.Equal(t, after, accountAt(t, store, "wallet/h1"), "no %s any more", name)
	}
}

func accountAt(t *testing.T, store ledger.Reader, path string) ledger.Account {
	t.Helper()
	accounts, err := collect(store.Accounts(t.Context(), 1, ledger.AccountQuery{Paths: []string{path}}))
	require.NoError(t, err)
	require.Len(t, accounts, 1)
	return accounts[0]
}

// The checks of the file are a second wall: no rule of the ledger is in play
// here.
func TestTheFileRefusesWhatNoRuleAllows(t *testing.T) {
	t.Parallel()
	store, written := filled(t)
	for name, wrong := range map[string]func(c *ledger.Changes, a *ledger.Account){
		"a hold below the floor":     func(_ *ledger.Changes, a *ledger.Account) { a.HeldDebits = 8001 },
		"a hold above the ceiling":   func(_ *ledger.Changes, a *ledger.Account) { a.HeldCredits = 92_001 },
		"a negative hold":            func(_ *ledger.Changes, a *ledger.Account) { a.HeldDebits = -1 },
		"a position beyond the last": func(c *ledger.Changes, _ *ledger.Account) { c.Head.ReopenSeq = 5 },
		"a day beyond the last":      func(c *ledger.Changes, _ *ledger.Account) { c.Head.TouchedSeq = 5 },
		"a chart beyond the last":    func(c *ledger.Changes, _ *ledger.Account) { c.Head.ChartSeq = 5 },
		"a hold without a record": func(c *ledger.Changes, _ *ledger.Account) {
			c.Holds = []ledger.StoredHold{{Seq: 5, ID: uuid.UUID{5}, State: ledger.HoldHeld, LastSeq: 5}}
		},
		"a hold in no state": func(c *ledger.Changes, _ *ledger.Account) {
			c.Holds = []ledger.StoredHold{{Seq: 1, ID: uuid.UUID{1}, State: "lost", LastSeq: 1}}
		},
		"a node of no level to keep": func(c *ledger.Changes, _ *ledger.Account) {
			c.Nodes = []ledger.Node{{Level: 7, Hash: make([]byte, 32)}}
		},
		"a leaf as a node": func(c *ledger.Changes, _ *ledger.Account) { c.Nodes = []ledger.Node{{Hash: make([]byte, 32)}} },
		"a node of half a hash": func(c *ledger.Changes, _ *ledger.Account) {
			c.Nodes = []ledger.Node{{Level: 8, Hash: make([]byte, 16)}}
		},
		"a node that is there": func(c *ledger.Changes, _ *ledger.Account) { c.Nodes = written.Nodes[:1] },
		"a refund of nothing":  func(c *ledger.Changes, _ *ledger.Account) { c.Refunds = []ledger.Refunded{{Seq: 1}} },
	} {
		locked, err := store.Lock(t.Context(), 1, ledger.Need{Accounts: []string{"wallet/h1"}})
		require.NoError(t, err)
		changes := ledger.Changes{Head: locked.Snapshot().Head, Updated: locked.Snapshot().Accounts}
		wrong(&changes, &changes.Updated[0])
		require.ErrorContains(t, locked.Commit(t.Context(), changes), "constraint failed", name)
		require.Equal(t, written.Opened[1], accountAt(t, store, "wallet/h1"), name)
	}
}

func TestASnapshotHasWhatWasNeeded(t *testing.T) {
	t.Parallel()
	store, written := filled(t)
	snapshot := func(need ledger.Need) ledger.Snapshot {
		locked, err := store.Lock(t.Context(), 1, need)
		require.NoError(t, err)
		require.NoError(t, locked.Rollback(t.Context()))
		require.Equal(t, written.Head, locked.Snapshot().Head)
		s := locked.Snapshot()
		s.Head = ledger.Head{}
		return s
	}
	require.Equal(t, ledger.Snapshot{}, snapshot(ledger.Need{}), "nothing, if nothing is needed")
	require.Equal(t, ledger.Snapshot{Holds: []ledger.StoredHold{written.Holds[0], written.Holds[2]}},
		snapshot(ledger.Need{Holds: []uuid.UUID{{4}, {9}, {2}}}))
	require.Equal(t, ledger.Snapshot{Refunds: written.Refunds[:2]}, snapshot(ledger.Need{Refunds: []int64{2, 4}}))
	require.Equal(t, ledger.Snapshot{Refunds: written.Refunds}, snapshot(ledger.Need{Refunds: []int64{3, 2}}))
	require.Equal(t, ledger.Snapshot{Chart: written.Records[2:3]}, snapshot(ledger.Need{Chart: true}))
	require.Equal(t, ledger.Snapshot{All: written.Opened, Ahead: written.Records[3:]}, snapshot(ledger.Need{Closing: true}),
		"all accounts, and the record since the last close, of a later date")
	commit(t, store, func(c *ledger.Changes) { c.Head.ChartSeq, c.Head.ReopenSeq = 0, 0 })
	written.Head.ChartSeq, written.Head.ReopenSeq = 0, 0
	require.Equal(t, ledger.Snapshot{All: written.Opened}, snapshot(ledger.Need{Closing: true, Chart: true}),
		"no chart, and nothing ahead of the open date, before there is any")
}

func TestChangesReplaceWhatHasTheirKey(t *testing.T) {
	t.Parallel()
	store, written := filled(t)
	ended := written.Holds[0]
	ended.State, ended.Captured, ended.LastSeq, ended.Expires = ledger.HoldCaptured, []int64{3, 4}, 4, time.Time{}
	more := make([]ledger.Refunded, rowsMax+2) // a full statement and single ones
	for i := range more {
		more[i] = ledger.Refunded{Seq: 2, Line: i, Minor: int64(100 + i)}
	}
	commit(t, store, func(c *ledger.Changes) {
		c.Holds, c.Refunds = []ledger.StoredHold{ended}, more
		c.Reopened = day
		c.Closings = []ledger.ClosingRow{{Account: 1, Date: day, Debits: 1}}
	})
	holds, err := collect(store.Holds(t.Context(), 1, ledger.HoldQuery{}))
	require.NoError(t, err)
	require.Equal(t, []ledger.StoredHold{ended, written.Holds[1], written.Holds[2]}, holds)
	refunds, err := collect(store.Refunds(t.Context(), 1))
	require.NoError(t, err)
	require.Equal(t, append(more, written.Refunds[2]), refunds)
	closings, err := collect(store.Closings(t.Context(), 1, ledger.ClosingQuery{}))
	require.NoError(t, err)
	require.Equal(t, []ledger.Closing{
		{Account: "bank", Number: 1, Control: "1002", Currency: money.USD, Date: day.AddDays(-1)},
		{Account: "bank", Number: 1, Control: "1002", Currency: money.USD, Date: day, Debits: 1},
		{Account: "wallet/h1", Number: 2, Control: "2307", Currency: money.CNY, Date: day.AddDays(-1), Credits: 5},
	}, closings, "those of the reopened date are gone, the new one is not")
}
