package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

func printBench(w io.Writer, g ground, rows []benchRow) error {
	if err := heading(w, g); err != nil {
		return err
	}
	rates := newTable(w, "workload", "callers", "per second", "p50 ms", "p99 ms", "p99.9 ms", "batch p50", "max", "floor/s", "ratio", "row/s", "on")
	costs := newTable(w, "for each", "callers", "allocations", "bytes", "log bytes", "disk bytes", "CPU us", "serving us", "database us", "floor us")
	for i := range rows {
		r := &rows[i]
		rates.AppendRow(table.Row{
			r.Workload, r.Callers, whole(r.PaymentsPerS), decimals(r.P50), decimals(r.P99), decimals(r.P999),
			whole(r.BatchP50), whole(r.BatchMax), whole(r.FloorPerS), decimals(r.Ratio), whole(r.RowPerS), r.RowConnections,
		})
		costs.AppendRow(table.Row{
			r.Workload, r.Callers, decimals(r.Allocs), whole(r.AllocBytes), known(r.LogBytes), whole(r.DiskBytes), decimals(r.OwnCPU), known(r.ServingCPU), known(r.ServerCPU), decimals(r.FloorCPU),
		})
	}
	rates.Render()
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	costs.Render()
	_, err := fmt.Fprintf(w, "\nMedians of %d. The floor is bare SQL for the same rows, in batches of 1,000 on one connection; row/s, each record\n"+
		"in a transaction of its own. A payment's document is %d of its disk bytes. CPU is this process's, callers included.\n", rows[0].Runs, load.DocumentBytes)
	if last := &rows[len(rows)-1]; err == nil && last.Workload == httpWorkload.Name {
		_, err = fmt.Fprintf(w, "The floor of http is the same transactions posted by as many callers in one process; every payment was answered 201\n"+
			"and is in the journal, each document %d bytes. CPU is the tills', serving the server's.\n", last.DocumentBytes)
	}
	return err
}

func whole(v float64) string    { return fmt.Sprintf("%.0f", v) }
func decimals(v float64) string { return fmt.Sprintf("%.2f", v) }

func known(v *float64) string {
	if v == nil {
		return "–"
	}
	return whole(*v)
}
