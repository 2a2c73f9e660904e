package main

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/sql/pgtest"
)

// places are a file and a server.
func places(t *testing.T) []struct{ store, flag, value string } {
	t.Helper()
	return []struct{ store, flag, value string }{{"sqlite", "--data", t.TempDir()}, {"postgres", "--database", pgtest.URL(t)}}
}

// smallGrowth makes it one of a second.
var smallGrowth = []string{"--callers=4", "--payments=40", "--readers=1,3", "--reads=10ms", "--runs=3", "--wallets=50"}

func TestBenchGrowthMeasuresAtEachSize(t *testing.T) {
	t.Parallel()
	for _, place := range places(t) {
		t.Run(place.store, func(t *testing.T) {
			t.Parallel()
			arguments := append([]string{"bench", "growth", "--json", "--sizes=0,1200", place.flag, place.value}, smallGrowth...)
			code, out, errs := call(t, arguments...)
			require.Equal(t, exitDone, code, errs)
			var rows []growthRow
			for line := range strings.Lines(out) {
				var row growthRow
				require.NoError(t, json.Unmarshal([]byte(line), &row))
				rows = append(rows, row)
			}
			require.Len(t, rows, 2*5, "payments, and two reads by two numbers of readers, at each size")
			for i := range rows {
				checkGrowthRow(t, &rows[i], place.store)
			}
			first, second := &rows[0], &rows[5]
			require.Nil(t, first.TimeRatio)
			require.EqualValues(t, 1240, second.Records, "after the stretch that is not counted")
			require.InDelta(t, first.PaymentsPerS/second.PaymentsPerS, *second.TimeRatio, 0.001)
			require.Positive(t, *second.CPURatio)
			require.InDelta(t, *second.LogBytes / *first.LogBytes, *second.LogRatio, 0.001)
			require.EqualValues(t, 1240+3*40, rows[6].Records)
			require.Greater(t, rows[9].Entries, rows[4].Entries)
		})
	}
}

func checkGrowthRow(t *testing.T, row *growthRow, store string) {
	t.Helper()
	require.Equal(t, store, row.Store)
	require.Equal(t, 3, row.Runs)
	require.Positive(t, row.PaymentsPerS)
	require.Positive(t, row.Entries)
	require.Less(t, row.Entries, row.Records)
	require.LessOrEqual(t, row.P50, row.P99)
	require.LessOrEqual(t, row.P99, row.P999)
	if row.Reads != "" {
		require.Zero(t, row.BatchMax)
		require.Nil(t, row.TimeRatio)
		return
	}
	require.InDelta(t, 40, row.Payments, 0)
	require.GreaterOrEqual(t, row.BatchMax, 1.0)
	require.Positive(t, *row.LogBytes)
	require.Positive(t, *row.FirstLogBytes)
}

// asked runs a bench on each database: what `make` asks for in a variable of the
// environment, printed as it comes, or else a small one. It returns what was
// printed.
func asked(t *testing.T, variable, flag string, arguments, small []string) []string {
	t.Helper()
	value := os.Getenv(variable)
	var printed []string
	for _, place := range places(t) {
		all := append([]string{"bench"}, arguments...)
		all = append(all, place.flag, place.value)
		if value == "" {
			code, out, errs := call(t, append(all, small...)...)
			require.Equal(t, exitDone, code, errs)
			printed = append(printed, out)
			continue
		}
		var out strings.Builder
		code := run(context.WithoutCancel(t.Context()), append(all, flag+"="+value), streams{out: &out, err: os.Stderr})
		require.Equal(t, exitDone, code)
		_, err := os.Stdout.WriteString(cmp.Or(out.String(), "nothing was printed") + "\n")
		require.NoError(t, err)
		printed = append(printed, out.String())
	}
	return printed
}

// TestBenchGrowth is what `make growth` runs.
func TestBenchGrowth(t *testing.T) {
	t.Parallel()
	for _, out := range asked(t, "CAMPUSLEDGER_TEST_SIZES", "--sizes", []string{"growth"}, append(smallGrowth, "--sizes=0,700,1500")) {
		require.Contains(t, out, "A PAYMENT AT")
		require.Contains(t, out, "READS AT")
		require.Regexp(t, `A payment at \d+ records costs [\d.]+× the time, [\d.]+× the processor time and [\d.]+× the log of one at \d+\.`, out)
	}
}

func TestBenchGrowthRefusesWhatItCannotMeasure(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{"--sizes=5,3", "--sizes=-1", "--callers=0", "--payments=0", "--readers=0", "--reads=0s", "--runs=0", "--wallets=0"} {
		code, _, errs := call(t, "bench", "growth", "--data", t.TempDir(), argument)
		require.Equal(t, exitFailed, code, argument)
		require.Contains(t, errs, strings.SplitN(argument, "=", 2)[0])
	}
}
