package seal

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/campusledger/campusledger/ledger"
)

// tree reads a Merkle tree from the nodes of every eighth level: those between
// are computed from at most 256 below. Leaves are computed from what they are of.
type tree struct {
	reader Reader
	book   ledger.BookID
	number int64 // see [ledger.Node]
	// date is that of the day close whose balances the tree is over: their
	// leaves are its closings.
	date ledger.Date
}

// inclusion returns the proof that a leaf is in the tree of some size.
func (t *tree) inclusion(ctx context.Context, index, size int64) ([][]byte, error) {
	nodes, err := proof.Inclusion(uint64(index), uint64(size))
	if err != nil {
		return nil, err
	}
	return t.rehash(ctx, nodes)
}

// consistency returns the proof that the tree of one size begins with that of
// another.
func (t *tree) consistency(ctx context.Context, from, to int64) ([][]byte, error) {
	nodes, err := proof.Consistency(uint64(from), uint64(to))
	if err != nil {
		return nil, err
	}
	return t.rehash(ctx, nodes)
}

func (t *tree) rehash(ctx context.Context, nodes proof.Nodes) ([][]byte, error) {
	hashes, err := t.nodes(ctx, nodes.IDs)
	if err != nil {
		return nil, err
	}
	return nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
}

// root returns the root of the tree of some size.
func (t *tree) root(ctx context.Context, size int64) (root [hashBytes]byte, err error) {
	hashes, err := t.nodes(ctx, compact.RangeNodes(0, uint64(size), nil))
	if err != nil {
		return root, err
	}
	whole, err := ledger.ParseTree(size, bytes.Join(hashes, nil))
	if err != nil {
		return root, err
	}
	hash, err := whole.Root()
	if err != nil {
		return root, err
	}
	return [hashBytes]byte(hash), nil
}

func (t *tree) nodes(ctx context.Context, ids []compact.NodeID) ([][]byte, error) {
	hashes := make([][]byte, len(ids))
	for i, id := range ids {
		hash, err := t.node(ctx, id)
		if err != nil {
			return nil, err
		}
		hashes[i] = hash
	}
	return hashes, nil
}

// node returns a complete node.
func (t *tree) node(ctx context.Context, id compact.NodeID) ([]byte, error) {
	above := id.Level % ledger.NodeLevels
	level, first := int(id.Level-above), int64(id.Index)<<above
	width := int64(1) << above
	below, err := t.kept(ctx, level, first, first+width-1)
	if err != nil {
		return nil, err
	}
	subtree := ledger.NewTree()
	for _, hash := range below {
		if err := subtree.Append(hash, nil); err != nil {
			return nil, err
		}
	}
	return subtree.Root()
}

// kept returns nodes of a level that is kept, or leaves, from first to last.
func (t *tree) kept(ctx context.Context, level int, first, last int64) ([][]byte, error) {
	hashes, err := t.read(ctx, level, first, last)
	if err != nil {
		return nil, fmt.Errorf("read the tree of book %d: %w", t.book, err)
	}
	if width := last - first + 1; int64(len(hashes)) != width {
		return nil, fmt.Errorf("tree %d of book %d: %w: %d of %d nodes of level %d from %d",
			t.number, t.book, ledger.ErrCorrupt, len(hashes), width, level, first)
	}
	return hashes, nil
}

func (t *tree) read(ctx context.Context, level int, first, last int64) ([][]byte, error) {
	switch _, has := t.reader.(LeafReader); {
	case level > 0:
	case t.number != 0:
		return t.balances(ctx, first, last)
	case !has:
		return t.records(ctx, first, last)
	}
	var hashes [][]byte
	query := ledger.NodeQuery{Tree: t.number, Level: level, First: first, Last: last}
	for node, err := range t.reader.Nodes(ctx, t.book, query) {
		if err != nil {
			return nil, err
		}
		if node.Number != first+int64(len(hashes)) || len(node.Hash) != hashBytes {
			return nil, fmt.Errorf("%w: node %d of level %d", ledger.ErrCorrupt, first+int64(len(hashes)), level)
		}
		hashes = append(hashes, node.Hash)
	}
	return hashes, nil
}

// records returns leaves of the journal's tree, from its records.
func (t *tree) records(ctx context.Context, first, last int64) ([][]byte, error) {
	hashes := make([][]byte, 0, last-first+1)
	query := ledger.RecordQuery{After: first, Limit: int(last - first + 1)}
	for record, err := range t.reader.Records(ctx, t.book, query) {
		if err != nil {
			return nil, err
		}
		if want := first + int64(len(hashes)) + 1; record.Seq != want {
			return nil, fmt.Errorf("%w: record %d is missing", ledger.ErrCorrupt, want)
		}
		hashes = append(hashes, ledger.LeafHash(record.Body))
	}
	return hashes, nil
}

// balances returns leaves of a tree of balances, from the closings of its date.
func (t *tree) balances(ctx context.Context, first, last int64) ([][]byte, error) {
	var closings []ledger.Closing
	query := ledger.ClosingQuery{On: t.date, First: first + 1, Last: last + 1}
	for closing, err := range t.reader.Closings(ctx, t.book, query) {
		if err != nil {
			return nil, err
		}
		closings = append(closings, closing)
	}
	slices.SortFunc(closings, func(x, y ledger.Closing) int { return cmp.Compare(x.Number, y.Number) })
	hashes := make([][]byte, len(closings))
	for i := range closings {
		hashes[i] = ledger.LeafHash(balanceLine(&closings[i]))
	}
	return hashes, nil
}

func balanceLine(c *ledger.Closing) []byte {
	return ledger.BalanceLine(c.Account, c.Currency, c.Debits, c.Credits)
}
