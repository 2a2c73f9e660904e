package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// growthRow is one object of the output: payments, or reads.
type growthRow struct {
	Store   string `json:"store"`
	Durable bool   `json:"durable"`
	// Reads is "balances" or "pages", "" for payments.
	Reads string `json:"reads,omitempty"`
	// Records were in the journal as the first stretch began, Entries in the
	// account of which pages are read.
	Records int64 `json:"records"`
	Entries int64 `json:"entries"`
	Callers int   `json:"callers"`
	Runs    int   `json:"runs"`

	figures

	// FirstLogBytes are the log bytes per payment of the stretch before these:
	// the first after a checkpoint, which logs each page as a whole.
	FirstLogBytes *float64 `json:"first_wal_bytes_per_payment,omitempty"`
	// How many times what it costs at the first size: time, processor time and
	// log. Null for reads, at the first size, and where it is not known.
	TimeRatio *float64 `json:"time_ratio,omitempty"`
	CPURatio  *float64 `json:"cpu_ratio,omitempty"`
	LogRatio  *float64 `json:"wal_ratio,omitempty"`
}

// against compares what a payment costs with what it cost before.
func (r *growthRow) against(before *growthRow) {
	r.TimeRatio, r.CPURatio, r.LogRatio = r.costOf(before)
}

func (r *growthRow) costOf(before *growthRow) (time, cpu, log *float64) {
	time = quotient(before.PaymentsPerS, r.PaymentsPerS)
	cpu = quotient(r.cpu(), before.cpu())
	if r.LogBytes != nil && before.LogBytes != nil {
		log = quotient(*r.LogBytes, *before.LogBytes)
	}
	return time, cpu, log
}

// quotient is nil if there is nothing to divide by.
func quotient(a, b float64) *float64 {
	if b == 0 {
		return nil
	}
	q := a / b
	return &q
}

func printGrowth(w io.Writer, g ground, rows []growthRow) error {
	if err := heading(w, g); err != nil {
		return err
	}
	payments := newTable(w, "a payment at", "callers", "per second", "p50 ms", "p99 ms", "batch p50", "allocations", "CPU us", "server us",
		"log bytes", "after checkpoint", "disk bytes", "time", "CPU", "log")
	reads := newTable(w, "reads at", "of", "entries", "callers", "per second", "p50 ms", "p99 ms", "p99.9 ms", "CPU us", "server us")
	var paid []*growthRow
	for i := range rows {
		r := &rows[i]
		if r.Reads != "" {
			reads.AppendRow(table.Row{
				r.Records, r.Reads, r.Entries, r.Callers, whole(r.PaymentsPerS), fine(r.P50), fine(r.P99), fine(r.P999), decimals(r.OwnCPU), known(r.ServerCPU),
			})
			continue
		}
		paid = append(paid, r)
		payments.AppendRow(table.Row{
			r.Records, r.Callers, whole(r.PaymentsPerS), decimals(r.P50), decimals(r.P99), whole(r.BatchP50), decimals(r.Allocs), decimals(r.OwnCPU), known(r.ServerCPU),
			known(r.LogBytes), known(r.FirstLogBytes), whole(r.DiskBytes), times(r.TimeRatio), times(r.CPURatio), times(r.LogRatio),
		})
	}
	payments.Render()
	_, _ = fmt.Fprintln(w)
	reads.Render()
	_, _ = fmt.Fprintf(w, "\nMedians of %d. The last three columns of payments: how many times the first size. Before each size the tables are vacuumed and a\n"+
		"checkpoint is written; the first stretch after it is not counted but for its log. A payment's document is %d of its disk bytes.\n",
		rows[0].Runs, load.DocumentBytes)
	last := paid[len(paid)-1]
	for _, before := range paid[:len(paid)-1] {
		time, cpu, log := last.costOf(before)
		_, _ = fmt.Fprintf(w, "A payment at %d records costs %s the time, %s the processor time and %s the log of one at %d.\n",
			last.Records, times(time), times(cpu), times(log), before.Records)
	}
	return nil
}

func fine(v float64) string { return fmt.Sprintf("%.3f", v) }

func times(ratio *float64) string {
	if ratio == nil {
		return "–"
	}
	return decimals(*ratio) + "×"
}
