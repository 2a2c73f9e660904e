package audit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// fingerprint is the fingerprint of a multiset of rows: the sum modulo 2^128 of a
// pseudorandom function of each row, under a key that is new with each run and
// that nobody sees. Rows may come in any order, and are taken off as they were
// added.
//
// Two multisets that differ have different fingerprints but for a chance of
// 2^-88 at most: say a row occurs d times more in one, 0 < d < 2^40; then
// d times its value would have to be what the other rows leave, and a random
// value of 128 bits is with a chance of no more than d in 2^128. The function is
// AES-128 in CBC-MAC over the row's words with their number in front: that makes
// the inputs free of prefixes of each other, for which CBC-MAC is a
// pseudorandom function if AES is one (Bellare, Kilian, Rogaway; Petrank,
// Rackoff). The sum is the MSet-Add-Hash of Clarke and others (Asiacrypt 2003),
// whose adversary is stronger than ours: who changes a database does so before
// the key is drawn.
type fingerprint struct{ high, low uint64 }

func (p *fingerprint) add(other fingerprint) {
	var carry uint64
	p.low, carry = bits.Add64(p.low, other.low, 0)
	p.high, _ = bits.Add64(p.high, other.high, carry)
}

func (p *fingerprint) subtract(other fingerprint) {
	var borrow uint64
	p.low, borrow = bits.Sub64(p.low, other.low, 0)
	p.high, _ = bits.Sub64(p.high, other.high, borrow)
}

const printKeyBytes = 16

// printer makes fingerprints under one key.
type printer struct {
	key   [printKeyBytes]byte
	block cipher.Block
	state [aes.BlockSize]byte
}

// newPrinter draws a key, unless one is given.
func newPrinter(key []byte) (*printer, error) {
	p := &printer{}
	if len(key) == 0 {
		_, _ = rand.Read(p.key[:]) // it never fails
	} else if copy(p.key[:], key) != printKeyBytes || len(key) != printKeyBytes {
		return nil, fmt.Errorf("a key of %d bytes", len(key))
	}
	var err error
	p.block, err = aes.NewCipher(p.key[:])
	return p, err
}

// of returns the fingerprint of one row of a table.
func (p *printer) of(table int, words []int64) fingerprint {
	high, low := uint64(table)<<32|uint64(len(words)), uint64(0)
	for i := -1; i < len(words); i += 2 {
		if i >= 0 {
			high = uint64(words[i])
		}
		if low = 0; i+1 < len(words) {
			low = uint64(words[i+1])
		}
		p.mix(high, low)
	}
	last := fingerprint{binary.BigEndian.Uint64(p.state[:]), binary.BigEndian.Uint64(p.state[8:])}
	p.state = [aes.BlockSize]byte{}
	return last
}

func (p *printer) mix(high, low uint64) {
	binary.BigEndian.PutUint64(p.state[:], binary.BigEndian.Uint64(p.state[:])^high)
	binary.BigEndian.PutUint64(p.state[8:], binary.BigEndian.Uint64(p.state[8:])^low)
	p.block.Encrypt(p.state[:], p.state[:])
}
