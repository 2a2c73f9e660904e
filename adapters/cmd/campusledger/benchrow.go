package main

import (
	"math"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// benchRow is one object of the output. A payment is whatever the workload counts:
// see its unit.
type benchRow struct {
	Store    string `json:"store"`
	Workload string `json:"workload"`
	Unit     string `json:"unit"`
	Callers  int    `json:"callers"`
	Runs     int    `json:"runs"`
	Durable  bool   `json:"durable"`

	Payments     float64 `json:"payments"`
	PaymentsPerS float64 `json:"payments_per_s"`
	// Of single calls: of an opening of 100 accounts, of a hold and its capture.
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`
	// The same rows by bare SQL: batches of 1,000 records on one connection. For
	// reads: the same reads by as many callers. For http: the same transactions
	// posted to the book by as many callers.
	FloorPerS float64 `json:"floor_per_s"`
	Ratio     float64 `json:"ratio"`
	// The same rows, a transaction for each record; 0 for reads and for http, as
	// batches are.
	RowPerS        float64 `json:"row_per_s"`
	RowConnections int     `json:"row_connections"`

	BatchP50 float64 `json:"batch_p50"`
	BatchP99 float64 `json:"batch_p99"`
	BatchMax float64 `json:"batch_max"`

	Allocs     float64 `json:"allocs_per_payment"`
	AllocBytes float64 `json:"alloc_bytes_per_payment"`
	// What the log took: on PostgreSQL, all that the server wrote to it; on
	// SQLite, all that this process wrote to files. Null if it is not known.
	LogBytes *float64 `json:"wal_bytes_per_payment"`
	// How much the tables and indexes grew, documents included.
	DiskBytes     float64 `json:"disk_bytes_per_payment"`
	DocumentBytes int     `json:"document_bytes"`
	// Processor time: of this process, callers included, and of a database
	// server on this machine. Null if there is none.
	OwnCPU    float64  `json:"cpu_us_per_payment"`
	ServerCPU *float64 `json:"server_cpu_us_per_payment"`
	// Of a campusledger that serves in a process of its own. Null if none does.
	ServingCPU *float64 `json:"serving_cpu_us_per_payment"`
	// Of both, for the floor: on a busy machine it says more than the rates.
	FloorCPU float64 `json:"floor_cpu_us_per_payment"`
}

func newBenchRow(g ground, w load.Workload, callers int, run *load.Run) benchRow {
	count := float64(max(run.Count, 1))
	row := benchRow{
		Store: g.name(), Workload: w.Name, Unit: w.Unit, Callers: callers, Runs: 1, Durable: g.lossy() == "",
		Payments: float64(run.Count), PaymentsPerS: run.PerSecond(),
		P50: inMS(run.Quantile(0.50)), P99: inMS(run.Quantile(0.99)), P999: inMS(run.Quantile(0.999)),
		BatchP50: float64(run.Batch(0.50)), BatchP99: float64(run.Batch(0.99)), BatchMax: float64(run.Batch(1)),
		Allocs: float64(run.Mallocs) / count, AllocBytes: float64(run.Allocated) / count,
	}
	if w.Unit == "payments" {
		row.DocumentBytes = load.DocumentBytes
	}
	return row
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// beside puts the floor next to the run. The ratio is that of the times for the
// same work, so that refused payments count for nothing.
func (r *benchRow) beside(floor *load.Beside, used *meters) {
	r.FloorPerS = floor.PerSecond()
	r.FloorCPU = float64((used.own + max(used.server, 0)).Microseconds()) / float64(max(floor.Count, 1))
	if r.FloorPerS > 0 {
		r.Ratio = r.PaymentsPerS / r.FloorPerS
	}
}

func (r *benchRow) used(m meters, count int64) {
	each := func(total float64) float64 { return total / float64(max(count, 1)) }
	r.DiskBytes = each(float64(m.disk))
	r.OwnCPU = each(float64(m.own.Microseconds()))
	if m.log >= 0 {
		bytes := each(float64(m.log))
		r.LogBytes = &bytes
	}
	if m.server >= 0 {
		spent := each(float64(m.server.Microseconds()))
		r.ServerCPU = &spent
	}
}

// figures are what is measured, nil for what is not known.
func (r *benchRow) figures() []*float64 {
	return []*float64{
		&r.Payments, &r.PaymentsPerS, &r.P50, &r.P99, &r.P999, &r.FloorPerS, &r.Ratio, &r.RowPerS,
		&r.BatchP50, &r.BatchP99, &r.BatchMax, &r.Allocs, &r.AllocBytes, r.LogBytes, &r.DiskBytes, &r.OwnCPU, r.ServerCPU, r.ServingCPU, &r.FloorCPU,
	}
}

// medians takes the median of each figure by itself, to three decimals.
func medians(runs []benchRow) benchRow {
	middle := runs[0]
	middle.Runs = len(runs)
	for i, figure := range middle.figures() {
		if figure == nil {
			continue
		}
		var values []float64
		for j := range runs {
			if value := runs[j].figures()[i]; value != nil {
				values = append(values, *value)
			}
		}
		slices.Sort(values)
		n := len(values)
		*figure = math.Round((values[(n-1)/2]+values[n/2])/2*1000) / 1000
	}
	return middle
}
