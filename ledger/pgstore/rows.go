package pgstore

import (
	"context"
	"iter"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
)

// Rows in any order are read as they lie.
const (
	nodesOfTree = `select n.tree, n.level, n.number, n.hash from node n
		where n.book_id = $1 and n.tree = $2 and n.level = $3 and n.number between $4 and $5 order by n.number`
	accountRows   = `select a.number from account a where a.book_id = $1`
	milestoneRows = `select m.account, m.seq from milestone m where m.book_id = $1`
	closingRows   = `select c.account, c.date, c.debits, c.credits from closing c where c.book_id = $1`
	recordIDs     = `select j.id from journal j where j.book_id = $1 order by j.id`
	nodeRows      = `select n.tree, n.level, n.number, n.hash from node n where n.book_id = $1`
	cursorRows    = `select c.consumer, c.seq from cursor c where c.book_id = $1`
)

var _ ledger.Rows = (*view)(nil)

// Nodes yields nodes of a Merkle tree in the order of their numbers.
func (r reader) Nodes(ctx context.Context, book ledger.BookID, q ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return read(ctx, r.source, scanNode, nodesOfTree, int64(book), q.Tree, int16(q.Level), q.First, q.Last)
}

// AccountRows yields the numbers of all accounts in any order.
func (r reader) AccountRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.AccountRow, error] {
	return read(ctx, r.source, scanAccountRow, accountRows, int64(book))
}

// MilestoneRows yields all milestones in any order.
func (r reader) MilestoneRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Milestone, error] {
	return read(ctx, r.source, scanMilestone, milestoneRows, int64(book))
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

func scanAccountRow(rows pgx.Rows) (ledger.AccountRow, error) {
	r := ledger.AccountRow{Table: "account"}
	err := rows.Scan(&r.Number)
	return r, err
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

func scanMilestone(rows pgx.Rows) (ledger.Milestone, error) {
	if m, ok := rawMilestone(rows); ok {
		return m, nil
	}
	return scanMilestoneSlowly(rows)
}

func scanMilestoneSlowly(rows pgx.Rows) (m ledger.Milestone, err error) {
	if err = rows.Scan(&m.Account, &m.Seq); err != nil {
		return m, corrupt("milestone of account", m.Account, err)
	}
	return m, nil
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
