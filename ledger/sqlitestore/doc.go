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
// and "-shm" while it is open; copy a live database with SQLite's backup, not
// the file alone.
//
// # Errors
//
// Besides those of the ledger: [ErrReadOnly], [ErrDiskFull], [ErrClosed]
// and [ErrPath]. A database that
// stays locked by another program for 5 s is ledger.ErrConflict, a file that is
// damaged or no database is ledger.ErrCorrupt. A COMMIT that ends in an I/O
// error is ledger.ErrOutcomeUnknown: the pages may or may not have reached the
// disk.
//
// # Concurrency
//
// All methods may be called concurrently. SQLite has one writer: the locks of
// different books wait for each other, in the order they asked for it. Readers
// never wait for the writer, nor the writer for them; each reads the last
// commit. One process should own the file; others may open it read-only.
//
// # Limits
//
// SQLite's: 281 TB a file, a disk that honours fsync, no network file system. A
// stream or a view that is left open for long keeps the WAL from shrinking.
package sqlitestore
