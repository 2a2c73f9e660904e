// Package sqlitefloor writes the rows of a ledger to a SQLite file with bare SQL:
// what the database can do if nobody asks a question. Benchmarks put it beside
// the store; it is a [load.Floor] and no way to keep books.
//
// Rows go in a hundred at a time by prepared statements, in one transaction for
// a whole batch. The tables, with their keys and checks, are the store's, and so
// are the pragmas: the log is flushed at every commit.
//
// # Errors
//
// Those of the driver, as they are.
//
// # Concurrency
//
// As [load.Floor] says. Writers take turns on one connection: SQLite has one
// writer, and more of them only wait for its lock.
//
// # Limits
//
// Closings, refunds and changes of accounts are not written.
package sqlitefloor
