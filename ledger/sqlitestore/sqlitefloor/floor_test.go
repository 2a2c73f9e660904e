package sqlitefloor_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/sqlitestore/sqlitefloor"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

func newFloor(t *testing.T, path string) *sqlitefloor.Floor {
	t.Helper()
	floor, err := sqlitefloor.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, floor.Close()) })
	return floor
}

// content returns all rows of all tables that a workload writes to.
func content(t *testing.T, path string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	tables := map[string][]string{}
	for _, table := range []string{"book", "account", "balance", "journal", "milestone", "hold", "node"} {
		tables[table] = rowsOf(t, db, table)
	}
	return tables
}

func rowsOf(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "select * from "+table)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	var all []string
	for rows.Next() {
		require.NoError(t, rows.Scan(places...))
		all = append(all, fmt.Sprintf("%v", values))
	}
	require.NoError(t, rows.Err())
	slices.Sort(all)
	return all
}

// ran runs a workload on a new store, and returns its file too.
func ran(t *testing.T, workload string, count int64) (*load.Load, load.Run, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	l, err := load.Prepare(t.Context(), store, workload, &load.Options{Wallets: 100, Entries: 100})
	require.NoError(t, err)
	run, err := l.Run(t.Context(), 64, load.Until{Count: count})
	require.NoError(t, err)
	require.Equal(t, count, run.Count)
	return l, run, path
}

func TestFloorWritesTheRowsOfTheStore(t *testing.T) {
	t.Parallel()
	const count = 1600 // more than a batch, of those that are accepted too
	for _, workload := range load.Workloads() {
		t.Run(workload.Name, func(t *testing.T) {
			t.Parallel()
			l, run, path := ran(t, workload.Name, count)
			if workload.Reads {
				beside, err := l.BareReads(t.Context(), 4, load.Until{Count: count}, newFloor(t, path))
				require.NoError(t, err)
				require.EqualValues(t, count, beside.Count)
				return
			}
			want, bare := content(t, path), filepath.Join(t.TempDir(), "bare.db")
			require.NotEmpty(t, want["journal"])
			laid, err := l.Lay(t.Context(), &run, newFloor(t, bare))
			require.NoError(t, err)
			beside, err := laid.InBatches(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, count, beside.Count)
			require.Equal(t, want, content(t, bare))
		})
	}
}

func TestFloorWritesTheSameRowByRow(t *testing.T) {
	t.Parallel()
	const count = 100
	for _, workload := range []string{load.LunchPeak, load.Holds, load.Opening} {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			l, run, path := ran(t, workload, count)
			want, bare := content(t, path), filepath.Join(t.TempDir(), "bare.db")
			laid, err := l.Lay(t.Context(), &run, newFloor(t, bare))
			require.NoError(t, err)
			beside, err := laid.OneByOne(t.Context(), 16)
			require.NoError(t, err)
			require.EqualValues(t, count, beside.Count)
			require.Equal(t, want, content(t, bare))
		})
	}
}
