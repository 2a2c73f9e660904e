package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest/load"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// small makes a bench of a second.
var small = []string{"bench", "--callers=4", "--duration=20ms", "--wallets=50", "--accounts=200", "--entries=300"}

func TestBenchMeasuresEveryWorkload(t *testing.T) {
	t.Parallel()
	for store, place := range map[string][]string{
		"sqlite":   {"--data", t.TempDir()},
		"postgres": {"--database", pgtest.URL(t)},
	} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			code, out, errs := call(t, append(append(small, "--json"), place...)...)
			require.Equal(t, exitDone, code, errs)
			var rows []benchRow
			for line := range strings.Lines(out) {
				var row benchRow
				require.NoError(t, json.Unmarshal([]byte(line), &row))
				rows = append(rows, row)
				checkRow(t, &row, store)
			}
			workloads := append(load.Workloads(), httpWorkload)
			require.Len(t, rows, len(workloads))
			for i := range rows {
				require.Equal(t, workloads[i].Name, rows[i].Workload)
			}
			for _, field := range []string{"store", "workload", "callers", "payments_per_s", "p50_ms", "p99_ms", "floor_per_s", "ratio"} {
				require.Contains(t, out, `"`+field+`":`)
			}
		})
	}
}

func checkRow(t *testing.T, row *benchRow, store string) {
	t.Helper()
	require.Equal(t, store, row.Store)
	require.Equal(t, 4, row.Callers)
	for name, figure := range map[string]float64{
		"payments": row.Payments, "rate": row.PaymentsPerS, "median": row.P50, "floor": row.FloorPerS, "allocations": row.Allocs,
	} {
		require.Positive(t, figure, "%s of %s", name, row.Workload)
	}
	require.LessOrEqual(t, row.P50, row.P99)
	require.LessOrEqual(t, row.P99, row.P999)
	if row.Unit == "reads" {
		require.Zero(t, row.BatchMax)
		require.Zero(t, row.RowPerS)
		return
	}
	require.NotNil(t, row.LogBytes)
	require.Greater(t, *row.LogBytes, 50.0, "the log takes what is written")
	if row.Workload == httpWorkload.Name {
		require.NotNil(t, row.ServingCPU)
		require.Zero(t, row.RowPerS)
		require.Greater(t, row.DocumentBytes, load.DocumentBytes, "names and prices are in it")
		return
	}
	require.Positive(t, row.RowPerS)
	require.Equal(t, row.Callers, row.RowConnections)
	require.GreaterOrEqual(t, row.BatchMax, 1.0)
	require.LessOrEqual(t, row.BatchMax, float64(2*row.Callers), "no caller has more than two records under way")
}

// TestBenchWorkloads is what `make bench-loads` runs.
func TestBenchWorkloads(t *testing.T) {
	t.Parallel()
	few := append(slices.Clone(small[1:]), "--workload=spread", "--runs=2")
	for _, out := range asked(t, "CAMPUSLEDGER_TEST_RUNS", "--runs", []string{"workloads"}, few) {
		require.Contains(t, out, "FLOOR/S")
		require.Regexp(t, `Medians of \d+\.`, out)
	}
}

func TestBenchLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	data, url := t.TempDir(), pgtest.URL(t)
	code, out, errs := call(t, append(small, "--workload=lunch-peak", "--callers=1", "--runs=3", "--data", data)...)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, out, "Medians of 3.")
	require.Equal(t, 4, strings.Count(out, "lunch-peak"), "a row for each number of callers in both tables")
	require.Contains(t, out, "Every acknowledgement is durable.")
	require.Contains(t, out, "lunch-peak")
	require.NotContains(t, out, "holds")
	entries, err := os.ReadDir(data)
	require.NoError(t, err)
	require.Empty(t, entries)

	code, out, errs = call(t, append(small, "--workload=holds", "--database", url, "--profiles", data)...)
	require.Equal(t, exitDone, code, errs)
	if os.Getenv("CAMPUSLEDGER_TEST_FSYNC") != "on" {
		require.Contains(t, out, "NOT DURABLE: the server runs with fsync = off.")
		require.Contains(t, errs, "NOT DURABLE")
	}
	require.FileExists(t, data+"/postgres-holds-4.pprof")
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	requireNoSchemas(t, conn)
}

func requireNoSchemas(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	var schemas int
	require.NoError(t, conn.QueryRow(t.Context(), `select count(*) from pg_namespace where nspname like 'campusledger\_bench%'`).Scan(&schemas))
	require.Zero(t, schemas)
}

func TestBenchSparesASchool(t *testing.T) {
	t.Parallel()
	url, data := pgtest.URL(t), t.TempDir()
	code, _, errs := call(t, "merchant", "canteen1", "Canteen", "--data", data, "--database", url)
	require.Equal(t, exitDone, code, errs)
	arguments := slices.Concat(small, []string{"--workload=spread", "--database", url, "--json"})
	code, _, errs = call(t, arguments...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "holds a school's books")
	code, out, errs := call(t, append(arguments, "--force")...)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, out, `"workload":"spread"`)
	code, out, errs = call(t, "audit", "--data", data, "--database", url)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, out, "Clean")
}

func TestBenchRefusesWhatItCannotMeasure(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{"--workload=dinner", "--callers=0", "--callers=-1,4", "--runs=0", "--duration=0s", "--entries=0"} {
		code, _, errs := call(t, "bench", "--data", t.TempDir(), argument)
		require.Equal(t, exitFailed, code, argument)
		require.Contains(t, errs, strings.SplitN(argument, "=", 2)[0])
	}
	code, out, _ := call(t, "bench", "--list")
	require.Equal(t, exitDone, code)
	for _, workload := range append(load.Workloads(), httpWorkload) {
		require.Contains(t, out, workload.About)
	}
}

func TestMediansAreOfEachFigureByItself(t *testing.T) {
	t.Parallel()
	known := 7.0
	runs := []benchRow{
		{Workload: "spread", figures: figures{PaymentsPerS: 3, P99: 1, LogBytes: &known}},
		{figures: figures{PaymentsPerS: 1, P99: 9}},
		{figures: figures{PaymentsPerS: 2, P99: 5}},
	}
	row := medians(runs)
	require.Equal(t, "spread", row.Workload)
	require.Equal(t, 3, row.Runs)
	require.InDelta(t, 2, row.PaymentsPerS, 0)
	require.InDelta(t, 5, row.P99, 0)
	require.InDelta(t, 7, *row.LogBytes, 0)
	require.InDelta(t, 1.5, medians([]benchRow{{Ratio: 1}, {Ratio: 2}}).Ratio, 0)
}

func TestServerCPUGrowsWithItsChildren(t *testing.T) {
	t.Parallel()
	own, ok := readProcess("self")
	if !ok {
		t.Skip("no /proc here")
	}
	require.Equal(t, os.Getppid(), own.parent)
	require.Equal(t, time.Duration(-1), serverCPU(0))
	before := serverCPU(os.Getpid())
	require.GreaterOrEqual(t, before, time.Duration(0))
	busy := exec.CommandContext(t.Context(), "sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done")
	require.NoError(t, busy.Run())
	require.GreaterOrEqual(t, serverCPU(os.Getpid())-before, 50*time.Millisecond)
	require.Zero(t, parentOf(os.Getpid(), "postgres"))
}
