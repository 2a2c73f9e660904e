package archive

import (
	"context"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// tree is a Merkle tree as far as an archive knows it: the leaves from one on,
// and nodes of stored levels. Once complete, it is only read.
type tree struct {
	first  int64 // the number of the first leaf
	leaves []hash
	known  map[place]hash
}

type place struct {
	level  int
	number int64
}

// newTree returns the journal's tree before the first record of an archive.
func newTree(m *Manifest) *tree {
	t := &tree{first: m.First - 1, known: make(map[place]hash, len(m.Edge))}
	for _, n := range m.Edge {
		t.known[place{n.Level, n.Number}] = n.Hash
	}
	return t
}

func (t *tree) append(leaf []byte) { t.leaves = append(t.leaves, hash(leaf)) }

// next returns the number of the next leaf: for the journal, the records so far.
func (t *tree) next() int64 { return t.first + int64(len(t.leaves)) }

// complete adds the nodes of stored levels that the leaves complete.
func (t *tree) complete() error {
	first, next := t.first>>ledger.NodeLevels, t.next()>>ledger.NodeLevels
	for level := ledger.NodeLevels; first < next; level += ledger.NodeLevels {
		for number := first; number < next; number++ {
			root, err := t.over(level, number)
			if err != nil {
				return err
			}
			t.known[place{level, number}] = root
		}
		first, next = first>>ledger.NodeLevels, next>>ledger.NodeLevels
	}
	return nil
}

// over returns the node over 256 of the stored level below.
func (t *tree) over(level int, number int64) (hash, error) {
	below := make([]hash, 1<<ledger.NodeLevels)
	for i := range below {
		at := place{level - ledger.NodeLevels, number<<ledger.NodeLevels + int64(i)}
		var ok bool
		if below[i], ok = t.node(at); !ok {
			return hash{}, fmt.Errorf("%w: no node %d of level %d", ledger.ErrCorrupt, at.number, at.level)
		}
	}
	return rootOf(below)
}

// node returns a complete node of a stored level, and false for one that the
// archive does not know.
func (t *tree) node(at place) (hash, bool) {
	if at.level == 0 && at.number >= t.first && at.number < t.next() {
		return t.leaves[at.number-t.first], true
	}
	known, ok := t.known[at]
	return known, ok
}

// rootOf returns the root of the tree of some leaves, or the node over them.
func rootOf(leaves []hash) (hash, error) {
	whole := ledger.NewTree()
	for i := range leaves {
		if err := whole.Append(leaves[i][:], nil); err != nil {
			return hash{}, err
		}
	}
	root, err := whole.Root()
	if err != nil {
		return hash{}, err
	}
	return hash(root), nil
}

// check completes the journal's tree and checks that it leads to the root in the
// manifest.
func (t *tree) check(ctx context.Context, m *Manifest) error {
	if t.next() != m.Last {
		return fmt.Errorf("%w: the journal ends at %d of %d", ledger.ErrCorrupt, t.next(), m.Last)
	}
	if err := t.complete(); err != nil {
		return err
	}
	root, err := seal.NewProver(&Archive{manifest: *m, tree: t}, m.Book).Root(ctx, m.Last)
	if err == nil && root != m.Root {
		err = fmt.Errorf("%w: the records do not lead to the root %x", ledger.ErrCorrupt, m.Root)
	}
	return err
}

// nodes yields nodes: see [ledger.Reader].
func (t *tree) nodes(query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return func(yield func(ledger.Node, error) bool) {
		for number := query.First; number <= query.Last; number++ {
			known, ok := t.node(place{query.Level, number})
			if !ok {
				return
			}
			if !yield(ledger.Node{Tree: query.Tree, Level: query.Level, Number: number, Hash: known[:]}, nil) {
				return
			}
		}
	}
}
