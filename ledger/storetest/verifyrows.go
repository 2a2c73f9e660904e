package storetest

import (
	"bytes"
	"cmp"
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
	for i, leaf := range b.leaves {
		want[[2]int64{}] = append(want[[2]int64{}], ledger.Node{Number: int64(i), Hash: leaf})
	}
	for key, nodes := range want {
		query := ledger.NodeQuery{Tree: key[0], Level: int(key[1]), Last: math.MaxInt64}
		require.Equal(b.t, nodes, all(b.t, view.Nodes(b.t.Context(), b.head.Book, query)), "level %d of tree %d", key[1], key[0])
	}
}

// verifyRows compares what is read in any order.
func (b *rebuilt) verifyRows(rows ledger.Rows) {
	t, ctx, book := b.t, b.t.Context(), b.head.Book
	var entries []ledger.EntryRow
	for _, e := range b.entries {
		entries = append(entries, ledger.EntryRow{
			Account: b.accounts[e.Account].Number, Seq: e.Seq, Line: e.Line, Amount: e.Amount.Minor(), Balance: e.Balance.Minor(),
		})
	}
	require.Equal(t, entries, inJournalOrder(all(t, rows.EntryRows(ctx, book, 0))))
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

func inJournalOrder(entries []ledger.EntryRow) []ledger.EntryRow {
	slices.SortFunc(entries, func(x, y ledger.EntryRow) int {
		return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Line, y.Line))
	})
	return entries
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
