// Package sqlitestore keeps books in one SQLite file, without a server and
// without cgo. It is the default for one school on one machine.
//
//	store, err := sqlitestore.Open(ctx, "books.db", nil)
//	defer store.Close()
//	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
//
// The file is in WAL mode and synced at every commit (synchronous=FULL): what
// was acknowledged survives a power cut. Foreign keys and checks are on; they
// are a second wall behind the ledger's rules. Beside the file lie its "-wal"
// and "-shm" while it is open; copy a live database with [Backup], not the
// file alone.
//
// # The caller's own transaction
//
// [Migrate] brings the ledger's tables into a file that has others too, and
// [In] binds the ledger to a transaction on it:
//
//	tx, err := db.BeginTx(ctx, nil)
//	// … the caller's own statements …
//	book, err := ledger.Open(ctx, sqlitestore.In(tx), 1, nil)
//	receipt, err := book.Post(ctx, payment)
//	err = tx.Commit()
//
// The post is a savepoint: others see it with the caller's commit and not
// before, and one that is refused leaves the transaction as it was. db is the
// caller's, and so are its settings: _txlock=immediate, a busy_timeout,
// journal_mode=WAL, synchronous=FULL and foreign_keys=ON make it what [Open]
// makes of its own connections. It may work beside a [Store] on the same file.
//
// # Errors
//
// Besides those of the ledger: [ErrReadOnly], [ErrDiskFull], [ErrClosed],
// [ErrTxLost] and [ErrPath]. A database that stays locked by another writer for
// 5 s, or in a caller's transaction for its busy_timeout, is ledger.ErrConflict:
// a Store's book tries again, a caller rolls back and runs the whole transaction
// again. A file that is damaged or no database, and a row that cannot be parsed,
// is ledger.ErrCorrupt. A COMMIT that ends in an I/O error is
// ledger.ErrOutcomeUnknown: the pages may or may not have reached the disk.
//
// # Concurrency
//
// All methods of a Store may be called concurrently. SQLite has one writer: the
// locks of different books, cursors that move, seals that are put, and callers'
// transactions wait for each other; those of one Store in the order they asked
// for it. Readers never wait for the writer, nor the writer for them; each reads
// the last commit. Eight read at once, and who comes then waits for a connection.
// A loop over a sequence has one until it ends, and takes a second if it reads
// from the store meanwhile: let it read from a View, which is one. One process
// should own the file; others may open it read-only. A
// [TxStore] is for one goroutine at a time, as its transaction is.
//
// The store cannot tell when a caller's transaction or another process has
// written: ledger.Book.Follow asks again and again.
//
// # Limits
//
// SQLite's: 281 TB a file, a disk that honours fsync, no network file system. A
// stream or a view that is left open for long keeps the WAL from shrinking. A day
// close reads every account of the book while it holds the lock: about half a
// second for 100,000. A [TxStore] reads seals and puts none.
package sqlitestore
