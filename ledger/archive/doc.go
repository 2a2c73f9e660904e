// Package archive writes a stretch of a book's journal, such as a closed year,
// to one file that outlives the database: the records byte for byte, what every
// account stood at on each closed date, and the signed checkpoints. The file can
// be verified, audited and proven from with nothing else at hand.
//
//	err := archive.Write(ctx, file, view, 1, archive.Stretch{First: 1, Last: closed.Seq})
//
//	a, err := archive.Open("2026.zip")
//	report, err := a.Verify(ctx, verifier)             // roots, checkpoints, balances
//	receipt, err := seal.NewProver(a, a.Book()).Receipt(ctx, id)
//
// A file is a ZIP with these entries:
//
//	manifest.json         which book and which records; the nodes of the Merkle
//	                      tree before them that proofs need
//	journal.jsonl         the records' canonical bytes, one a line
//	closings.jsonl        [number, path, currency, date, debits, credits]: what
//	                      every account stood at on the first date closed in the
//	                      stretch, then whatever moved until each later one
//	checkpoints/<n>.txt   each signed checkpoint of n records
//
// The archives of a book follow one another: the journal is theirs in order.
// [Records] joins them again, for an audit from the first record on or for
// ledger.Restore.
//
// # Errors
//
// [ErrFormat] is a file that is no archive or is damaged, [ErrGap] are archives
// that do not follow one another. What is wrong with a book is ledger.ErrCorrupt.
//
// # Concurrency
//
// An [Archive] may be read by many goroutines at once. Nothing here changes a
// store.
//
// # Limits
//
// Writing removes nothing from the store: a journal stays whole there. Reading
// keeps 32 bytes of each record in memory, and after a proof of a balance what all
// accounts stood at on its date. A proof from an archive reads its whole journal,
// some seconds for a million records. What ZIP adds by itself, such as the times
// and comments of entries, says nothing and is not verified.
package archive
