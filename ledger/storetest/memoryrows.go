package storetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// nodeKey is where a node is in the trees of a book.
type nodeKey struct {
	tree   int64
	level  int
	number int64
}

// Nodes yields nodes of a Merkle tree: see ledger.Reader.
func (m *Memory) Nodes(ctx context.Context, book ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return read(ctx, m, book, func(k *kept) []ledger.Node {
		nodes := slices.DeleteFunc(k.allNodes(), func(n ledger.Node) bool {
			return n.Tree != query.Tree || n.Level != query.Level || n.Number < query.First || n.Number > query.Last
		})
		slices.SortFunc(nodes, func(x, y ledger.Node) int { return cmp.Compare(x.Number, y.Number) })
		return nodes
	})
}

// allNodes returns the nodes kept, in any order.
func (k *kept) allNodes() []ledger.Node {
	var found []ledger.Node
	for key, hash := range k.nodes {
		found = append(found, ledger.Node{Tree: key.tree, Level: key.level, Number: key.number, Hash: bytes.Clone(hash)})
	}
	return found
}

// AccountRows yields whose rows are: see ledger.Rows.
func (m *Memory) AccountRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.AccountRow, error] {
	return read(ctx, m, book, func(k *kept) []ledger.AccountRow {
		var found []ledger.AccountRow
		for _, account := range k.accounts {
			found = append(found, ledger.AccountRow{Table: "account", Number: account.Number})
		}
		return found
	})
}

// MilestoneRows yields milestones: see ledger.Rows.
func (m *Memory) MilestoneRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Milestone, error] {
	return read(ctx, m, book, func(k *kept) []ledger.Milestone { return slices.Collect(maps.Keys(k.miles)) })
}

// ClosingRows yields closings: see ledger.Rows.
func (m *Memory) ClosingRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.ClosingRow, error] {
	return read(ctx, m, book, func(k *kept) []ledger.ClosingRow { return slices.Collect(maps.Values(k.closings)) })
}

// RecordIDs yields ids: see ledger.Rows.
func (m *Memory) RecordIDs(ctx context.Context, book ledger.BookID) iter.Seq2[uuid.UUID, error] {
	return read(ctx, m, book, func(k *kept) []uuid.UUID {
		return slices.SortedFunc(maps.Keys(k.seqs), func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
	})
}

// NodeRows yields nodes: see ledger.Rows.
func (m *Memory) NodeRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Node, error] {
	return read(ctx, m, book, (*kept).allNodes)
}

// CursorRows yields where all consumers stand: see ledger.Rows.
func (m *Memory) CursorRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.CursorRow, error] {
	return read(ctx, m, book, func(k *kept) []ledger.CursorRow {
		var found []ledger.CursorRow
		for consumer, seq := range k.cursors {
			found = append(found, ledger.CursorRow{Consumer: consumer, Seq: seq})
		}
		return found
	})
}

// Seals yields seals: see ledger.Seals.
func (m *Memory) Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return read(ctx, m, book, func(k *kept) []ledger.Seal {
		var found []ledger.Seal
		for seq, note := range k.seals {
			if seq > after {
				found = append(found, ledger.Seal{Seq: seq, Note: note})
			}
		}
		slices.SortFunc(found, func(x, y ledger.Seal) int { return cmp.Compare(x.Seq, y.Seq) })
		return found
	})
}

// PutSeal keeps a seal: see ledger.Seals.
func (m *Memory) PutSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal, replaced string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := m.book(book)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.kept.seals[seal.Seq] != replaced {
		return fmt.Errorf("seal of %d records: %w", seal.Seq, ledger.ErrConflict)
	}
	b.kept.seals[seal.Seq] = seal.Note
	return nil
}
