package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var smallEndurance = []string{"--duration=600ms", "--every=200ms", "--callers=4", "--rate=0", "--wallets=50"}

func TestBenchEndureLooksAgainAndAgain(t *testing.T) {
	t.Parallel()
	for _, place := range places(t) {
		t.Run(place.store, func(t *testing.T) {
			t.Parallel()
			code, out, errs := call(t, append([]string{"bench", "endure", "--json", place.flag, place.value}, smallEndurance...)...)
			require.Equal(t, exitDone, code, errs)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			require.Len(t, lines, 4, "three looks and the verdict")
			var last int64
			for _, line := range lines[:3] {
				var row endureRow
				require.NoError(t, json.Unmarshal([]byte(line), &row))
				require.Greater(t, row.Records, last)
				last = row.Records
				checkEndureRow(t, &row, place.store)
			}
			var end struct{ Verdict []drift }
			require.NoError(t, json.Unmarshal([]byte(lines[3]), &end))
			require.Equal(t, "heap bytes", end.Verdict[0].Figure)
			for _, d := range end.Verdict {
				if d.First > 0 {
					require.InDelta(t, d.Last/d.First, d.Ratio, 0.001, d.Figure)
				}
			}
		})
	}
}

func checkEndureRow(t *testing.T, row *endureRow, store string) {
	t.Helper()
	require.Equal(t, store, row.Store)
	require.Positive(t, row.Minutes)
	require.Positive(t, row.PaymentsPerS)
	require.LessOrEqual(t, row.P50, row.P99)
	require.Positive(t, row.Heap)
	require.Positive(t, row.Goroutines)
	require.Positive(t, row.Disk)
	if _, err := os.Stat("/proc/self/status"); err == nil {
		require.Greater(t, row.RSS, int64(1<<20))
	}
	if store == "sqlite" {
		require.Empty(t, row.Hot)
		require.EqualValues(t, -1, row.ServerMemory)
		return
	}
	require.Len(t, row.Hot, 2)
	for _, hot := range row.Hot {
		require.Positive(t, hot.Bytes, hot.Name)
		require.LessOrEqual(t, hot.HotUpdates, hot.Updates)
	}
}

func TestADriftIsOfMediansOfThirds(t *testing.T) {
	t.Parallel()
	var rows []endureRow
	for _, heap := range []uint64{10, 90, 20, 40, 50, 60, 20, 1, 30} {
		rows = append(rows, endureRow{Heap: heap, ServerMemory: -1, Hot: []hotTable{{Name: "book", Bytes: int64(heap)}}})
	}
	all := drifts(rows)
	require.Equal(t, drift{Figure: "heap bytes", First: 20, Last: 20, Ratio: 1}, all[0])
	require.Equal(t, drift{Figure: "book table bytes", First: 20, Last: 20, Ratio: 1}, all[len(all)-2])
	require.Equal(t, drift{Figure: "book dead rows"}, all[len(all)-1])
	require.Equal(t, drift{Figure: "heap bytes", First: 10, Last: 90, Ratio: 9}, drifts(rows[:2])[0])
}

// TestBenchEndure is what `make endure` runs.
func TestBenchEndure(t *testing.T) {
	t.Parallel()
	for _, out := range asked(t, "CAMPUSLEDGER_TEST_ENDURANCE", "--duration", []string{"endure"}, smallEndurance) {
		require.Contains(t, out, "GOROUTINES")
		require.Regexp(t, `heap bytes +│ +\d`, out)
	}
}

func TestBenchEndureRefusesWhatItCannotMeasure(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{"--every=0s", "--duration=1s", "--callers=0", "--rate=-1", "--wallets=0"} {
		code, _, errs := call(t, "bench", "endure", "--data", t.TempDir(), argument)
		require.Equal(t, exitFailed, code, argument)
		require.Contains(t, errs, strings.SplitN(argument, "=", 2)[0])
	}
}
