// Package audit checks a book against its own journal and believes nothing
// else. One pass over the journal rebuilds every account, balance, bound, limit,
// hold, refund, date, closing and the Merkle tree with plain code of its own,
// which shares no rule with the ledger, and compares each row of each table
// with the result.
//
//	report, err := audit.Run(ctx, store, 1, nil)
//	if err == nil && !report.Clean() {
//		for _, finding := range report.Findings {
//			fmt.Println(finding.Code, finding.Sentence)
//		}
//	}
//
// Findings come in the order of checking: the journal first, position by
// position, then what was derived from it. A damaged record usually contradicts
// what follows from it as well, so the first finding is the one to look at.
// [Codes] explains their codes, which are stable. The totals of a [Report] come
// from the journal alone.
//
// Whoever can rewrite the whole database, hashes included, can make it agree
// with itself. Against that keep the Root of an earlier report elsewhere.
//
// # Errors
//
// Damage is a finding. An error of [Run] means that the audit is incomplete:
// ledger.ErrBookUnknown, the context's error, or the store's.
//
// # Concurrency
//
// Runs share nothing; any number may go on at once, also while others write to
// the store. Each takes two connections. The package writes nothing.
//
// # Limits
//
// Of a store, entries are read beside the journal and not kept; of another
// reader they are (130 bytes each). Memory grows with the accounts (about 700
// bytes each), their days and closings (30 bytes), the holds (180 bytes, 330 while
// they are open), the records refunded (120 bytes) and all records (about 20 bytes,
// to see that no id was used twice).
//
// An entry or closing of an account number that has no row can be seen only if
// the store yields it. Nothing is known about the content of documents beyond
// their hash, nor about how far consumers have read.
package audit
