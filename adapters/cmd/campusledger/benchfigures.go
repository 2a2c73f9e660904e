package main

import (
	"math"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// figures are what is measured of a run. A payment is whatever is counted.
type figures struct {
	Payments     float64 `json:"payments"`
	PaymentsPerS float64 `json:"payments_per_s"`
	// Of single calls: of an opening of 100 accounts, of a hold and its capture.
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`

	BatchP50 float64 `json:"batch_p50"`
	BatchP99 float64 `json:"batch_p99"`
	BatchMax float64 `json:"batch_max"`

	Allocs     float64 `json:"allocs_per_payment"`
	AllocBytes float64 `json:"alloc_bytes_per_payment"`
	// What the log took: on PostgreSQL, all that the server wrote to it; on
	// SQLite, all that this process wrote to files. Null if it is not known.
	LogBytes *float64 `json:"wal_bytes_per_payment"`
	// How much the tables and indexes grew, documents included.
	DiskBytes float64 `json:"disk_bytes_per_payment"`
	// Processor time: of this process, callers included, and of a database
	// server on this machine. Null if there is none.
	OwnCPU    float64  `json:"cpu_us_per_payment"`
	ServerCPU *float64 `json:"server_cpu_us_per_payment"`
}

func figuresOf(run *load.Run) figures {
	count := float64(max(run.Count, 1))
	return figures{
		Payments: float64(run.Count), PaymentsPerS: run.PerSecond(),
		P50: inMS(run.Quantile(0.50)), P99: inMS(run.Quantile(0.99)), P999: inMS(run.Quantile(0.999)),
		BatchP50: float64(run.Batch(0.50)), BatchP99: float64(run.Batch(0.99)), BatchMax: float64(run.Batch(1)),
		Allocs: float64(run.Mallocs) / count, AllocBytes: float64(run.Allocated) / count,
	}
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// used adds what so many payments took.
func (f *figures) used(m meters, count int64) {
	each := func(total float64) float64 { return total / float64(max(count, 1)) }
	f.DiskBytes = each(float64(m.disk))
	f.OwnCPU = each(float64(m.own.Microseconds()))
	if m.log >= 0 {
		bytes := each(float64(m.log))
		f.LogBytes = &bytes
	}
	if m.server >= 0 {
		spent := each(float64(m.server.Microseconds()))
		f.ServerCPU = &spent
	}
}

// cpu is what both sides take.
func (f *figures) cpu() float64 {
	if f.ServerCPU == nil {
		return f.OwnCPU
	}
	return f.OwnCPU + *f.ServerCPU
}

// list names all of them, nil for what is not known.
func (f *figures) list() []*float64 {
	return []*float64{
		&f.Payments, &f.PaymentsPerS, &f.P50, &f.P99, &f.P999, &f.BatchP50, &f.BatchP99, &f.BatchMax,
		&f.Allocs, &f.AllocBytes, f.LogBytes, &f.DiskBytes, &f.OwnCPU, f.ServerCPU,
	}
}

// mediansOf takes the median of each figure by itself.
func mediansOf(runs []figures) figures {
	middle := runs[0]
	var all [][]*float64
	for i := range runs {
		all = append(all, runs[i].list())
	}
	toMedians(all, middle.list())
	return middle
}

// toMedians sets each figure to the median of its values in all runs, to three
// decimals. It may be one of theirs.
func toMedians(runs [][]*float64, figures []*float64) {
	for i, figure := range figures {
		if figure == nil {
			continue
		}
		var values []float64
		for _, run := range runs {
			if run[i] != nil {
				values = append(values, *run[i])
			}
		}
		*figure = math.Round(median(values)*1000) / 1000
	}
}

// median returns the middle of one value or more, or the mean of the two there.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
