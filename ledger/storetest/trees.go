package storetest

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func trees() []clause {
	const kept = "A store keeps those whose level is a multiple of [NodeLevels]."
	const leaves = "Nothing of level 0 is kept: the leaves of the journal's tree are those of its records."
	const ordered = "Nodes yields nodes of a Merkle tree in the order of their numbers."
	const selected = "NodeQuery selects nodes of one level of a tree, with numbers from First to Last."
	const durable = "Commit writes the changes, all or nothing, and returns once they are durable."
	return []clause{
		{"every 256 records of the journal are a node", kept, everyNode},
		{"leaves are no nodes", leaves, func(t *testing.T, s *school) {
			s.fill(t, 256)
			require.Empty(t, s.nodes(t, ledger.NodeQuery{Last: 300}))
			s.closeDay(t, firstDay)
			require.Empty(t, s.nodes(t, ledger.NodeQuery{Tree: s.head(t).Seq, Last: 19}))
		}},
		{"nodes are read from a number to a number", selected, nodeRanges},
		{"every level of every tree is kept by itself", ordered, everyLevel},
		{"a node written twice undoes the whole commit", durable, nodeTwice},
		{"a commit that is undone leaves no node", durable, func(t *testing.T, s *school) {
			b := s.bareBook(t)
			require.Error(t, b.write(t, func(c *ledger.Changes) {
				c.Nodes = []ledger.Node{{Level: 8, Hash: hashOf(1)}}
				c.Closings = []ledger.ClosingRow{{Account: 77, Date: firstDay}} // of no account
			}))
			require.Empty(t, all(t, b.store.Nodes(t.Context(), b.id, ledger.NodeQuery{Level: 8, Last: math.MaxInt64})))
			require.NoError(t, b.write(t, func(c *ledger.Changes) { c.Nodes = []ledger.Node{{Level: 8, Hash: hashOf(2)}} }))
		}},
		{"a linked unit completes a node once, a preview or a refused one never", durable, linkedNode},
		{"nodes are each book's own", "Books share nothing but the database.", func(t *testing.T, s *school) {
			b := s.bareBook(t)
			s.fill(t, 256)
			require.Len(t, s.nodes(t, ledger.NodeQuery{Level: 8, Last: 9}), 1)
			require.Empty(t, all(t, b.store.Nodes(t.Context(), b.id, ledger.NodeQuery{Level: 8, Last: 9})))
		}},
	}
}

// fill posts until the journal has as many records.
func (s *school) fill(t testing.TB, records int) {
	t.Helper()
	requests := make([]ledger.Request, records-int(s.head(t).Seq))
	for i := range requests {
		requests[i] = topUp(wallet1, 1)
	}
	for _, answer := range s.book.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
	}
}

func (s *school) nodes(t testing.TB, query ledger.NodeQuery) []ledger.Node {
	t.Helper()
	return all(t, s.store.Nodes(t.Context(), s.id, query))
}

// leaves returns the leaf of each record, from the records.
func (s *school) leaves(t testing.TB) [][]byte {
	t.Helper()
	var leaves [][]byte
	for _, record := range all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{})) {
		leaves = append(leaves, naiveLeaf(record.Body))
	}
	return leaves
}

func everyNode(t *testing.T, s *school) {
	whole := ledger.NodeQuery{Level: 8, Last: math.MaxInt64}
	s.fill(t, 255)
	require.Empty(t, s.nodes(t, whole), "none is complete")
	s.post(t, topUp(wallet1, 1))
	require.Len(t, s.nodes(t, whole), 1, "one is, with the 256th record")
	s.fill(t, 600)
	leaves := s.leaves(t)
	require.Equal(t, []ledger.Node{
		{Level: 8, Number: 0, Hash: naiveRoot(leaves[:256])},
		{Level: 8, Number: 1, Hash: naiveRoot(leaves[256:512])},
	}, s.nodes(t, whole))
	require.Empty(t, s.nodes(t, ledger.NodeQuery{Level: 4, Last: math.MaxInt64}), "levels in between are not kept")
	require.Empty(t, s.nodes(t, ledger.NodeQuery{Level: 16, Last: math.MaxInt64}), "it takes 65,536 records")
}

func nodeRanges(t *testing.T, s *school) {
	b := s.bareBook(t)
	require.NoError(t, b.write(t, func(c *ledger.Changes) {
		for i := range int64(5) {
			number := (i*3 + 2) % 5 // in any order
			c.Nodes = append(c.Nodes, ledger.Node{Tree: 1, Level: 8, Number: number, Hash: hashOf(byte(number))})
		}
	}))
	for _, c := range []struct {
		first, last int64
		want        []int64
	}{
		{0, 4, []int64{0, 1, 2, 3, 4}},
		{0, 0, []int64{0}},
		{1, 3, []int64{1, 2, 3}},
		{4, 4, []int64{4}},
		{3, 9, []int64{3, 4}},
		{0, math.MaxInt64, []int64{0, 1, 2, 3, 4}},
		{5, 9, nil},
		{3, 2, nil},
		{math.MaxInt64, math.MaxInt64, nil},
	} {
		query := ledger.NodeQuery{Tree: 1, Level: 8, First: c.first, Last: c.last}
		var numbers []int64
		for _, node := range all(t, b.store.Nodes(t.Context(), b.id, query)) {
			numbers = append(numbers, node.Number)
		}
		require.Equal(t, c.want, numbers, "%+v", query)
	}
}

// everyLevel writes what a ledger would write after more records than any has.
func everyLevel(t *testing.T, s *school) {
	b := s.bareBook(t)
	want := make(map[ledger.NodeQuery][]ledger.Node)
	require.NoError(t, b.write(t, func(c *ledger.Changes) {
		for _, tree := range []int64{0, 1, math.MaxInt64} {
			for level := 8; level < 64; level += 8 {
				query := ledger.NodeQuery{Tree: tree, Level: level, Last: math.MaxInt64}
				for _, number := range []int64{0, math.MaxInt64 >> level} {
					node := ledger.Node{Tree: tree, Level: level, Number: number, Hash: hashOf(byte(len(c.Nodes)))}
					c.Nodes, want[query] = append(c.Nodes, node), append(want[query], node)
				}
			}
		}
	}))
	for query, nodes := range want {
		require.Equal(t, nodes, all(t, b.store.Nodes(t.Context(), b.id, query)), "%+v", query)
	}
	if rows, ok := b.store.(ledger.Rows); ok {
		require.Len(t, all(t, rows.NodeRows(t.Context(), b.id)), 2*len(want))
	}
}

func nodeTwice(t *testing.T, s *school) {
	b := s.bareBook(t)
	whole := ledger.NodeQuery{Level: 8, Last: math.MaxInt64}
	first := ledger.Node{Level: 8, Hash: hashOf(1)}
	require.NoError(t, b.write(t, func(c *ledger.Changes) { c.Nodes = []ledger.Node{first} }))
	for _, twice := range [][]ledger.Node{
		{first},
		{{Level: 8, Hash: hashOf(2)}},
		{{Level: 8, Number: 1, Hash: hashOf(3)}, {Level: 8, Number: 1, Hash: hashOf(3)}},
	} {
		before, err := b.store.Head(t.Context(), b.id)
		require.NoError(t, err)
		require.Error(t, b.write(t, func(c *ledger.Changes) { c.Nodes = twice }))
		after, err := b.store.Head(t.Context(), b.id)
		require.NoError(t, err)
		require.Equal(t, before, after)
		require.Equal(t, []ledger.Node{first}, all(t, b.store.Nodes(t.Context(), b.id, whole)))
	}
	require.NoError(t, b.write(t, func(*ledger.Changes) {}), "and the store still works")
}

func linkedNode(t *testing.T, s *school) {
	whole := ledger.NodeQuery{Level: 8, Last: math.MaxInt64}
	s.fill(t, 255)
	_, err := s.book.Preview(t.Context(), topUp(wallet1, 1))
	require.NoError(t, err)
	_, err = s.book.PostLinked(t.Context(), topUp(wallet1, 1), payment(wallet2, 1))
	requireLinked(t, err, 1, ledger.ErrInsufficient)
	require.Empty(t, s.nodes(t, whole))
	_, err = s.book.PostLinked(t.Context(), topUp(wallet1, 1), topUp(wallet2, 1))
	require.NoError(t, err)
	require.Equal(t, naiveNodes(0, s.leaves(t)), s.nodes(t, whole))
}

// bareBook is a book without rules, beside the school.
type bareBook struct {
	store ledger.Store
	id    ledger.BookID
}

func (s *school) bareBook(t testing.TB) *bareBook {
	t.Helper()
	b := &bareBook{store: s.store, id: s.id + 1}
	require.NoError(t, b.store.Create(t.Context(), b.id))
	return b
}

// write commits the next record, with whatever else.
func (b *bareBook) write(t testing.TB, change func(*ledger.Changes)) error {
	t.Helper()
	locked, err := b.store.Lock(t.Context(), b.id, ledger.Need{})
	require.NoError(t, err)
	c := ledger.Changes{Head: locked.Snapshot().Head}
	c.Head.Seq++
	c.Head.OpenDate, c.Head.At = firstDay, firstDay.Time()
	body, err := json.Marshal(c.Head.Seq)
	require.NoError(t, err)
	c.Records = []ledger.StoredRecord{{
		Seq: c.Head.Seq, ID: ledger.NewID(), Date: firstDay, Mark: ledger.MarkOf(ledger.LeafHash(body)), Body: body,
	}}
	change(&c)
	return locked.Commit(t.Context(), c)
}

// hashOf returns one of 256 hashes.
func hashOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
