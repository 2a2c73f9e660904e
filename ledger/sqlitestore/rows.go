package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

const (
	nodesOfTree = `select tree, level, number, hash from node
where book_id = ? and tree = ? and level = ? and number between ? and ? order by number`

	accountRowsAll = `select 'account', number from account where book_id = ?1 union all select 'balance', number from balance where book_id = ?1`
	milestonesAll  = `select account, seq from milestone where book_id = ?`
	closingsRaw    = `select account, date, debits, credits from closing where book_id = ?`
	recordIDs      = `select id from journal where book_id = ? order by id`
	nodesAll       = `select tree, level, number, hash from node where book_id = ?`
	cursorsAll     = `select consumer, seq from cursor where book_id = ?`
)

var (
	_ ledger.Rows = (*view)(nil)
	_ ledger.Rows = txView{}
)

// Nodes yields nodes of a Merkle tree: see ledger.Reader.
func (r reader) Nodes(ctx context.Context, book ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return stream(ctx, r.from, scanNode, nodesOfTree, int64(book), query.Tree, query.Level, query.First, query.Last)
}

// AccountRows yields whose rows are: see ledger.Rows.
func (r reader) AccountRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.AccountRow, error] {
	return stream(ctx, r.from, scanAccountRow, accountRowsAll, int64(book))
}

// MilestoneRows yields milestones: see ledger.Rows.
func (r reader) MilestoneRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Milestone, error] {
	return stream(ctx, r.from, scanMilestone, milestonesAll, int64(book))
}

// ClosingRows yields closings: see ledger.Rows.
func (r reader) ClosingRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.ClosingRow, error] {
	return stream(ctx, r.from, scanClosingRow, closingsRaw, int64(book))
}

// RecordIDs yields ids: see ledger.Rows.
func (r reader) RecordIDs(ctx context.Context, book ledger.BookID) iter.Seq2[uuid.UUID, error] {
	return stream(ctx, r.from, scanID, recordIDs, int64(book))
}

// NodeRows yields nodes: see ledger.Rows.
func (r reader) NodeRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Node, error] {
	return stream(ctx, r.from, scanNode, nodesAll, int64(book))
}

// CursorRows yields where all consumers stand: see ledger.Rows.
func (r reader) CursorRows(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.CursorRow, error] {
	return stream(ctx, r.from, scanCursorRow, cursorsAll, int64(book))
}

func scanNode(rows *sql.Rows) (n ledger.Node, err error) {
	err = rows.Scan(&n.Tree, &n.Level, &n.Number, &n.Hash)
	return n, unreadable(rows, err)
}

func scanAccountRow(rows *sql.Rows) (r ledger.AccountRow, err error) {
	err = rows.Scan(&r.Table, &r.Number)
	return r, unreadable(rows, err)
}

func scanMilestone(rows *sql.Rows) (m ledger.Milestone, err error) {
	err = rows.Scan(&m.Account, &m.Seq)
	return m, unreadable(rows, err)
}

func scanClosingRow(rows *sql.Rows) (c ledger.ClosingRow, err error) {
	var date string
	if err := rows.Scan(&c.Account, &date, &c.Debits, &c.Credits); err != nil {
		return ledger.ClosingRow{}, unreadable(rows, err)
	}
	if c.Date, err = parseDate(date); err != nil {
		return ledger.ClosingRow{}, fmt.Errorf("closing of account %d: %w", c.Account, err)
	}
	return c, nil
}

func scanID(rows *sql.Rows) (uuid.UUID, error) {
	var stored []byte
	if err := rows.Scan(&stored); err != nil {
		return uuid.Nil, unreadable(rows, err)
	}
	id, err := parseID(stored)
	if err != nil {
		return uuid.Nil, fmt.Errorf("id of a record: %w", err)
	}
	return id, nil
}

func scanCursorRow(rows *sql.Rows) (c ledger.CursorRow, err error) {
	err = rows.Scan(&c.Consumer, &c.Seq)
	return c, unreadable(rows, err)
}
