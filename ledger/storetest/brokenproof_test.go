package storetest_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// Stores that spoil what proofs and audits are made from.

// everything is all that a store can be asked for.
type everything interface {
	ledger.Store
	ledger.Rows
	ledger.Seals
	ledger.Cursors
}

func nodeless(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) { c.Nodes = nil })
}

func misheard(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		for i := range c.Nodes {
			c.Nodes[i].Hash = bytes.Clone(c.Nodes[i].Hash)
			c.Nodes[i].Hash[31] ^= 1
		}
	})
}

// tolerant leaves out the nodes that are there already, as "on conflict do
// nothing" does.
func tolerant(store ledger.Store) ledger.Store {
	seen := make(map[string]bool)
	return writing(store, func(c *ledger.Changes) {
		c.Nodes = slices.DeleteFunc(slices.Clone(c.Nodes), func(n ledger.Node) bool {
			key := string(rune(c.Head.Book)) + string(rune(n.Tree)) + string(rune(n.Level)) + string(rune(n.Number))
			defer func() { seen[key] = true }()
			return seen[key]
		})
	})
}

// premature writes the nodes before the rest.
func premature(store ledger.Store) ledger.Store {
	return &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		if len(c.Nodes) == 0 || len(c.Closings) == 0 || c.Closings[0].Account != 77 {
			return locked.Commit(ctx, c)
		}
		early := ledger.Changes{Head: locked.Snapshot().Head, Nodes: c.Nodes}
		return errors.Join(locked.Commit(ctx, early), ledger.ErrConflict)
	}}
}

func shiftingRows(store ledger.Store) ledger.Store {
	return &shiftingRowsStore{store.(everything)}
}

type shiftingRowsStore struct{ everything }

func (s *shiftingRowsStore) View(context.Context) (ledger.View, error) {
	return shiftingRowsView{s.everything}, nil
}

type shiftingRowsView struct{ ledger.Rows }

func (shiftingRowsView) Close() error { return nil }

// cleaning shows no nodes of a close that was reopened.
func cleaning(store ledger.Store) ledger.Store {
	s := &cleaningStore{everything: store.(everything), gone: make(map[int64]bool)}
	s.locks = &altered{Store: store, commit: func(ctx context.Context, locked ledger.Locked, c ledger.Changes) error {
		if !c.Reopened.IsZero() {
			s.mu.Lock()
			s.gone[locked.Snapshot().Head.ClosedSeq] = true
			s.mu.Unlock()
		}
		return locked.Commit(ctx, c)
	}}
	return s
}

type cleaningStore struct {
	everything
	locks *altered
	mu    sync.Mutex
	gone  map[int64]bool // trees
}

func (s *cleaningStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	return s.locks.Lock(ctx, book, need)
}

func (s *cleaningStore) Nodes(ctx context.Context, book ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone[query.Tree] {
		return none[ledger.Node]
	}
	return s.everything.Nodes(ctx, book, query)
}

func none[T any](func(T, error) bool) {}

// nodeReader is a store with another way to read nodes.
type nodeReader struct {
	everything
	ask  func(*ledger.BookID, *ledger.NodeQuery)
	read func([]ledger.Node) []ledger.Node
}

func (s *nodeReader) Nodes(ctx context.Context, book ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	if s.ask != nil {
		s.ask(&book, &query)
	}
	return changed(s.everything.Nodes(ctx, book, query), s.read)
}

// changed yields what a change makes of all rows; nil for nothing.
func changed[T any](rows iter.Seq2[T, error], change func([]T) []T) iter.Seq2[T, error] {
	if change == nil {
		return rows
	}
	return func(yield func(T, error) bool) {
		var list []T
		for row, err := range rows {
			if err != nil {
				yield(row, err)
				return
			}
			list = append(list, row)
		}
		for _, row := range change(list) {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func asking(store ledger.Store, ask func(*ledger.BookID, *ledger.NodeQuery)) ledger.Store {
	return &nodeReader{everything: store.(everything), ask: ask}
}

func oneTree(store ledger.Store) ledger.Store {
	return asking(store, func(_ *ledger.BookID, q *ledger.NodeQuery) { q.Tree = 0 })
}

func oneLevel(store ledger.Store) ledger.Store {
	return asking(store, func(_ *ledger.BookID, q *ledger.NodeQuery) { q.Level = min(q.Level, 8) })
}

func halfOpen(store ledger.Store) ledger.Store {
	return asking(store, func(_ *ledger.BookID, q *ledger.NodeQuery) { q.Last-- })
}

func sharedNodes(store ledger.Store) ledger.Store {
	return asking(store, func(book *ledger.BookID, _ *ledger.NodeQuery) { *book &^= 1 })
}

func shuffled(store ledger.Store) ledger.Store {
	return &nodeReader{everything: store.(everything), read: func(nodes []ledger.Node) []ledger.Node {
		slices.Reverse(nodes)
		return nodes
	}}
}

// leafy yields the leaves of the journal's tree as if it kept them.
func leafy(store ledger.Store) ledger.Store { return &leafyStore{store.(everything)} }

type leafyStore struct{ everything }

func (s *leafyStore) Nodes(ctx context.Context, book ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	if query.Tree != 0 || query.Level != 0 {
		return s.everything.Nodes(ctx, book, query)
	}
	return func(yield func(ledger.Node, error) bool) {
		for record, err := range s.Records(ctx, book, ledger.RecordQuery{}) {
			if !yield(ledger.Node{Number: record.Seq - 1, Hash: ledger.LeafHash(record.Body)}, err) {
				return
			}
		}
	}
}

func shifted(store ledger.Store) ledger.Store {
	return &nodeReader{everything: store.(everything), read: func(nodes []ledger.Node) []ledger.Node {
		for i := range nodes {
			nodes[i].Number++
		}
		return nodes
	}}
}

// restless gives a close the accounts that moved, as once was enough.
func restless(store ledger.Store) ledger.Store {
	return reading(store, func(s *ledger.Snapshot) {
		s.All = slices.DeleteFunc(s.All, func(a ledger.Account) bool { return a.LastSeq <= s.Head.TouchedSeq })
	})
}

// closingReader is a store with another way to read closings.
type closingReader struct {
	ledger.Store
	ask  func(*ledger.ClosingQuery)
	read func([]ledger.Closing) []ledger.Closing
}

func (s *closingReader) Closings(ctx context.Context, book ledger.BookID, query ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	if s.ask != nil {
		s.ask(&query)
	}
	return changed(s.Store.Closings(ctx, book, query), s.read)
}

func unnumbered(store ledger.Store) ledger.Store {
	return &closingReader{Store: store, ask: func(q *ledger.ClosingQuery) {
		if q.Account != "" {
			q.First, q.Last = 0, 0
		}
	}}
}

func numberless(store ledger.Store) ledger.Store {
	return &closingReader{Store: store, read: func(closings []ledger.Closing) []ledger.Closing {
		slices.SortStableFunc(closings, func(x, y ledger.Closing) int { return cmp.Compare(x.Account, y.Account) })
		for i := range closings {
			closings[i].Number = int64(i + 1)
		}
		return closings
	}}
}

// sealReader is a store with other seals.
type sealReader struct {
	everything
	put  func(book *ledger.BookID, seal *ledger.Seal) bool // nil: as given; false: do nothing
	from func(book *ledger.BookID, after *int64)           // nil: as asked
}

func (s *sealReader) PutSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal, replaced string) error {
	if s.put != nil && !s.put(&book, &seal) {
		return nil
	}
	return s.everything.PutSeal(ctx, book, seal, replaced)
}

func (s *sealReader) Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	if s.from != nil {
		s.from(&book, &after)
	}
	return s.everything.Seals(ctx, book, after)
}

func unsealed(store ledger.Store) ledger.Store {
	return &sealReader{everything: store.(everything), put: func(*ledger.BookID, *ledger.Seal) bool { return false }}
}

func trimming(store ledger.Store) ledger.Store {
	return &sealReader{everything: store.(everything), put: func(_ *ledger.BookID, seal *ledger.Seal) bool {
		seal.Note = strings.TrimSpace(seal.Note)
		return true
	}}
}

func firstSeal(store ledger.Store) ledger.Store {
	seen := make(map[ledger.Seal]bool)
	return &sealReader{everything: store.(everything), put: func(book *ledger.BookID, seal *ledger.Seal) bool {
		key := ledger.Seal{Seq: seal.Seq, Note: string(rune(*book))}
		defer func() { seen[key] = true }()
		return !seen[key]
	}}
}

func hospitable(store ledger.Store) ledger.Store {
	all := store.(everything)
	return &sealReader{everything: all, put: func(book *ledger.BookID, _ *ledger.Seal) bool {
		_ = all.Create(context.Background(), *book)
		return true
	}}
}

func sharedSeals(store ledger.Store) ledger.Store {
	return &sealReader{
		everything: store.(everything),
		put:        func(book *ledger.BookID, _ *ledger.Seal) bool { *book &^= 1; return true },
		from:       func(book *ledger.BookID, _ *int64) { *book &^= 1 },
	}
}

func allSeals(store ledger.Store) ledger.Store {
	return &sealReader{everything: store.(everything), from: func(_ *ledger.BookID, after *int64) { *after = 0 }}
}

// rowReader is a store with other rows.
type rowReader struct {
	everything
	accounts   func([]ledger.AccountRow) []ledger.AccountRow
	milestones func([]ledger.Milestone) []ledger.Milestone
	closings   func([]ledger.ClosingRow) []ledger.ClosingRow
	cursors    func([]ledger.CursorRow) []ledger.CursorRow
	unsorted   bool
	tireless   bool
}

func (s *rowReader) AccountRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.AccountRow, error] {
	return changed(s.everything.AccountRows(ctx, book), s.accounts)
}

func (s *rowReader) MilestoneRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Milestone, error] {
	return changed(s.everything.MilestoneRows(ctx, book), s.milestones)
}

func (s *rowReader) ClosingRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.ClosingRow, error] {
	return changed(s.everything.ClosingRows(ctx, book), s.closings)
}

func (s *rowReader) CursorRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.CursorRow, error] {
	return changed(s.everything.CursorRows(ctx, book), s.cursors)
}

func (s *rowReader) NodeRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Node, error] {
	if s.tireless {
		ctx = context.WithoutCancel(ctx)
	}
	return s.everything.NodeRows(ctx, book)
}

func (s *rowReader) RecordIDs(ctx context.Context, book ledger.BookID) iter.Seq2[uuid.UUID, error] {
	if !s.unsorted {
		return s.everything.RecordIDs(ctx, book)
	}
	return func(yield func(uuid.UUID, error) bool) {
		for record, err := range s.Records(ctx, book, ledger.RecordQuery{}) {
			if !yield(record.ID, err) {
				return
			}
		}
	}
}

func but[T any](rows []T) []T { return rows[:max(0, len(rows)-1)] }

func fewAccounts(store ledger.Store) ledger.Store {
	return &rowReader{everything: store.(everything), accounts: but[ledger.AccountRow]}
}

func fewMilestones(store ledger.Store) ledger.Store {
	return &rowReader{everything: store.(everything), milestones: but[ledger.Milestone]}
}

func fewClosings(store ledger.Store) ledger.Store {
	return &rowReader{everything: store.(everything), closings: but[ledger.ClosingRow]}
}

func consumerless(store ledger.Store) ledger.Store {
	return &rowReader{everything: store.(everything), cursors: but[ledger.CursorRow]}
}

func unsortedIDs(store ledger.Store) ledger.Store {
	return &rowReader{everything: store.(everything), unsorted: true}
}

func tireless(store ledger.Store) ledger.Store {
	return &rowReader{everything: store.(everything), tireless: true}
}
