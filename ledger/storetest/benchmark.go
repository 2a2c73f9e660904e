package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// Floor opens a new, empty database beside the store's, to write the same rows
// to it with bare SQL. It is closed with the test.
type Floor func(tb testing.TB) load.Floor

// Benchmark measures what the workloads of package load do in a second, each
// payment durable when it is acknowledged: the lunch peak as "callers=1" to
// "callers=1024", the others by their names, with 256 callers. A nil floor leaves
// out what stands beside it: floor/s, the same rows by bare SQL in batches of
// 1,000, the ratio of the two, and row/s, a transaction each on 16 connections.
// Payments are accounts or reads where a workload has such. Statements are read of an account of 20,000 entries; the command bench has a
// million.
func Benchmark(b *testing.B, open Open, floor Floor) {
	for _, callers := range []int{1, 16, 64, 256, 1024} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { carry(b, open, floor, load.LunchPeak, callers) })
	}
	for _, workload := range load.Workloads() {
		if workload.Name != load.LunchPeak {
			b.Run(workload.Name, func(b *testing.B) { carry(b, open, floor, workload.Name, 256) })
		}
	}
}

func carry(b *testing.B, open Open, floor Floor, workload string, callers int) {
	l, err := load.Prepare(b.Context(), open(b), workload, &load.Options{Entries: 20_000})
	require.NoError(b, err)
	b.ResetTimer()
	run, err := l.Run(b.Context(), callers, load.Until{Count: int64(b.N)})
	b.StopTimer()
	require.NoError(b, err)
	b.ReportMetric(run.PerSecond(), "payments/s")
	b.ReportMetric(milliseconds(run.Quantile(0.50)), "p50-ms")
	b.ReportMetric(milliseconds(run.Quantile(0.99)), "p99-ms")
	if len(run.Batches) == 0 {
		return // it reads
	}
	b.ReportMetric(float64(run.Batch(0.50)), "records/commit")
	if floor == nil {
		return
	}
	laid, err := l.Lay(b.Context(), &run, floor(b))
	require.NoError(b, err)
	beside, err := laid.InBatches(b.Context())
	require.NoError(b, err)
	b.ReportMetric(beside.PerSecond(), "floor/s")
	b.ReportMetric(beside.Took.Seconds()/run.Took.Seconds(), "ratio")
	laid, err = l.Lay(b.Context(), &run, floor(b))
	require.NoError(b, err)
	single, err := laid.OneByOne(b.Context(), min(callers, 16))
	require.NoError(b, err)
	b.ReportMetric(single.PerSecond(), "row/s")
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
