package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// BenchmarkRestore imports a canteen's sales into a SQLite file: b.N records of
// 1,000 wallets, with a close every 5,000.
func BenchmarkRestore(b *testing.B) {
	source := openSQLite(b)
	records := canteenHistory(b, source, b.N)
	target := openSQLite(b)
	b.ResetTimer()
	head, err := ledger.Restore(b.Context(), target, 1, records, nil)
	b.StopTimer()
	require.NoError(b, err)
	b.ReportMetric(float64(head.Seq)/b.Elapsed().Seconds(), "records/s")
	want, err := source.Head(b.Context(), 1)
	require.NoError(b, err)
	require.Equal(b, want.Tree, head.Tree)
}

func openSQLite(tb testing.TB) *sqlitestore.Store {
	tb.Helper()
	store, err := sqlitestore.Open(tb.Context(), filepath.Join(tb.TempDir(), "book.db"), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return store
}

const (
	canteenWallets = 1000
	canteenDay     = 5000 // sales
)

// canteenHistory writes so many sales and returns the records of the book.
func canteenHistory(tb testing.TB, store ledger.Store, sales int) iter.Seq2[[]byte, error] {
	tb.Helper()
	ctx := tb.Context()
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "Canteen", OpenDate: firstDay}, nil)
	require.NoError(tb, err)
	opening := ledger.Opening{ID: ledger.NewID(), Accounts: testSpecs()[3:5]}
	var wallets []ledger.AccountSpec
	fill := ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{ledger.DebitRest("clearing/g")}}
	for i := range canteenWallets - 1 {
		spec := testSpecs()[0]
		spec.Path, spec.Ceiling = fmt.Sprintf("wallet/p%04d", i), money.Amount{}
		wallets = append(wallets, spec)
		fill.Postings = append(fill.Postings, ledger.Credit(spec.Path, cny("1000000")))
	}
	_, err = book.OpenAccounts(ctx, opening)
	require.NoError(tb, err)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: wallets})
	require.NoError(tb, err)
	_, err = book.Post(ctx, fill)
	require.NoError(tb, err)
	dice := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // not a secret
	for date, left := firstDay, sales; left > 0; date, left = date.AddDays(1), left-canteenDay {
		requests := make([]ledger.Request, min(left, canteenDay))
		for i := range requests {
			requests[i] = canteenSale(wallets[dice.IntN(len(wallets))].Path, dice.Int64N(2000)+1)
		}
		for _, answer := range book.PostAll(ctx, requests...) {
			require.NoError(tb, answer.Err)
		}
		_, err = book.CloseDay(ctx, ledger.DayClose{Date: date})
		require.NoError(tb, err)
	}
	return bodies(ctx, store)
}

func canteenSale(wallet string, fen int64) ledger.Transaction {
	price := money.Of(fen, money.CNY)
	return ledger.Transaction{
		ID: ledger.NewID(), Kind: "sale", By: "terminal:1",
		Document: json.RawMessage(`{"dishes":[["tomato-egg",1,"8.00"],["rice",1,"1.00"]],"terminal":1}`),
		Postings: []ledger.Posting{ledger.Credit("merchant/m", price), ledger.DebitUpTo(wallet, price)},
	}
}

// bodies yields the canonical bytes of all records of book 1.
func bodies(ctx context.Context, store ledger.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for stored, err := range store.Records(ctx, 1, ledger.RecordQuery{}) {
			if !yield(stored.Body, err) {
				return
			}
		}
	}
}
