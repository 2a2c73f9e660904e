package storetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

const (
	benchmarkWallets = 10_000
	// floorBatch is how many payments the floor writes in one transaction.
	floorBatch = 1000
)

// Floor opens a new, empty database with the store's schema and a head for book
// 1, closed with the test, and returns a function that writes changes to it as
// fast as bare SQL can: in one transaction, durably, reading nothing.
type Floor func(tb testing.TB) func(ctx context.Context, changes ledger.Changes) error

// Benchmark measures payments per second from random wallets to one hot
// merchant, each durable when it is acknowledged, and how many payments shared a
// commit. Beside it stand floor/s, the same rows written by the floor in batches
// of 1,000, and the ratio of the two; a nil floor leaves them out.
func Benchmark(b *testing.B, open Open, floor Floor) {
	for _, callers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			recorder := &recorder{Store: open(b)}
			book := benchmarkBook(b, recorder)
			prepared, _ := recorder.take()

			b.ResetTimer()
			pay(b, book, callers, b.N)
			b.StopTimer()
			rate := float64(b.N) / b.Elapsed().Seconds()
			kept, commits := recorder.take()
			b.ReportMetric(rate, "payments/s")
			b.ReportMetric(float64(b.N)/float64(commits), "payments/commit")
			if floor == nil {
				return
			}
			floorRate := float64(b.N) / writeFloor(b, floor, prepared, kept).Seconds()
			b.ReportMetric(floorRate, "floor/s")
			b.ReportMetric(rate/floorRate, "ratio")
		})
	}
}

// writeFloor returns how long the floor takes for what was kept.
func writeFloor(b *testing.B, floor Floor, prepared, kept ledger.Changes) time.Duration {
	write := floor(b)
	require.NoError(b, write(b.Context(), prepared))
	batches := split(kept)
	begin := time.Now()
	for _, batch := range batches {
		require.NoError(b, write(b.Context(), batch))
	}
	return time.Since(begin)
}

// benchmarkBook opens wallets and fills them.
func benchmarkBook(b *testing.B, store ledger.Store) *ledger.Book {
	s := newSchool(b, store, 1)
	for first := 0; first < benchmarkWallets; first += 500 {
		specs := make([]ledger.AccountSpec, 500)
		postings := []ledger.Posting{ledger.DebitRest(bank)}
		for i := range specs {
			specs[i] = wallet(benchmarkWallet(first + i))
			specs[i].Ceiling = yuan(1 << 50)
			postings = append(postings, ledger.Credit(specs[i].Path, yuan(1<<40)))
		}
		s.openAccounts(b, specs...)
		s.post(b, transaction("topup", postings...))
	}
	return s.book
}

func benchmarkWallet(i int) string { return fmt.Sprintf("wallet/s%06d", i) }

// pay posts count payments from as many callers.
func pay(b *testing.B, book *ledger.Book, callers, count int) {
	var begun atomic.Int64
	atOnce(callers, func(caller int) {
		dice := rand.New(rand.NewPCG(uint64(caller), 1)) //nolint:gosec // not a secret
		for begun.Add(1) <= int64(count) {
			sale := payment(benchmarkWallet(dice.IntN(benchmarkWallets)), 100+dice.Int64N(1900))
			sale.By = "terminal:1"
			sale.Document = json.RawMessage(`{"dishes":[["tomato-egg",1,"8.00"],["rice",1,"1.00"]],"terminal":1}`)
			if _, err := book.Post(b.Context(), sale); err != nil {
				b.Error(err)
			}
		}
	})
}

// recorder is a store that keeps what is committed, so that the floor can write
// the same.
type recorder struct {
	ledger.Store
	mu      sync.Mutex
	kept    ledger.Changes
	commits int
}

func (r *recorder) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := r.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	return &spoiled{Locked: locked, spoil: r.keep}, nil
}

func (r *recorder) keep(c *ledger.Changes) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commits++
	r.kept.Head = c.Head
	r.kept.Records = append(r.kept.Records, c.Records...)
	r.kept.Opened = append(r.kept.Opened, c.Opened...)
	r.kept.Updated = append(r.kept.Updated, c.Updated...)
	r.kept.Entries = append(r.kept.Entries, c.Entries...)
	r.kept.Closings = append(r.kept.Closings, c.Closings...)
	r.kept.Holds = append(r.kept.Holds, c.Holds...)
	r.kept.Refunds = append(r.kept.Refunds, c.Refunds...)
	r.kept.Nodes = append(r.kept.Nodes, c.Nodes...)
	if !c.Reopened.IsZero() {
		r.kept.Reopened = c.Reopened
	}
}

// take returns what was kept, as one change, and in how many commits it came,
// and begins anew.
func (r *recorder) take() (kept ledger.Changes, commits int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept, commits = r.kept, r.commits
	r.kept, r.commits = ledger.Changes{}, 0
	return kept, commits
}

// split cuts changes into batches of floorBatch records. Each updates the
// accounts that it moves, once.
func split(changes ledger.Changes) []ledger.Changes {
	slices.SortStableFunc(changes.Updated, func(x, y ledger.Account) int { return cmp.Compare(x.LastSeq, y.LastSeq) })
	var batches []ledger.Changes
	for records := range slices.Chunk(changes.Records, floorBatch) {
		last := records[len(records)-1].Seq
		batch := ledger.Changes{Head: changes.Head, Records: records}
		n := 0
		for n < len(changes.Entries) && changes.Entries[n].Seq <= last {
			n++
		}
		batch.Entries, changes.Entries = changes.Entries[:n], changes.Entries[n:]
		moved := make(map[int64]ledger.Account)
		for n = 0; n < len(changes.Updated) && changes.Updated[n].LastSeq <= last; n++ {
			moved[changes.Updated[n].Number] = changes.Updated[n]
		}
		changes.Updated = changes.Updated[n:]
		batch.Updated = slices.Collect(maps.Values(moved))
		for n = 0; n < len(changes.Nodes) && (changes.Nodes[n].Number+1)<<changes.Nodes[n].Level <= last; n++ {
		}
		batch.Nodes, changes.Nodes = changes.Nodes[:n], changes.Nodes[n:]
		batches = append(batches, batch)
	}
	return batches
}
