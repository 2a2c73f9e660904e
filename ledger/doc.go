// Package ledger keeps double-entry books: balanced, immutable, idempotent
// transactions on accounts with bounds, in a journal that can be proven.
//
// A [Book] is one complete set of accounts in a [Store] (packages sqlitestore
// and pgstore). All accounting rules are one pure state machine in this
// package; a store only locks, reads and writes.
//
//	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
//	receipt, err := book.Post(ctx, ledger.Transaction{
//		ID: ledger.NewID(), Kind: "sale",
//		Postings: []ledger.Posting{
//			ledger.Debit("wallet/h1", price),
//			ledger.Credit("merchant/canteen", price),
//		},
//	})
//
// # What holds
//
//  1. Every record sums to zero in each currency.
//  2. A balance is the sum of its account's entries, and each entry carries the
//     balance after it.
//  3. After each record no balance lies outside its account's bounds, however
//     many callers post at once.
//  4. An id stands for one transaction for ever: the same content again answers
//     the first record, other content is refused.
//  5. The journal is gapless and append-only, its bytes are the leaves of an
//     RFC 6962 Merkle tree whose range is in the head.
//  6. An acknowledged record is durable.
//  7. A record's date is the date that was open; a closed date takes nothing.
//  8. A record is reversed at most once.
//
// Package audit checks all of them from the journal alone.
//
// # Errors
//
// A condition a caller can branch on is a sentinel in errors.go, mostly wrapped
// in a typed error with the particulars. They are listed there in the order in
// which a post is checked. [CodeOf] gives each a stable code, [KindOf] a kind:
//
//	busy               unavailable   the queue is full, or the book is contended
//	invalid            invalid       the request is malformed
//	book_unknown       not_found
//	book_exists        conflict
//	id_reused          conflict      the id stands for other content
//	record_unknown     not_found
//	reversed           conflict
//	not_reversible     refused
//	date_closed        refused
//	date_not_open      refused
//	account_unknown    not_found
//	account_exists     conflict
//	currency_mismatch  invalid
//	account_closed     refused
//	account_frozen     refused
//	account_not_empty  refused
//	overflow           invalid
//	unbalanced         invalid
//	insufficient       refused       a balance would fall below its floor
//	above_ceiling      refused       a balance would rise above its ceiling
//	outcome_unknown    unknown       ask again with the same id
//	corrupt            internal      stored data contradicts itself
//	internal           internal      anything else, such as a lost database
//
// # Concurrency
//
// Any number of goroutines may use a Book. What waits is committed together: one
// lock, one write, one sync for up to Options.BatchMax transactions, each with
// its own answer. Several processes may share a book on PostgreSQL.
//
// # Limits
//
// 1,000 postings and 64 KiB of document a transaction; 1,000 accounts an
// opening; paths of 128 bytes; totals of 9,223,372,036,854,775,807 minor units
// a side of an account.
//
// FORMAT.md specifies the journal's bytes, DESIGN.md records decisions.
package ledger
