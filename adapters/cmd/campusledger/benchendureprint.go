package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
)

// endureRow is one look: what was done since the one before, and what is held now.
// A payment is any act: see load.Growth.Live.
type endureRow struct {
	Store   string  `json:"store"`
	Durable bool    `json:"durable"`
	Minutes float64 `json:"minutes"`
	Records int64   `json:"records"`

	figures

	// Heap is what is reachable, after a collection; RSS what this process held
	// of the machine's memory just before it, -1 if that is not known.
	Heap       uint64 `json:"heap_bytes"`
	RSS        int64  `json:"rss_bytes"`
	Goroutines int    `json:"goroutines"`
	// ServerMemory is what the processes of a database server on this machine
	// hold for themselves, shared buffers aside; -1 if there is none.
	ServerMemory int64 `json:"server_memory_bytes"`
	// Disk is how large the tables and indexes are.
	Disk int64      `json:"disk_bytes"`
	Hot  []hotTable `json:"hot_tables"`
}

// drift is how a figure of the last third of a run compares with the first third:
// medians of each.
type drift struct {
	Figure string  `json:"figure"`
	First  float64 `json:"first_third"`
	Last   float64 `json:"last_third"`
	Ratio  float64 `json:"ratio"` // 0 if the first is
}

// drifts compares what should stay as it is.
func drifts(rows []endureRow) []drift {
	all := []drift{
		driftOf("heap bytes", rows, func(r *endureRow) float64 { return float64(r.Heap) }),
		driftOf("RSS bytes", rows, func(r *endureRow) float64 { return float64(r.RSS) }),
		driftOf("goroutines", rows, func(r *endureRow) float64 { return float64(r.Goroutines) }),
		driftOf("acts per second", rows, func(r *endureRow) float64 { return r.PaymentsPerS }),
		driftOf("p50 ms", rows, func(r *endureRow) float64 { return r.P50 }),
		driftOf("p99 ms", rows, func(r *endureRow) float64 { return r.P99 }),
		driftOf("CPU us per act", rows, func(r *endureRow) float64 { return r.cpu() }),
	}
	if rows[0].ServerMemory >= 0 {
		all = append(all, driftOf("server memory bytes", rows, func(r *endureRow) float64 { return float64(r.ServerMemory) }))
	}
	for i, hot := range rows[0].Hot {
		all = append(all,
			driftOf(hot.Name+" table bytes", rows, func(r *endureRow) float64 { return float64(r.Hot[i].Bytes) }),
			driftOf(hot.Name+" dead rows", rows, func(r *endureRow) float64 { return float64(r.Hot[i].Dead) }))
	}
	return all
}

func driftOf(name string, rows []endureRow, figure func(*endureRow) float64) drift {
	var values []float64
	for i := range rows {
		values = append(values, figure(&rows[i]))
	}
	third := max(len(values)/3, 1)
	d := drift{Figure: name, First: median(values[:third]), Last: median(values[len(values)-third:])}
	if d.First != 0 {
		d.Ratio = d.Last / d.First
	}
	return d
}

func printEndure(w io.Writer, g ground, rows []endureRow) error {
	if err := heading(w, g); err != nil {
		return err
	}
	header := []string{"minute", "records", "acts/s", "p50 ms", "p99 ms", "CPU us", "server us", "log bytes", "heap MB", "RSS MB", "goroutines", "server MB", "disk MB"}
	for _, hot := range rows[0].Hot {
		header = append(header, hot.Name+" kB", "dead", "HOT", "vacuums")
	}
	looks := newTable(w, header...)
	for i := range rows {
		looks.AppendRow(rows[i].cells())
	}
	looks.Render()
	_, _ = fmt.Fprintln(w)
	verdict := newTable(w, "medians", "first third", "last third", "last / first")
	for _, d := range drifts(rows) {
		verdict.AppendRow(table.Row{d.Figure, decimals(d.First), decimals(d.Last), decimals(d.Ratio)})
	}
	verdict.Render()
	_, err := fmt.Fprintf(w, "\nAn act is a payment (10 of 20), a hold and its capture (1), two linked payments (1), a payment of which three in ten are refused or sent\n"+
		"again (3), a balance (3) or a page of a statement (2); after each look the day was closed. The heap is what is reachable after a collection.\n")
	return err
}

func (r *endureRow) cells() table.Row {
	cells := table.Row{
		decimals(r.Minutes), r.Records, whole(r.PaymentsPerS), decimals(r.P50), decimals(r.P99), decimals(r.OwnCPU), known(r.ServerCPU), known(r.LogBytes),
		inMB(int64(r.Heap)), inMB(r.RSS), r.Goroutines, inMB(r.ServerMemory), inMB(r.Disk),
	}
	for _, hot := range r.Hot {
		share := "–"
		if hot.Updates > 0 {
			share = fmt.Sprintf("%.1f %%", 100*float64(hot.HotUpdates)/float64(hot.Updates))
		}
		cells = append(cells, hot.Bytes>>10, hot.Dead, share, hot.Vacuums)
	}
	return cells
}

func inMB(bytes int64) string {
	if bytes < 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f", float64(bytes)/1e6)
}
