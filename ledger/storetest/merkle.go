package storetest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// Merkle trees as RFC 6962, 2.1 defines them, by halves and without memory of
// what came before.

func naiveLeaf(content []byte) []byte {
	hash := sha256.Sum256(append([]byte{0}, content...))
	return hash[:]
}

func naiveRoot(leaves [][]byte) []byte {
	switch len(leaves) {
	case 0:
		hash := sha256.Sum256(nil)
		return hash[:]
	case 1:
		return leaves[0]
	}
	half := 1
	for half*2 < len(leaves) {
		half *= 2
	}
	hash := sha256.Sum256(slices.Concat([]byte{1}, naiveRoot(leaves[:half]), naiveRoot(leaves[half:])))
	return hash[:]
}

// naiveNodes returns the nodes of a tree that a store keeps, in the order of
// their levels and numbers.
func naiveNodes(tree int64, leaves [][]byte) []ledger.Node {
	var nodes []ledger.Node
	for level := ledger.NodeLevels; len(leaves)>>level > 0; level += ledger.NodeLevels {
		for number := range len(leaves) >> level {
			nodes = append(nodes, ledger.Node{
				Tree: tree, Level: level, Number: int64(number), Hash: naiveRoot(leaves[number<<level : (number+1)<<level]),
			})
		}
	}
	return nodes
}

// naiveBalances returns the leaves for accounts in the order of their numbers.
func naiveBalances(accounts []ledger.Closing) [][]byte {
	accounts = slices.SortedFunc(slices.Values(accounts), func(x, y ledger.Closing) int { return cmp.Compare(x.Number, y.Number) })
	var leaves [][]byte
	for _, a := range accounts {
		var line bytes.Buffer
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode([]any{a.Account, a.Currency.Code(), a.Debits, a.Credits}); err != nil {
			panic(err) // texts and numbers always can be
		}
		leaves = append(leaves, naiveLeaf(bytes.TrimSuffix(line.Bytes(), []byte("\n"))))
	}
	return leaves
}

// naiveCommitment returns what a day close says of such leaves.
func naiveCommitment(leaves [][]byte) *ledger.Balances {
	return &ledger.Balances{Accounts: int64(len(leaves)), Root: [32]byte(naiveRoot(leaves))}
}
