// Package load puts a school's work on a store and measures it beside what the
// database can do without any rules: the same rows written by bare SQL.
//
//	l, err := load.Prepare(ctx, store, load.LunchPeak, nil)
//	run, err := l.Run(ctx, 256, load.Until{Duration: 5 * time.Second})
//	laid, err := l.Lay(ctx, &run, floor) // floor is another database
//	bare, err := laid.InBatches(ctx)     // the rows of that run, 1,000 records a batch
//	ratio := bare.Took.Seconds() / run.Took.Seconds()
//
// [Workloads] lists what there is. A workload that writes is measured once for
// each Load, on a new store, so that no run finds the rows of another. What the
// floor writes is read back from the store after the run: the run itself carries
// no recorder, and a test of each floor compares the tables.
//
// A [Growth] is one book instead: it is filled, measured at any size, and left to
// live through days.
//
// # Errors
//
// An answer that the workload does not expect ends the run and is its error: a
// refused payment of a clean load, or an accepted one that had to be refused.
//
// # Concurrency
//
// A Load or a Growth is used by one goroutine; its callers are its own.
//
// # Limits
//
// Everything runs in one process: callers, rules and the client of the
// database. What is allocated is counted for the whole process, callers included.
// The rows of a run are kept in memory while the floor is measured, about 2 kB a
// payment.
package load
