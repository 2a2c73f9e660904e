package storetest

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// verifyNodes compares the nodes of every tree, level by level.
func (b *rebuilt) verifyNodes(view ledger.Reader) {
	b.nodes = slices.Concat(naiveNodes(0, b.leaves), b.nodes)
	want := make(map[[2]int64][]ledger.Node) // by tree and level
	for _, n := range b.nodes {
		key := [2]int64{n.Tree, int64(n.Level)}
		want[key] = append(want[key], n)
	}
	want[[2]int64{}] = nil // leaves are none
	for key, nodes := range want {
		query := ledger.NodeQuery{Tree: key[0], Level: int(key[1]), Last: math.MaxInt64}
		require.Equal(b.t, nodes, all(b.t, view.Nodes(b.t.Context(), b.head.Book, query)), "level %d of tree %d", key[1], key[0])
	}
}

// verifyMoves compares the records that moved each account, of many accounts a
// hundred or two.
func (b *rebuilt) verifyMoves(view ledger.Reader) {
	paths := slices.Sorted(maps.Keys(b.accounts))
	for i := 0; i < len(paths); i += 1 + len(paths)/200 {
		account := b.accounts[paths[i]]
		moves := all(b.t, view.Moves(b.t.Context(), b.head.Book, ledger.MoveQuery{Account: account.Path}))
		slices.Reverse(moves)
		require.Equal(b.t, account.moves, positions(moves), "the moves of %s", account.Path)
		for _, move := range moves {
			if !sameStored(b.stored[move.Seq-1], move) { // as require.Equal would say, were it not so slow
				require.Equal(b.t, b.stored[move.Seq-1], move, "a move of %s", account.Path)
			}
		}
	}
}

// sameStored compares all that is stored of records.
func sameStored(x, y ledger.StoredRecord) bool {
	return x.Seq == y.Seq && x.ID == y.ID && x.Date == y.Date && x.Mark == y.Mark && bytes.Equal(x.Body, y.Body)
}

// verifyRows compares what is read in any order.
func (b *rebuilt) verifyRows(rows ledger.Rows) {
	t, ctx, book := b.t, b.t.Context(), b.head.Book
	require.Equal(t, inMilestoneOrder(b.miles), inMilestoneOrder(all(t, rows.MilestoneRows(ctx, book))))
	var closings []ledger.ClosingRow
	for _, c := range b.closings {
		closings = append(closings, ledger.ClosingRow{Account: c.Number, Date: c.Date, Debits: c.Debits, Credits: c.Credits})
	}
	require.Equal(t, inClosingOrder(closings), inClosingOrder(all(t, rows.ClosingRows(ctx, book))))
	require.Equal(t, b.sortedIDs(), all(t, rows.RecordIDs(ctx, book)))
	require.Equal(t, b.nodes, inTreeOrder(all(t, rows.NodeRows(ctx, book))))
}

func (b *rebuilt) sortedIDs() []uuid.UUID {
	var list []uuid.UUID
	for id := range b.records {
		list = append(list, id)
	}
	slices.SortFunc(list, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
	return list
}

func inMilestoneOrder(milestones []ledger.Milestone) []ledger.Milestone {
	slices.SortFunc(milestones, func(x, y ledger.Milestone) int {
		return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Account, y.Account))
	})
	return milestones
}

func inClosingOrder(closings []ledger.ClosingRow) []ledger.ClosingRow {
	slices.SortFunc(closings, func(x, y ledger.ClosingRow) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), x.Date.Compare(y.Date))
	})
	return closings
}

func inTreeOrder(nodes []ledger.Node) []ledger.Node {
	slices.SortFunc(nodes, func(x, y ledger.Node) int {
		return cmp.Or(cmp.Compare(x.Tree, y.Tree), cmp.Compare(x.Level, y.Level), cmp.Compare(x.Number, y.Number))
	})
	return nodes
}
