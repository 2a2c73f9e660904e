package main

import "github.com/campusledger/campusledger/ledger/storetest/load"

// benchRow is one object of the output. A payment is whatever the workload counts:
// see its unit.
type benchRow struct {
	Store    string `json:"store"`
	Workload string `json:"workload"`
	Unit     string `json:"unit"`
	Callers  int    `json:"callers"`
	Runs     int    `json:"runs"`
	Durable  bool   `json:"durable"`

	figures

	// The same rows by bare SQL: batches of 1,000 records on one connection. For
	// reads: the same reads by as many callers. For http: the same transactions
	// posted to the book by as many callers.
	FloorPerS float64 `json:"floor_per_s"`
	Ratio     float64 `json:"ratio"`
	// The same rows, a transaction for each record; 0 for reads and for http, as
	// batches are.
	RowPerS        float64 `json:"row_per_s"`
	RowConnections int     `json:"row_connections"`

	DocumentBytes int `json:"document_bytes"`
	// Processor time of a campusledger that serves in a process of its own. Null
	// if none does.
	ServingCPU *float64 `json:"serving_cpu_us_per_payment"`
	// Of this process and of a database server, for the floor: on a busy machine it
	// says more than the rates.
	FloorCPU float64 `json:"floor_cpu_us_per_payment"`
}

func newBenchRow(ground ground, w load.Workload, callers int, run *load.Run) benchRow {
	row := benchRow{
		Store: ground.name(), Workload: w.Name, Unit: w.Unit, Callers: callers, Runs: 1, Durable: ground.lossy() == "",
		figures: figuresOf(run),
	}
	if w.Unit == "payments" {
		row.DocumentBytes = load.DocumentBytes
	}
	return row
}

// beside puts the floor next to the run. The ratio is that of the times for the
// same work, so that refused payments count for nothing.
func (r *benchRow) beside(floor *load.Beside, used *meters) {
	r.FloorPerS = floor.PerSecond()
	r.FloorCPU = float64((used.own + max(used.server, 0)).Microseconds()) / float64(max(floor.Count, 1))
	if r.FloorPerS > 0 {
		r.Ratio = r.PaymentsPerS / r.FloorPerS
	}
}

// list names all figures, nil for what is not known.
func (r *benchRow) list() []*float64 {
	return append(r.figures.list(), &r.FloorPerS, &r.Ratio, &r.RowPerS, r.ServingCPU, &r.FloorCPU)
}

// medians takes the median of each figure by itself.
func medians(runs []benchRow) benchRow {
	middle := runs[0]
	middle.Runs = len(runs)
	var all [][]*float64
	for i := range runs {
		all = append(all, runs[i].list())
	}
	toMedians(all, middle.list())
	return middle
}
