package school

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// foundRecord is a record that was looked up. One that cannot be read is nil.
type foundRecord struct{ record *ledger.Record }

// look looks records up by their ids. What is not in the journal is absent.
func (a *auditing) look(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]foundRecord, error) {
	found := make(map[uuid.UUID]foundRecord, len(ids))
	err := a.lookInto(ctx, found, ids)
	if errors.Is(err, ledger.ErrCorrupt) {
		for i := range ids { // one of them: the others are wanted
			err = a.lookInto(ctx, found, ids[i:i+1])
			if errors.Is(err, ledger.ErrCorrupt) {
				found[ids[i]], err = foundRecord{}, nil
			}
			if err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("audit book %d: look records up: %w", a.book, err)
	}
	return found, nil
}

func (a *auditing) lookInto(ctx context.Context, found map[uuid.UUID]foundRecord, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	for stored, err := range a.journal.Records(ctx, a.book, ledger.RecordQuery{IDs: ids}) {
		if err != nil {
			return err
		}
		found[stored.ID] = foundRecord{}
		if record, err := ledger.ParseRecord(stored.Body); err == nil {
			found[stored.ID] = foundRecord{&record}
		}
	}
	return nil
}

// pairing tells whether each of some records of the journal has the row that
// repeats it, without holding either: from the records read in an audit and from
// those found for the rows it makes the sum, modulo 2^128, of a pseudorandom
// permutation of their ids under a key that nobody knows. Sets that differ have
// different sums but for a chance of about 2^-128; see fingerprint.go of package audit.
type pairing struct {
	of          func(*ledger.Record) bool // those that a row repeats
	block       cipher.Block
	first, last int64 // positions read
	high, low   uint64
}

func newPairing(of func(*ledger.Record) bool) pairing {
	var key [16]byte
	_, _ = rand.Read(key[:]) // it never fails
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // 16 bytes are a key
	}
	return pairing{of: of, block: block}
}

// Record is called with each record of the journal.
func (p *pairing) Record(r *ledger.Record) error {
	if p.first == 0 {
		p.first = r.Seq
	}
	p.last = r.Seq
	if p.of(r) {
		high, low := p.sum(r.ID)
		var carry uint64
		p.low, carry = bits.Add64(p.low, low, 0)
		p.high, _ = bits.Add64(p.high, high, carry)
	}
	return nil
}

// row takes off the record of a row. One beyond what was read was written since.
func (p *pairing) row(r *ledger.Record) {
	if r.Seq >= p.first && r.Seq <= p.last && p.of(r) {
		high, low := p.sum(r.ID)
		var borrow uint64
		p.low, borrow = bits.Sub64(p.low, low, 0)
		p.high, _ = bits.Sub64(p.high, high, borrow)
	}
}

func (p *pairing) even() bool { return p.high|p.low == 0 }

func (p *pairing) sum(id uuid.UUID) (high, low uint64) {
	p.block.Encrypt(id[:], id[:])
	return binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint64(id[8:])
}

// again gives each the records read that a row should repeat, some at a time; no
// connection is held meanwhile. A journal that cannot be read to the end is for
// the ledger's own audit to tell.
func (p *pairing) again(ctx context.Context, a *auditing, each func(page []*ledger.Record) error) error {
	for after := p.first - 1; after < p.last; {
		page, last, err := p.pageAfter(ctx, a, after)
		if err == nil && len(page) > 0 {
			err = each(page)
		}
		if err != nil || last == after {
			return err
		}
		after = last
	}
	return nil
}

// pageAfter returns some of the records after a position, and the last position
// looked at.
func (p *pairing) pageAfter(ctx context.Context, a *auditing, after int64) (page []*ledger.Record, last int64, err error) {
	last = after
	for stored, err := range a.journal.Records(ctx, a.book, ledger.RecordQuery{After: after, Limit: auditPage}) {
		if errors.Is(err, ledger.ErrCorrupt) || err == nil && stored.Seq > p.last {
			break
		}
		if err != nil {
			return nil, last, fmt.Errorf("audit book %d: %w", a.book, err)
		}
		last = stored.Seq
		if record, err := ledger.ParseRecord(stored.Body); err == nil && p.of(&record) {
			page = append(page, &record)
		}
	}
	return page, last, nil
}
