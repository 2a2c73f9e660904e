// Package pgfloor writes the rows of a ledger to PostgreSQL with bare SQL: what
// the database can do if nobody asks a question. Benchmarks put it beside the
// store; it is a [load.Floor] and no way to keep books.
//
// Rows go in by COPY and totals by one set-based update, in one transaction for
// a whole batch; one record by itself goes in one round trip, which is its
// transaction. The tables, with their keys and checks, are the store's.
//
// # Errors
//
// Those of the driver, as they are.
//
// # Concurrency
//
// As [load.Floor] says.
//
// # Limits
//
// Closings, refunds and changes of accounts are not written.
package pgfloor
