// Package books writes a book for other accounting programs, so that its
// figures can be checked without trust in ours.
//
// [WriteHledger] writes a journal for hledger (https://hledger.org, 1.25 or
// later), a plain-text accounting program that Debian has:
//
//	err := books.WriteHledger(ctx, file, store, 1, nil)
//
//	hledger -f book.journal check --strict
//	hledger -f book.journal balance
//
// hledger adds up all postings by itself and compares the result with what the
// ledger says after each closed day for each account that moved, and at the end
// for every account.
//
// # Errors
//
// The store's and the writer's, as they are. A record that cannot be read is
// ledger.ErrCorrupt, one on an account that does not exist is
// ledger.ErrAccountUnknown: run an audit. What was written until then stays.
//
// # Concurrency
//
// Functions share nothing. A ledger.Store is read from one view, so that others
// may write meanwhile.
//
// # Limits
//
// Records are streamed; memory grows with the accounts.
package books
