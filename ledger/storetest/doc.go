// Package storetest is the contract of a ledger.Store in executable form. Every
// store passes it; a store's own tests need only say how to open one:
//
//	func open(tb testing.TB) ledger.Store {
//		store, err := sqlitestore.Open(context.Background(), filepath.Join(tb.TempDir(), "books.db"), nil)
//		require.NoError(tb, err)
//		tb.Cleanup(func() { require.NoError(tb, store.Close()) })
//		return store
//	}
//
//	func TestContract(t *testing.T)      { storetest.Run(t, open) }
//	func TestModel(t *testing.T)         { storetest.Model(t, open) }
//	func BenchmarkStore(b *testing.B)    { storetest.Benchmark(b, open, floor) }
//
// [Run] checks clause by clause. A clause quotes the sentence of package ledger
// that it checks, and ends by recomputing the whole book from its journal.
// [Model] sends random commands and compares every answer with a naive model's.
// [Benchmark] measures payments per second beside the same rows written by bare
// SQL.
//
// # Errors
//
// Failures are reported to the test, a model's with the seed that replays it.
//
// # Concurrency
//
// Clauses run in parallel on one store, each in a book of its own.
//
// # Limits
//
// What a crash leaves behind is not checked here: that takes another process.
package storetest
