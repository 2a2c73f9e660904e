// Package faultstest runs the faults of package faults as tests. This is the whole
// chaos test of a store in a file, without its imports:
//
//	func open(ctx context.Context, path string) (ledger.Store, func() error, error) {
//		store, err := sqlitestore.Open(ctx, path, nil)
//		if err != nil {
//			return nil, nil, err
//		}
//		return store, store.Close, nil
//	}
//
//	func TestChaos(t *testing.T) {
//		t.Parallel()
//		path := filepath.Join(t.TempDir(), "books.db")
//		subject := faults.Subject{Open: func(ctx context.Context) (ledger.Store, func() error, error) {
//			return open(ctx, path)
//		}}
//		faultstest.Run(t, "SQLite", []faultstest.Case{
//			{Name: "kill -9 of the server", Prepare: func(*testing.T) faultstest.Trial {
//				return faultstest.Trial{Subject: subject, Fault: faults.KillServer(faultstest.Process(path))}
//			}},
//			{Name: "clock jumps", Prepare: func(*testing.T) faultstest.Trial {
//				return faultstest.Trial{Subject: subject, Fault: faults.ClockJumps()}
//			}},
//		})
//	}
//
//	// TestServerProcess is no test but the server that TestChaos kills.
//	func TestServerProcess(t *testing.T) { faultstest.Serve(t, open) }
//
// CAMPUSLEDGER_TEST_ROUNDS is how often each fault strikes, 1 by default. Faults
// that wait for the database leave the machine to others: with go test's -parallel
// more of them run at once than there are processors.
//
// # Errors
//
// Failures are reported to the test. What this machine lacks, hledger or a small
// disk, is done without, and a failure where CI is set.
//
// # Concurrency
//
// The cases of a run are parallel tests: each needs a fault of its own, and may
// share its database only with faults that do not strike it.
//
// # Limits
//
// Those of package faults.
package faultstest
