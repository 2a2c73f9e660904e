package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

// querier is a pool or a connection.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// reader reads what its querier sees: the last commit, one moment of a view, or
// the state that a write transaction began with.
type reader struct{ db querier }

const (
	selectHead = `select book_id, name, seq, accounts, open_date, closed_seq, at, tree from book where book_id = ?`

	selectAccounts = `select path, control, currency, side, floor, ceiling, state, number, debits, credits, last_seq
from account where book_id = ?`
	// CROSS JOIN fixes the order of the loops: left to itself SQLite may walk
	// a whole book to save sorting the few rows asked for.
	accountsByPath = `select path, control, currency, side, floor, ceiling, state, number, debits, credits, last_seq
from (select distinct value from json_each(?2)) cross join account on path = value where book_id = ?1 order by path`
	// No path begins with U+10FFFF, the last code point: a prefix with it is
	// after every path with the prefix.
	accountsByPrefix = selectAccounts + ` and path >= ? and path > ? and path < ? || char(1114111) order by path limit ?`
	accountsTouched  = selectAccounts + ` and last_seq > ? order by path`

	selectRecords = `select seq, id, kind, date, at, body, leaf from journal where book_id = ?`
	recordsByID   = `select seq, id, kind, date, at, body, leaf
from (select distinct unhex(value) as wanted from json_each(?2)) cross join journal on id = wanted
where book_id = ?1 order by seq`
	recordsAfter = selectRecords + ` and seq > ? order by seq limit ?`

	entriesOfBook = `select a.path, a.currency, e.seq, e.line, e.amount, e.balance
from entry e join account a on a.book_id = e.book_id and a.number = e.account
where e.book_id = ? order by e.seq, e.line`
	selectEntries = `select a.path, a.currency, e.seq, e.line, e.amount, e.balance, j.id, j.kind, j.date, j.at
from account a
cross join entry e on e.book_id = a.book_id and e.account = a.number
cross join journal j on j.book_id = e.book_id and j.seq = e.seq
where a.book_id = ? and a.path = ?`
	entriesNewest = selectEntries + ` order by e.seq desc, e.line desc limit ?`
	entriesBefore = selectEntries + ` and (e.seq, e.line) < (?, ?) order by e.seq desc, e.line desc limit ?`

	selectClosings = `select a.path, c.date, c.debits, c.credits
from closing c join account a on a.book_id = c.book_id and a.number = c.account
where c.book_id = ? and (? = '' or a.path = ?)`
	closingsAll = selectClosings + ` order by a.path, c.date`
	closingsOn  = selectClosings + ` and c.date = (select max(l.date) from closing l
where l.book_id = c.book_id and l.account = c.account and l.date <= ?) order by a.path`
)

// Head returns a book's head: see ledger.Reader.
func (r reader) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	for head, err := range stream(ctx, r.db, scanHead, selectHead, int64(book)) {
		return head, err
	}
	return ledger.Head{}, fmt.Errorf("book %d: %w", book, ledger.ErrBookUnknown)
}

// Accounts yields accounts: see ledger.Reader.
func (r reader) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	if len(query.Paths) > 0 {
		return stream(ctx, r.db, scanAccount, accountsByPath, int64(book), jsonList(query.Paths))
	}
	return stream(ctx, r.db, scanAccount, accountsByPrefix,
		int64(book), query.Prefix, query.After, query.Prefix, limit(query.Limit))
}

// Records yields records: see ledger.Reader.
func (r reader) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if len(query.IDs) > 0 {
		return stream(ctx, r.db, scanRecord, recordsByID, int64(book), jsonIDs(query.IDs))
	}
	return stream(ctx, r.db, scanRecord, recordsAfter, int64(book), query.After, limit(query.Limit))
}

// Entries yields entries: see ledger.Reader.
func (r reader) Entries(ctx context.Context, book ledger.BookID, query ledger.EntryQuery) iter.Seq2[ledger.Entry, error] {
	switch {
	case query.Account == "":
		return stream(ctx, r.db, scanBareEntry, entriesOfBook, int64(book))
	case query.Before == 0:
		return stream(ctx, r.db, scanEntry, entriesNewest, int64(book), query.Account, limit(query.Limit))
	}
	return stream(ctx, r.db, scanEntry, entriesBefore,
		int64(book), query.Account, query.Before, query.BeforeLine, limit(query.Limit))
}

// Closings yields closings: see ledger.Reader.
func (r reader) Closings(ctx context.Context, book ledger.BookID, query ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	if query.On.IsZero() {
		return stream(ctx, r.db, scanClosing, closingsAll, int64(book), query.Account, query.Account)
	}
	return stream(ctx, r.db, scanClosing, closingsOn, int64(book), query.Account, query.Account, query.On.String())
}

// snapshot reads what a batch needs.
func (r reader) snapshot(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Snapshot, error) {
	var snapshot ledger.Snapshot
	var err error
	if snapshot.Head, err = r.Head(ctx, book); err != nil {
		return ledger.Snapshot{}, err
	}
	if len(need.Accounts) > 0 {
		if snapshot.Accounts, err = collect(r.Accounts(ctx, book, ledger.AccountQuery{Paths: need.Accounts})); err != nil {
			return ledger.Snapshot{}, err
		}
	}
	if len(need.IDs) > 0 {
		if snapshot.Records, err = collect(r.Records(ctx, book, ledger.RecordQuery{IDs: need.IDs})); err != nil {
			return ledger.Snapshot{}, err
		}
	}
	if need.Touched {
		touched := stream(ctx, r.db, scanAccount, accountsTouched, int64(book), snapshot.Head.ClosedSeq)
		if snapshot.Touched, err = collect(touched); err != nil {
			return ledger.Snapshot{}, err
		}
	}
	return snapshot, nil
}
