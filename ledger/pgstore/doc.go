// Package pgstore keeps the books of package ledger in PostgreSQL 15 or newer.
//
//	store, err := pgstore.Open(ctx, "postgres://ledger@db.example.org/school", nil)
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	book, err := ledger.Open(ctx, store, 1, nil)
//
// A program that has a pool already calls [Migrate] and [New]. One that wants a
// post to stand or fall with its own writes opens the book in its transaction,
// with [In].
//
// A batch costs two round trips, one for Lock and one for Commit, and one
// flush of the write-ahead log; in a caller's transaction there is one more, for
// the savepoint. The row of the book is its only lock, so that any number of
// servers may post to the same book. The store keeps nothing between two batches;
// what a Book remembers it checks against the head.
//
// Every statement names one book and touches only that book's rows, in a form
// that a database distributed by book_id answers from one shard.
//
// # Errors
//
// The stores return the errors that [ledger.Store] promises. Failures are told
// apart by SQLSTATE only: serialization failures, deadlocks, lock timeouts and
// duplicate keys are [ledger.ErrConflict]. A Commit whose connection ended
// before its answer is [ledger.ErrOutcomeUnknown], never so in a caller's
// transaction. A row that cannot be read is [ledger.ErrCorrupt]. All other
// errors mean that nothing was written; they wrap pgx's errors.
//
// # Concurrency
//
// A [Store] may be used by any number of goroutines. A locked book, a view and
// an unfinished sequence each hold one connection of the pool: a loop over a
// sequence that itself reads from the store needs a second one. All calls of
// Wait together hold one, and none without Options.Notify. A connection never
// goes back to the pool with a transaction open or listening.
//
// A [TxStore] is, like the transaction it is in, for one goroutine.
//
// # Limits
//
// A day close reads every account of the book while it holds the lock: about half
// a second for 100,000. A [TxStore] reads seals and puts none.
//
// Bodies are kept as text: a database in another encoding than UTF8 does not
// serve.
//
// Behind pgbouncer in transaction mode put default_query_exec_mode=cache_describe
// into the address, leave Options.Notify off, and make the tables past it: [Open]
// and [Migrate] lock for a session. Each statement is then planned each time. Other
// modes of [pgx.QueryExecMode] do not serve there; the default one does from
// pgbouncer 1.21 on, if max_prepared_statements is set.
//
// A hot standby serves all reads and refuses to be posted to. It may break off a
// reading of more than max_standby_streaming_delay.
//
// sql/SCALE.md has the settings for both, and what to do for databases that are
// distributed by book.
package pgstore
