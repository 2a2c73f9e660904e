package storetest_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// The journals of the contract are too short for the second level.
func TestATreeCompletesTheNodesOfEveryLevel(t *testing.T) {
	t.Parallel()
	const size = 2<<16 + 300
	tree := ledger.NewTree()
	var leaves [][]byte
	nodes := make(map[int][]ledger.Node)
	for i := range uint64(size) {
		leaf := ledger.LeafHash(binary.BigEndian.AppendUint64(nil, i))
		leaves = append(leaves, leaf)
		require.NoError(t, tree.Append(leaf, func(level int, number int64, hash []byte) {
			nodes[level] = append(nodes[level], ledger.Node{Level: level, Number: number, Hash: hash})
		}))
	}
	require.Equal(t, storetest.NaiveNodes(0, leaves), append(nodes[8], nodes[16]...))
	require.Len(t, nodes, 2)
	require.Len(t, nodes[16], 2)
	root, err := tree.Root()
	require.NoError(t, err)
	require.Equal(t, storetest.NaiveRoot(leaves), root)
}
