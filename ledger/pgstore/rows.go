package pgstore

import (
	"context"
	"iter"
	"math"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
)

// Rows in any order are read as they lie.
const (
	nodesOfTree = `select n.tree, n.level, n.number, n.hash from node n
		where n.book_id = $1 and n.tree = $2 and n.level = $3 and n.number between $4 and $5 order by n.number`
	leavesOfJournal = `select 0::bigint, 0::smallint, j.seq - 1, j.leaf from journal j
		where j.book_id = $1 and j.seq > $2 and j.seq <= $3 order by j.seq`

	entryRows   = `select e.account, e.seq, e.line, e.amount, e.balance from entry e where e.book_id = $1 and e.seq > $2`
	closingRows = `select c.account, c.date, c.debits, c.credits from closing c where c.book_id = $1`
	recordIDs   = `select j.id from journal j where j.book_id = $1 order by j.id`
	nodeRows    = `select n.tree, n.level, n.number, n.hash from node n where n.book_id = $1`
	cursorRows  = `select c.consumer, c.seq from cursor c where c.book_id = $1`
)

var _ ledger.Rows = (*view)(nil)

// Nodes yields nodes of a Merkle tree in the order of their numbers.
func (r reader) Nodes(ctx context.Context, book ledger.BookID, q ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	if q.Level == 0 && q.Tree == 0 {
		return read(ctx, r.source, scanNode, leavesOfJournal, int64(book), q.First, min(q.Last, math.MaxInt64-1)+1)
	}
	return read(ctx, r.source, scanNode, nodesOfTree, int64(book), q.Tree, int16(q.Level), q.First, q.Last)
}

// EntryRows yields the entries after a position in any order.
func (r reader) EntryRows(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.EntryRow, error] {
	return read(ctx, r.source, scanEntryRow, entryRows, int64(book), after)
}

// ClosingRows yields all closings in any order.
func (r reader) ClosingRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.ClosingRow, error] {
	return read(ctx, r.source, scanClosingRow, closingRows, int64(book))
}

// RecordIDs yields the ids of all records in the order of their bytes.
func (r reader) RecordIDs(ctx context.Context, book ledger.BookID) iter.Seq2[uuid.UUID, error] {
	return read(ctx, r.source, scanID, recordIDs, int64(book))
}

// NodeRows yields all nodes in any order.
func (r reader) NodeRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Node, error] {
	return read(ctx, r.source, scanNode, nodeRows, int64(book))
}

// CursorRows yields where all consumers stand, in any order.
func (r reader) CursorRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.CursorRow, error] {
	return read(ctx, r.source, scanCursorRow, cursorRows, int64(book))
}

func scanNode(rows pgx.Rows) (ledger.Node, error) {
	if n, ok := rawNode(rows); ok {
		return n, nil
	}
	return scanNodeSlowly(rows)
}

func scanNodeSlowly(rows pgx.Rows) (n ledger.Node, err error) {
	if err = rows.Scan(&n.Tree, &n.Level, &n.Number, &n.Hash); err != nil {
		return n, corrupt("node of tree", n.Tree, err)
	}
	return n, nil
}

func scanEntryRow(rows pgx.Rows) (ledger.EntryRow, error) {
	if e, ok := rawEntry(rows); ok {
		return e, nil
	}
	return scanEntryRowSlowly(rows)
}

func scanEntryRowSlowly(rows pgx.Rows) (e ledger.EntryRow, err error) {
	if err = rows.Scan(&e.Account, &e.Seq, &e.Line, &e.Amount, &e.Balance); err != nil {
		return e, corrupt("entry of record", e.Seq, err)
	}
	return e, nil
}

func scanClosingRow(rows pgx.Rows) (ledger.ClosingRow, error) {
	if c, ok := rawClosing(rows); ok {
		return c, nil
	}
	return scanClosingRowSlowly(rows)
}

func scanClosingRowSlowly(rows pgx.Rows) (c ledger.ClosingRow, err error) {
	var date pgtype.Date
	if err := rows.Scan(&c.Account, &date, &c.Debits, &c.Credits); err != nil {
		return c, corrupt("closing of account", c.Account, err)
	}
	c.Date = fromDate(date)
	return c, nil
}

func scanID(rows pgx.Rows) (uuid.UUID, error) {
	if id, ok := rawID(rows); ok {
		return id, nil
	}
	return scanIDSlowly(rows)
}

func scanIDSlowly(rows pgx.Rows) (id uuid.UUID, err error) {
	if err = rows.Scan(&id); err != nil {
		return id, corrupt("id of record", id, err)
	}
	return id, nil
}

func scanCursorRow(rows pgx.Rows) (c ledger.CursorRow, err error) {
	if err = rows.Scan(&c.Consumer, &c.Seq); err != nil {
		return c, corrupt("cursor of", c.Consumer, err)
	}
	return c, nil
}
