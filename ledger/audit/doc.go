// Package audit checks a book against its own journal and believes nothing
// else. One pass over the journal rebuilds every account, balance, bound, limit,
// hold, refund, date, closing and Merkle tree with plain code of its own, which
// shares no rule with the ledger, and compares each row of each table with the
// result.
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
// [Codes] explains their codes, which are stable, and [Tamperings] lists what
// each change by hand gives. The totals of a [Report] come from the journal alone.
//
// Whoever can rewrite the whole database, hashes included, can make it agree
// with itself. Against that keep checkpoints elsewhere, and give them to the
// audit: see [Options].
//
// An export is audited without a database: see [Lines]. A run can go on where an
// earlier one ended: see [State]. Tables of an application are audited with the
// ledger's: see [Projection].
//
// # How
//
// The journal is read once, in order, beside two more goroutines that parse and
// hash it. Tables whose rows grow with it are read as they lie and never sorted
// or held: what the journal implies and what is there are two multisets of rows,
// of which a fingerprint under a secret key is compared. If one differs, the
// journal is read a second time for the rows of the thousandth parts that do,
// and these are compared one by one. Two multisets that differ have the same
// fingerprint with a chance below 2^-88, whoever made them: fingerprint.go has the
// argument.
//
// # Errors
//
// Damage is a finding. An error of [Run] means that the audit is incomplete:
// ledger.ErrBookUnknown, [ErrState], the context's error, or the store's.
//
// # Concurrency
//
// Runs share nothing; any number may go on at once, also while others write to
// the store. Each takes two connections. The package writes nothing.
//
// # Limits
//
// Memory does not grow with the journal but with the accounts (about 800 bytes
// each), the holds that are open (350 bytes), the lines of which something was
// refunded (50 bytes), the business dates (150 bytes), the seals (150 bytes) and
// the consumers; of an export also with the records that will be corrected later
// (a record each), the corrections and reopenings (100 bytes), and the accounts and
// dates posted to before an earlier date is opened again. Records on their way have
// at most some 60 MB, or six of them if they are larger. Rows that differ are held a
// million at a time.
//
// That a table was rolled back together with the whole database, or that the
// whole journal was rewritten, is seen only with a checkpoint kept elsewhere; that
// a consumer's position was set back is not seen. Nothing is known about the
// content of documents beyond their hash.
package audit
