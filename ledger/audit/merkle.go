package audit

import (
	"crypto/sha256"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// hash is a node of a Merkle tree (RFC 6962, 2.1).
type hash = [sha256.Size]byte

// hashLeaf hashes a leaf's bytes. The scratch is taken and given back for the
// next call.
func hashLeaf(scratch, data []byte) (leaf hash, taken []byte) {
	scratch = append(append(scratch[:0], 0), data...)
	return sha256.Sum256(scratch), scratch
}

func hashChildren(left, right *hash) hash {
	var node [1 + 2*sha256.Size]byte
	node[0] = 1
	copy(node[1:], left[:])
	copy(node[1+sha256.Size:], right[:])
	return sha256.Sum256(node[:])
}

// spine is a Merkle tree as the roots of its complete subtrees, the largest and
// leftmost first: one for each bit of its size.
type spine struct {
	size  int64
	roots []hash
}

// append adds a leaf. Each node that it completes and a store keeps is given to
// complete.
func (s *spine) append(leaf hash, complete func(level int, number int64, node *hash)) {
	level := 0
	for rest := s.size; rest&1 == 1; rest >>= 1 {
		last := len(s.roots) - 1
		leaf = hashChildren(&s.roots[last], &leaf)
		s.roots = s.roots[:last]
		if level++; level%ledger.NodeLevels == 0 {
			complete(level, s.size>>level, &leaf)
		}
	}
	s.roots = append(s.roots, leaf)
	s.size++
}

func (s *spine) root() hash {
	if len(s.roots) == 0 {
		return sha256.Sum256(nil)
	}
	root := s.roots[len(s.roots)-1]
	for i := len(s.roots) - 2; i >= 0; i-- {
		root = hashChildren(&s.roots[i], &root)
	}
	return root
}

// bytes are the roots joined, as the head has them.
func (s *spine) bytes() []byte {
	var joined []byte
	for i := range s.roots {
		joined = append(joined, s.roots[i][:]...)
	}
	return joined
}

// canopy is a Merkle tree of which every complete node is kept, so that leaves
// can change: 64 bytes for each leaf.
type canopy struct {
	levels  [][]hash
	changed []int // leaves
}

// set changes a leaf or adds the next one.
func (c *canopy) set(number int, leaf hash) {
	if len(c.levels) == 0 {
		c.levels = [][]hash{nil}
	}
	c.put(0, number, leaf)
	c.changed = append(c.changed, number)
}

func (c *canopy) put(level, number int, node hash) {
	if number == len(c.levels[level]) {
		c.levels[level] = append(c.levels[level], node)
		return
	}
	c.levels[level][number] = node
}

// settle computes what lies above the changed leaves.
func (c *canopy) settle() {
	slices.Sort(c.changed)
	for level := 0; level < len(c.levels) && len(c.levels[level]) > 1; level++ {
		if level+1 == len(c.levels) {
			c.levels = append(c.levels, nil)
		}
		below := c.levels[level]
		for i := range c.changed {
			c.changed[i] /= 2
		}
		c.changed = slices.Compact(c.changed)
		for _, number := range c.changed {
			if 2*number+1 < len(below) {
				c.put(level+1, number, hashChildren(&below[2*number], &below[2*number+1]))
			}
		}
	}
	c.changed = c.changed[:0]
}

// spine returns the roots of the complete subtrees of a settled tree.
func (c *canopy) spine() *spine {
	s := &spine{}
	if len(c.levels) == 0 {
		return s
	}
	s.size = int64(len(c.levels[0]))
	for level := len(c.levels) - 1; level >= 0; level-- {
		if n := s.size >> level; n&1 == 1 {
			s.roots = append(s.roots, c.levels[level][n-1])
		}
	}
	return s
}
