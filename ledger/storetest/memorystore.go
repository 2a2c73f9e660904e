package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// Memory is a ledger.Store, with ledger.Cursors, ledger.Seals and ledger.Rows,
// that keeps its books in maps and slices. It is not durable: its books end with the process.
//
// It is the yardstick for other stores, written to be obviously right rather
// than fast, and the store for the tests of programs that import the ledger. It
// copies whatever goes in or comes out.
type Memory struct {
	// Parts makes the store take batches in parts: see [ledger.Locked]. It is set
	// before the store is used. Default: false.
	Parts bool

	mu    sync.Mutex // guards all below
	books map[ledger.BookID]*memoryBook
}

var (
	_ ledger.Store   = (*Memory)(nil)
	_ ledger.Cursors = (*Memory)(nil)
	_ ledger.Seals   = (*Memory)(nil)
	_ ledger.Rows    = (*Memory)(nil)
)

// memoryBook is a book and the right to write to it.
type memoryBook struct {
	turn chan struct{} // holds one token: whoever has it may write
	kept *kept
}

// kept is what is known of a book at one moment.
type kept struct {
	head     ledger.Head
	accounts []ledger.Account // by number, from 1
	numbers  map[string]int64 // by path
	records  []ledger.StoredRecord
	seqs     map[uuid.UUID]int64 // of records, by id
	moves    map[string][]int64  // positions of the records that moved an account, by path
	miles    map[ledger.Milestone]bool
	closings map[closingKey]ledger.ClosingRow
	holds    map[int64]ledger.StoredHold // by seq
	refunds  map[int64]map[int]int64     // by seq and line
	nodes    map[nodeKey][]byte          // hashes
	seals    map[int64]string            // notes by seq
	cursors  map[string]int64
}

type closingKey struct {
	account int64
	date    ledger.Date
}

// NewMemory returns a store without books.
func NewMemory() *Memory { return &Memory{books: make(map[ledger.BookID]*memoryBook)} }

// Create makes sure that the book has a head: see ledger.Store.
func (m *Memory) Create(ctx context.Context, book ledger.BookID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.books[book]; ok {
		return nil
	}
	created := &memoryBook{turn: make(chan struct{}, 1), kept: &kept{
		head:    ledger.Head{Book: book},
		numbers: make(map[string]int64), seqs: make(map[uuid.UUID]int64),
		moves: make(map[string][]int64), miles: make(map[ledger.Milestone]bool), closings: make(map[closingKey]ledger.ClosingRow),
		holds: make(map[int64]ledger.StoredHold), refunds: make(map[int64]map[int]int64),
		nodes: make(map[nodeKey][]byte), seals: make(map[int64]string), cursors: make(map[string]int64),
	}}
	created.turn <- struct{}{}
	m.books[book] = created
	return nil
}

func (m *Memory) book(book ledger.BookID) (*memoryBook, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b, ok := m.books[book]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("book %d: %w", book, ledger.ErrBookUnknown)
}

// Lock waits for its turn and begins the write transaction of a book: see
// ledger.Store.
func (m *Memory) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := m.book(book)
	if err != nil {
		return nil, err
	}
	select {
	case <-b.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memoryLocked{store: m, book: b, read: b.kept.snapshot(&need)}, nil
}

// snapshot answers a need.
func (k *kept) snapshot(need *ledger.Need) ledger.Snapshot {
	s := ledger.Snapshot{Head: copyHead(k.head)}
	for _, path := range need.Accounts {
		if number, ok := k.numbers[path]; ok {
			s.Accounts = append(s.Accounts, copyAccount(k.accounts[number-1]))
		}
	}
	for _, id := range need.IDs {
		if seq, ok := k.seqs[id]; ok && !need.NewIDs {
			s.Records = append(s.Records, copyRecord(k.records[seq-1]))
		}
	}
	for _, id := range need.Holds {
		if hold, ok := k.holds[k.seqs[id]]; ok {
			s.Holds = append(s.Holds, copyHold(hold))
		}
	}
	for _, seq := range need.Refunds {
		for line, minor := range k.refunds[seq] {
			s.Refunds = append(s.Refunds, ledger.Refunded{Seq: seq, Line: line, Minor: minor})
		}
	}
	if need.Chart && k.head.ChartSeq > 0 {
		s.Chart = append(s.Chart, copyRecord(k.records[k.head.ChartSeq-1]))
	}
	if need.Closing {
		k.closing(&s)
	}
	return s
}

// closing adds what a day close needs.
func (k *kept) closing(s *ledger.Snapshot) {
	for _, account := range k.accounts {
		s.All = append(s.All, copyAccount(account))
	}
	for _, record := range k.records {
		if record.Seq > k.head.TouchedSeq && k.head.OpenDate.Before(record.Date) {
			s.Ahead = append(s.Ahead, copyRecord(record))
		}
	}
}

// View returns a copy of all books: see ledger.Store.
func (m *Memory) View(ctx context.Context) (ledger.View, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	view := NewMemory()
	for id, b := range m.books {
		view.books[id] = &memoryBook{kept: b.kept.clone()}
	}
	return memoryView{view}, nil
}

// memoryView is a store of which only the reading is shown.
type memoryView struct{ ledger.Rows }

// Close does nothing: a copy holds nobody up.
func (memoryView) Close() error { return nil }

// clone returns a book to which what happens to this one does not happen. Rows
// are replaced and never changed, so that both may have the same.
func (k *kept) clone() *kept {
	c := *k
	c.accounts = slices.Clone(k.accounts)
	c.records = slices.Clone(k.records)
	c.numbers, c.seqs = maps.Clone(k.numbers), maps.Clone(k.seqs)
	c.nodes, c.seals = maps.Clone(k.nodes), maps.Clone(k.seals)
	c.closings, c.holds, c.cursors = maps.Clone(k.closings), maps.Clone(k.holds), maps.Clone(k.cursors)
	c.miles = maps.Clone(k.miles)
	c.moves = make(map[string][]int64, len(k.moves))
	for path, seqs := range k.moves {
		c.moves[path] = slices.Clone(seqs)
	}
	c.refunds = make(map[int64]map[int]int64, len(k.refunds))
	for seq, lines := range k.refunds {
		c.refunds[seq] = maps.Clone(lines)
	}
	return &c
}

// Cursor returns how far a consumer is: see ledger.Cursors.
func (m *Memory) Cursor(ctx context.Context, book ledger.BookID, consumer string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	b, err := m.book(book)
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return b.kept.cursors[consumer], nil
}

// MoveCursor moves a consumer on: see ledger.Cursors.
func (m *Memory) MoveCursor(ctx context.Context, book ledger.BookID, consumer string, from, to int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := m.book(book)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if at := b.kept.cursors[consumer]; at != from {
		return fmt.Errorf("cursor %s: is at %d, not at %d: %w", consumer, at, from, ledger.ErrConflict)
	}
	b.kept.cursors[consumer] = to
	return nil
}
