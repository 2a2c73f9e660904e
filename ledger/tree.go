package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
)

// LeafHash returns the RFC 6962 leaf hash of a record's canonical bytes.
func LeafHash(body []byte) []byte {
	var space [1024]byte // so that a usual record is hashed in one go, without a hasher of its own
	hash := sha256.Sum256(append(append(space[:0], rfc6962.RFC6962LeafHashPrefix), body...))
	return hash[:]
}

// hashChildren returns the hash of the node over two.
func hashChildren(left, right []byte) []byte {
	var space [1 + 2*sha256.Size]byte
	hash := sha256.Sum256(append(append(append(space[:0], rfc6962.RFC6962NodeHashPrefix), left...), right...))
	return hash[:]
}

// MarkOf returns the first eight bytes of a leaf hash, the first the highest: the
// mark of [StoredRecord]. It tells which row was damaged; what is proven is the
// whole hash.
func MarkOf(leaf []byte) int64 { return int64(binary.BigEndian.Uint64(leaf)) }

// NodeLevels is how many levels of a Merkle tree lie between those whose nodes a
// store keeps: each stands for 256 below it.
const NodeLevels = 8

// Tree is the RFC 6962 Merkle tree over a journal from its beginning, held as
// a compact range: a few hashes, whatever the journal's length.
type Tree struct{ compact *compact.Range }

var rangeFactory = compact.RangeFactory{Hash: hashChildren}

// NewTree returns the tree of an empty journal.
func NewTree() *Tree { return &Tree{compact: rangeFactory.NewEmptyRange(0)} }

// ParseTree returns the tree with size leaves whose compact range is hashes, as
// [Tree.Hashes] gave them.
func ParseTree(size int64, hashes []byte) (*Tree, error) {
	const length = 32
	if len(hashes)%length != 0 {
		return nil, fmt.Errorf("tree of %d bytes: %w", len(hashes), ErrCorrupt)
	}
	parts := make([][]byte, 0, len(hashes)/length)
	for ; len(hashes) > 0; hashes = hashes[length:] {
		parts = append(parts, hashes[:length:length])
	}
	r, err := rangeFactory.NewRange(0, uint64(size), parts)
	if err != nil {
		return nil, fmt.Errorf("tree of size %d: %w: %w", size, ErrCorrupt, err)
	}
	return &Tree{compact: r}, nil
}

// Append adds the next leaf hash. Each node that it completes and a store keeps
// is given to stored, unless that is nil: see [Node].
func (t *Tree) Append(leaf []byte, stored func(level int, number int64, hash []byte)) error {
	return t.compact.Append(leaf, func(id compact.NodeID, hash []byte) {
		if stored != nil && id.Level > 0 && id.Level%NodeLevels == 0 {
			stored(int(id.Level), int64(id.Index), hash)
		}
	})
}

// Size returns the number of leaves.
func (t *Tree) Size() int64 { return int64(t.compact.End()) }

// Hashes returns the compact range, its hashes joined.
func (t *Tree) Hashes() []byte {
	var joined []byte
	for _, hash := range t.compact.Hashes() {
		joined = append(joined, hash...)
	}
	return joined
}

// Root returns the root hash (RFC 6962, 2.1).
func (t *Tree) Root() ([]byte, error) {
	if t.compact.End() == 0 {
		return rfc6962.DefaultHasher.EmptyRoot(), nil
	}
	return t.compact.GetRootHash(nil)
}
