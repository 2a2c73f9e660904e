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
// for every account. It does so in the order of dates: a day that was reopened
// is compared as it was closed at last.
//
// Only lines move money: those of transactions, captures, reversals and
// refunds. A hold reserves and posts nothing, so that it, its release and its
// expiry are comments, as are refused transactions, charts and changes.
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
// Records are streamed; memory grows with the accounts, and with what had been
// posted on later dates when a date was reopened.
package books
