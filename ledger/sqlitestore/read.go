package sqlitestore

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/campusledger/campusledger/ledger"
)

// source has the statements to read with: a pool those of many connections, a
// view and a transaction their own.
type source interface {
	// borrow obliges to give back.
	borrow(ctx context.Context) (*statements, error)
	giveBack(s *statements)
}

// reader reads what its source sees: the last commit, one moment of a view, or
// the state that a write transaction began with.
type reader struct{ from source }

const (
	selectHead = `select book_id, name, seq, accounts, open_date, closed_seq, reopen_seq, touched_seq, chart_seq, at, tree from book where book_id = ?`

	accountColumns = `a.number, a.path, a.control, a.currency, b.side, b.floor, b.ceiling, a.limits, a.meta, a.state,
b.debits, b.credits, b.held_debits, b.held_credits, b.used, a.changed_seq, b.last_seq, b.moved_seq, b.moves`
	// An account whose balance is gone is corrupt, not unknown.
	withBalance    = ` left join balance b on b.book_id = a.book_id and b.number = a.number`
	selectAccounts = `select ` + accountColumns + ` from account a` + withBalance + ` where a.book_id = ?1`
	accountsAll    = selectAccounts + ` order by a.number`
	// CROSS JOIN fixes the order of the loops: left to itself SQLite may walk
	// a whole book to save sorting the few rows asked for.
	accountsByPath = `select ` + accountColumns + `
from (select distinct value from json_each(?2)) cross join account a on a.path = value` + withBalance + `
where a.book_id = ?1 order by a.path`
	// Each path is asked for once, and nobody minds the order.
	accountsNeeded = `select ` + accountColumns + `
from (select value from json_each(?2)) cross join account a on a.path = value` + withBalance + ` where a.book_id = ?1`
	// No path begins with U+10FFFF, the last code point: a prefix with it is
	// after every path with the prefix.
	accountsByPrefix = selectAccounts + ` and a.path >= ?2 and a.path > ?3 and a.path < ?2 || char(1114111)
and (?4 = '' or a.control = ?4) and (?5 = '' or a.state = ?5)
and (?6 = '' or a.currency = ?6 and (b.number is null
	or (?7 is null or b.side * (b.debits - b.credits) >= ?7) and (?8 is null or b.side * (b.debits - b.credits) <= ?8)))
order by a.path limit ?9`

	recordColumns = `seq, id, mark, date, body`
	selectRecords = `select ` + recordColumns + ` from journal where book_id = ?`
	recordsByID   = `select ` + recordColumns + `
from (select distinct unhex(value) as wanted from json_each(?2)) cross join journal on id = wanted
where book_id = ?1 order by seq`
	recordsNeeded = `select ` + recordColumns + `
from (select unhex(value) as wanted from json_each(?2)) cross join journal on id = wanted where book_id = ?1`
	recordsAfter = selectRecords + ` and seq > ? order by seq limit ?`
	recordsAhead = selectRecords + ` and seq > ? and date > ? order by seq`
	recordAt     = selectRecords + ` and seq = ?`

	selectClosings = `select a.path, a.number, a.control, a.currency, c.date, c.debits, c.credits
from account a cross join closing c on c.book_id = a.book_id and c.account = a.number`
	latestClosing = ` and c.date = (select max(l.date) from closing l
where l.book_id = a.book_id and l.account = a.number and l.date <= ?2)`
	closingsAll = selectClosings + ` where a.book_id = ?1 order by a.path, c.date`
	closingsOn  = selectClosings + latestClosing + ` where a.book_id = ?1 order by a.path`
	// Those of some numbers are found by them and sorted; all would be much to
	// sort.
	ofNumbers          = ` and a.number between ?3 and ?4`
	closingsOfNumbers  = selectClosings + ` where a.book_id = ?1` + ofNumbers + ` order by a.path, c.date`
	closingsOfSomeOn   = selectClosings + latestClosing + ` where a.book_id = ?1` + ofNumbers + ` order by a.path`
	closingsOfAccount  = selectClosings + ` where a.book_id = ?1 and a.path = ?5` + ofNumbers + ` order by c.date`
	closingOfAccountOn = selectClosings + latestClosing + ` where a.book_id = ?1 and a.path = ?5` + ofNumbers

	holdColumns = `seq, id, state, expires, captured, last_seq`
	selectHolds = `select ` + holdColumns + ` from hold where book_id = ?`
	holdsByID   = `select ` + holdColumns + `
from (select distinct unhex(value) as wanted from json_each(?2)) cross join hold on id = wanted
where book_id = ?1 order by seq`
	holdsAfter   = selectHolds + ` and seq > ? order by seq limit ?`
	holdsExpired = `select ` + holdColumns + ` from hold indexed by hold_expiry_idx
where book_id = ? and seq > ? and state = 'held' and expires <= ? order by seq limit ?`

	refundsOfBook = `select seq, line, amount from refund where book_id = ? order by seq, line`
	refundsBySeq  = `select seq, line, amount
from (select distinct value from json_each(?2)) cross join refund on seq = value where book_id = ?1 order by seq, line`
)

// Head returns a book's head: see ledger.Reader.
func (r reader) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	for head, err := range stream(ctx, r.from, scanHead, selectHead, int64(book)) {
		return head, err
	}
	return ledger.Head{}, fmt.Errorf("book %d: %w", book, ledger.ErrBookUnknown)
}

// Accounts yields accounts: see ledger.Reader.
func (r reader) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	if len(query.Paths) > 0 {
		return stream(ctx, r.from, scanAccount, accountsByPath, int64(book), jsonList(query.Paths))
	}
	return stream(ctx, r.from, scanAccount, accountsByPrefix, int64(book), query.Prefix, query.After,
		query.Control, string(query.State), query.Currency.Code(), query.BalanceMin, query.BalanceMax, limit(query.Limit))
}

// Records yields records: see ledger.Reader.
func (r reader) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if len(query.IDs) > 0 {
		return stream(ctx, r.from, scanRecord, recordsByID, int64(book), jsonIDs(query.IDs))
	}
	return stream(ctx, r.from, scanRecord, recordsAfter, int64(book), query.After, limit(query.Limit))
}

// Closings yields closings: see ledger.Reader.
func (r reader) Closings(ctx context.Context, book ledger.BookID, query ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	on, every := !query.On.IsZero(), query.First == 0 && query.Last == 0
	text := closingsOfNumbers
	switch one := query.Account != ""; {
	case one && on:
		text = closingOfAccountOn
	case one:
		text = closingsOfAccount
	case on && every:
		text = closingsOn
	case every:
		text = closingsAll
	case on:
		text = closingsOfSomeOn
	}
	if query.Last == 0 {
		query.Last = math.MaxInt64
	}
	return stream(ctx, r.from, scanClosing, text, int64(book), query.On.String(), query.First, query.Last, query.Account)
}

// Holds yields holds: see ledger.Reader.
func (r reader) Holds(ctx context.Context, book ledger.BookID, query ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	switch {
	case len(query.IDs) > 0:
		return stream(ctx, r.from, scanHold, holdsByID, int64(book), jsonIDs(query.IDs))
	case query.ExpiredAt.IsZero():
		return stream(ctx, r.from, scanHold, holdsAfter, int64(book), query.After, limit(query.Limit))
	}
	return stream(ctx, r.from, scanHold, holdsExpired,
		int64(book), query.After, query.ExpiredAt.UTC().Format(atLayout), limit(query.Limit))
}

// Refunds yields what was refunded: see ledger.Reader.
func (r reader) Refunds(ctx context.Context, book ledger.BookID) iter.Seq2[ledger.Refunded, error] {
	return stream(ctx, r.from, scanRefunded, refundsOfBook, int64(book))
}
