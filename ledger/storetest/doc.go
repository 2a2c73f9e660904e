// Package storetest is the contract of a ledger.Store in executable form. Every
// store passes it; a store's own tests need only say how to open one. This is
// the whole test of a store, without its imports:
//
//	func open(tb testing.TB) ledger.Store { return callers(tb).Outside }
//
//	func callers(tb testing.TB) storetest.Callers {
//		path := filepath.Join(tb.TempDir(), "books.db")
//		store, err := sqlitestore.Open(tb.Context(), path, nil)
//		require.NoError(tb, err)
//		db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(ON)")
//		require.NoError(tb, err)
//		tb.Cleanup(func() { require.NoError(tb, errors.Join(db.Close(), store.Close())) })
//		return storetest.Callers{Outside: store, Begin: func(tb testing.TB) (ledger.CallerStore, func() error, func() error) {
//			tx, err := db.BeginTx(tb.Context(), nil)
//			require.NoError(tb, err)
//			return sqlitestore.In(tx), tx.Commit, tx.Rollback
//		}}
//	}
//
//	func TestContract(t *testing.T)          { t.Parallel(); storetest.Run(t, open) }
//	func TestModel(t *testing.T)             { t.Parallel(); storetest.Model(t, open) }
//	func TestCallerTransaction(t *testing.T) { t.Parallel(); storetest.CallerTransaction(t, callers) }
//	func BenchmarkStore(b *testing.B)        { storetest.Benchmark(b, open, nil) }
//
// [Run] checks clause by clause. A clause quotes the sentence of package ledger
// that it checks, and ends by recomputing the whole book from its journal.
// What a store may leave out is skipped: ledger.Waiter, ledger.Cursors,
// ledger.Seals, ledger.Rows and [Reopener]. [Model] sends random commands and
// compares every answer with a naive model's. [CallerTransaction] is for stores
// that also work in a transaction of their caller. [Listing] checks that long
// lists are not collected. [Benchmark] measures payments per second, with a
// [Floor] beside the same rows written by bare SQL, and [BenchmarkClose] how
// long a day close of 100,000 accounts holds up a book.
//
// [Memory] is a store without a database, for tests. [Program] is one random
// program of the model, for fuzzing. CAMPUSLEDGER_TEST_SEED and
// CAMPUSLEDGER_TEST_COMMANDS replay a program, CAMPUSLEDGER_TEST_DURATION runs
// one after the other for so long.
//
// # Errors
//
// Failures are reported to the test, a model's with the seed that replays it.
//
// # Concurrency
//
// Clauses run in parallel on one store, each in a book of its own; those of a
// caller's transaction one after the other.
//
// # Limits
//
// What a crash leaves behind is not checked here: that takes another process.
package storetest
