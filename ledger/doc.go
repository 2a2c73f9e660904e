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
// README.md of this package lists every feature with the Example that shows it.
//
// # What holds
//
//  1. Every record sums to zero in each currency.
//  2. A balance is the sum of its account's entries, and each entry carries the
//     balance after it.
//  3. After each record no balance lies outside its account's bounds, and none
//     could get there by the capture of any holds, however many callers post at
//     once.
//  4. An id stands for one transaction for ever: the same content again answers
//     the first record, other content is refused.
//  5. The journal is gapless and append-only, its bytes are the leaves of an
//     RFC 6962 Merkle tree whose range is in the head.
//  6. An acknowledged record is durable.
//  7. A record's date is the date that was open; a closed date takes nothing
//     until it is reopened.
//  8. A record is reversed at most once, and of no line is more refunded than
//     was posted.
//  9. A hold ends once, and no more is captured of a line than was held.
//  10. What a limit counts within its window is never more than it allows.
//
// Package audit checks all of them from the journal alone.
//
// # Errors
//
// A condition a caller can branch on is a sentinel in errors.go, mostly wrapped
// in a typed error with the particulars; [Explain] tells them in the same words
// for all. The conditions are listed there in the order in which a request is
// checked. [CodeOf] gives each a stable code, [KindOf] a kind, [Conditions] all
// of them:
//
//	busy               unavailable  the queue is full, or the book is contended
//	invalid            invalid      the request is malformed
//	record_rejected    invalid      a record of an import does not follow
//	book_unknown       not_found
//	book_exists        conflict
//	id_reused          conflict     the id stands for other content
//	record_unknown     not_found
//	reversed           conflict
//	not_reversible     refused      it has no postings, or undoes another record
//	refunded           conflict     refund the rest instead
//	hold_unknown       not_found
//	hold_captured      conflict
//	hold_released      conflict
//	hold_expired       conflict     or it would from the start
//	hold_not_expired   refused
//	date_closed        refused
//	date_not_open      refused
//	close_not_latest   refused      only the latest close is reopened
//	family_unknown     refused      the chart has no place for the account
//	family_mismatch    refused      another side, currency or control than the family's
//	account_unknown    not_found
//	account_exists     conflict
//	currency_mismatch  invalid
//	account_closed     refused
//	account_frozen     refused
//	account_not_empty  refused      to be closed it must have no balance and no hold
//	hold_exceeded      refused      a capture above what is left
//	refund_exceeded    refused      a refund above what is left of a line
//	overflow           invalid
//	unbalanced         invalid
//	insufficient       refused      a balance would fall below its floor
//	above_ceiling      refused      a balance would rise above its ceiling
//	limit_exceeded     refused      more than a limit allows in its window
//	outcome_unknown    unknown      ask again with the same id
//	corrupt            internal     stored data contradicts itself
//	internal           internal     anything else, such as a lost database
//
// # Concurrency
//
// Any number of goroutines may use a Book. What waits is committed together: one
// lock and one sync for up to Options.BatchMax transactions, each with
// its own answer. Where a store takes a batch in parts, whoever comes while it is
// being written may join it. Several processes may share a book on PostgreSQL. A Book on a
// [CallerStore], within a transaction of the caller's, writes in the caller's
// goroutine and is used by one at a time, as the transaction is.
//
// # Limits
//
// 1,000 postings and 64 KiB of document a transaction; 1,000 accounts an
// opening, requests a linked post, families a chart; 16 limits and 4 KiB of
// metadata an account; paths of 128 bytes; totals, holds included, of
// 9,223,372,036,854,775,807 minor units a side of an account.
//
// FORMAT.md specifies the journal's bytes, DESIGN.md records decisions.
package ledger
