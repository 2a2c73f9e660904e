package ledger_test

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// generated is a book of a random program of all commands, and its records.
type generated struct {
	store   *storetest.Memory
	records [][]byte
}

func generate(t *testing.T, seed uint64, commands int) generated {
	t.Helper()
	g := generated{store: storetest.NewMemory()}
	storetest.Program(t, g.store, rand.New(rand.NewPCG(seed, 0)), commands) //nolint:gosec // not a secret
	for body, err := range bodies(t.Context(), g.store) {
		require.NoError(t, err)
		g.records = append(g.records, body)
	}
	return g
}

// each yields the records as an export does.
func each(records [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var line []byte // used again and again, as a scanner does
		for _, body := range records {
			line = append(line[:0], body...)
			if !yield(line, nil) {
				return
			}
		}
	}
}

// table is all that a store has of book 1.
type table struct {
	Head     ledger.Head
	Accounts []ledger.Account
	Records  []ledger.StoredRecord
	Miles    []ledger.Milestone
	Closings []ledger.ClosingRow
	Holds    []ledger.StoredHold
	Refunds  []ledger.Refunded
	IDs      []uuid.UUID
	Nodes    []ledger.Node
}

func tableOf(t *testing.T, rows ledger.Rows) table {
	t.Helper()
	ctx := t.Context()
	head, err := rows.Head(ctx, 1)
	require.NoError(t, err)
	head.At = head.At.UTC()
	found := table{
		Head:     head,
		Accounts: listed(t, rows.Accounts(ctx, 1, ledger.AccountQuery{})),
		Records:  listed(t, rows.Records(ctx, 1, ledger.RecordQuery{})),
		Miles:    listed(t, rows.MilestoneRows(ctx, 1)),
		Closings: listed(t, rows.ClosingRows(ctx, 1)),
		Holds:    listed(t, rows.Holds(ctx, 1, ledger.HoldQuery{})),
		Refunds:  listed(t, rows.Refunds(ctx, 1)),
		IDs:      listed(t, rows.RecordIDs(ctx, 1)),
		Nodes:    listed(t, rows.NodeRows(ctx, 1)),
	}
	for i := range found.Holds {
		found.Holds[i].Expires = found.Holds[i].Expires.UTC()
	}
	slices.SortFunc(found.Miles, func(x, y ledger.Milestone) int {
		return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Account, y.Account))
	})
	slices.SortFunc(found.Closings, func(x, y ledger.ClosingRow) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), x.Date.Compare(y.Date))
	})
	slices.SortFunc(found.Nodes, func(x, y ledger.Node) int {
		return cmp.Or(cmp.Compare(x.Tree, y.Tree), cmp.Compare(x.Level, y.Level), cmp.Compare(x.Number, y.Number))
	})
	return found
}

func listed[T any](t *testing.T, rows iter.Seq2[T, error]) []T {
	t.Helper()
	list := []T{}
	for row, err := range rows {
		require.NoError(t, err)
		list = append(list, row)
	}
	return list
}

// both returns an empty store of each kind.
func both(t *testing.T) map[string]restorable {
	t.Helper()
	return map[string]restorable{"memory": storetest.NewMemory(), "SQLite": openSQLite(t)}
}

type restorable interface {
	ledger.Store
	ledger.Rows
}

// small makes imports of a few hundred records take several commits.
var small = &ledger.RestoreOptions{BatchMax: 50}
