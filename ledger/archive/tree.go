package archive

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// tree is the journal's Merkle tree as far as an archive knows it: the leaves of
// its records, and the nodes at their edge.
type tree struct {
	manifest *Manifest
	edge     map[place]hash
	leaves   []hash
	next     int64 // the number of the next leaf: records before it
}

type place struct {
	level  int
	number int64
}

func newTree(m *Manifest) *tree {
	t := &tree{manifest: m, edge: make(map[place]hash, len(m.Edge)), next: m.First - 1}
	for _, n := range m.Edge {
		t.edge[place{n.Level, n.Number}] = n.Hash
	}
	return t
}

func (t *tree) append(leaf []byte) {
	t.leaves = append(t.leaves, hash(leaf))
	t.next++
}

// check checks that the records lead to the root in the manifest.
func (t *tree) check(ctx context.Context) error {
	if t.next != t.manifest.Last {
		return fmt.Errorf("%w: the journal ends at %d of %d", ledger.ErrCorrupt, t.next, t.manifest.Last)
	}
	root, err := seal.NewProver(&Archive{manifest: *t.manifest, tree: t}, t.manifest.Book).Root(ctx, t.manifest.Last)
	if err == nil && root != t.manifest.Root {
		err = fmt.Errorf("%w: the records do not lead to the root %x", ledger.ErrCorrupt, t.manifest.Root)
	}
	return err
}

// node returns a complete node of a stored level, and false for one that the
// archive does not know.
func (t *tree) node(at place) (hash, bool) {
	if known, ok := t.edge[at]; ok {
		return known, true
	}
	if at.level == 0 {
		index := at.number - (t.manifest.First - 1)
		if index < 0 || index >= int64(len(t.leaves)) {
			return hash{}, false
		}
		return t.leaves[index], true
	}
	below := make([]hash, 1<<ledger.NodeLevels)
	for i := range below {
		var ok bool
		if below[i], ok = t.node(place{at.level - ledger.NodeLevels, at.number<<ledger.NodeLevels + int64(i)}); !ok {
			return hash{}, false
		}
	}
	for ; len(below) > 1; below = below[:len(below)/2] {
		for i := range len(below) / 2 {
			below[i] = parent(&below[2*i], &below[2*i+1])
		}
	}
	t.edge[at] = below[0]
	return below[0], true
}

// parent is the hash of a node (RFC 6962, 2.1).
func parent(left, right *hash) hash {
	var text [1 + 2*sha256.Size]byte
	text[0] = 1
	copy(text[1:], left[:])
	copy(text[1+sha256.Size:], right[:])
	return sha256.Sum256(text[:])
}

// nodes yields nodes: see [ledger.Reader].
func (t *tree) nodes(query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return func(yield func(ledger.Node, error) bool) {
		for number := query.First; number <= query.Last; number++ {
			known, ok := t.node(place{query.Level, number})
			if !ok {
				return
			}
			if !yield(ledger.Node{Level: query.Level, Number: number, Hash: known[:]}, nil) {
				return
			}
		}
	}
}
