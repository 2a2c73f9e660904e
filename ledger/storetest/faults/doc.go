// Package faults makes a store's database fail under load, and checks that
// nothing was lost, doubled or left half done. It is for whoever writes a store
// or runs one on a database of their own:
//
//	subject := faults.Subject{Open: func(ctx context.Context) (ledger.Store, func() error, error) {
//		store, err := pgstore.Open(ctx, address, nil)
//		if err != nil {
//			return nil, nil, err
//		}
//		return store, func() error { store.Close(); return nil }, nil
//	}}
//	pull := faults.Fault{Name: "failover", Strike: func(ctx context.Context, load *faults.Load) error {
//		if err := load.Moment(ctx, 5, 50); err != nil {
//			return err
//		}
//		return failOver(ctx) // returns once the database serves again
//	}}
//	report, err := faults.Run(ctx, subject, pull, &faults.Options{Rounds: 100})
//
// In each round concurrent clients of two servers top up, pay, overspend, hold,
// capture, release, refund, reverse, post linked payments, repeat themselves, read
// balances, expire holds, seal the journal, and contend as one consumer to read on
// and move its cursor, in a new book of their own, while the fault strikes. A
// posting that got no answer is asked again with its id, at once or later. Each
// client writes down what it was told and when. Then the store is opened anew and
// the round checks that
//
//   - every acknowledged record is in the journal once, with the acknowledged bytes;
//   - what was refused, or answered with an error that means "nothing was written",
//     is not there, nor is anything that nobody asked for;
//   - what was unknown is wholly there or not at all, and asking again answers it;
//   - positions have no gap, times do not run back, linked records stand together,
//     and a call that ended before another began has the earlier position;
//   - every acknowledged seal is kept byte for byte, and the journal still has its
//     root, as a witness would ask;
//   - what a consumer was shown is in the journal at that position, and its cursor
//     moved as one register does (checked with porcupine, a move without an answer
//     being one that may have happened);
//   - no hold was expired before its time, as many were as was acknowledged, and
//     none whose time is over is left;
//   - package audit finds every row of every table to be what the journal says;
//   - the history of each account, balances read and postings with the times they
//     took, is linearizable (checked with porcupine);
//   - a second opinion agrees, if there is one: see [Hledger].
//
// [KillServer], [ClockJumps], [HeldBook], [LongView] and [FullDisk] are faults of
// any database; a [Proxy] makes those of a network, and cuts connections exactly
// before, within and after a commit, and at any answer. [Load.Moment] has a fault
// strike postings, seals, cursors and expiries in turn. Package faultstest runs
// faults as tests. Seals and cursors are left out if the store keeps none.
//
// # Errors
//
// What a database did wrong is a [Finding]. An error of [Run] means that a round
// could not be run to its end, such as a fault that could not be inflicted.
//
// # Concurrency
//
// Runs share nothing; several may go on at once, also on one database, if the
// fault of one does not strike the others unawares.
//
// # Limits
//
// Books are left behind: use a database for tests. A machine that loses its power
// is not simulated: what a disk does to a write it has confirmed is not seen. Histories are
// judged for accounts without holds as far as refusals go, and for all accounts
// as far as postings and balances go.
package faults
