package pgfloor_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/pgstore/pgfloor"
	"github.com/campusledger/campusledger/ledger/storetest/load"
	"github.com/campusledger/campusledger/sql/pgtest"
)

func newPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.Pool(t)
	require.NoError(t, pgstore.Migrate(t.Context(), pool))
	return pool
}

func newFloor(t *testing.T, pool *pgxpool.Pool) *pgfloor.Floor {
	t.Helper()
	floor, err := pgfloor.New(t.Context(), pool)
	require.NoError(t, err)
	return floor
}

// content returns all rows of all tables that a workload writes to.
func content(t *testing.T, pool *pgxpool.Pool) map[string]string {
	t.Helper()
	tables := map[string]string{}
	for _, table := range []string{"book", "account", "journal", "milestone", "hold", "node"} {
		var text string
		query := "select coalesce(string_agg(r::text, e'\\n' order by r::text), '') from " + table + " r"
		require.NoError(t, pool.QueryRow(t.Context(), query).Scan(&text))
		tables[table] = text
	}
	return tables
}

// ran runs a workload on a new store, and returns its database too.
func ran(t *testing.T, workload string, count int64) (*load.Load, load.Run, *pgxpool.Pool) {
	t.Helper()
	pool := newPool(t)
	l, err := load.Prepare(t.Context(), pgstore.New(pool, nil), workload, &load.Options{Wallets: 100, Entries: 100})
	require.NoError(t, err)
	run, err := l.Run(t.Context(), 64, load.Until{Count: count})
	require.NoError(t, err)
	require.Equal(t, count, run.Count)
	return l, run, pool
}

func TestFloorWritesTheRowsOfTheStore(t *testing.T) {
	t.Parallel()
	const count = 1600 // more than a batch, of those that are accepted too
	for _, workload := range load.Workloads() {
		t.Run(workload.Name, func(t *testing.T) {
			t.Parallel()
			l, run, pool := ran(t, workload.Name, count)
			if workload.Reads {
				beside, err := l.BareReads(t.Context(), 4, load.Until{Count: count}, newFloor(t, pool))
				require.NoError(t, err)
				require.EqualValues(t, count, beside.Count)
				return
			}
			want, bare := content(t, pool), newPool(t)
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
	const count = 300
	for _, workload := range []string{load.LunchPeak, load.Holds, load.Opening} {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			l, run, pool := ran(t, workload, count)
			want, bare := content(t, pool), newPool(t)
			laid, err := l.Lay(t.Context(), &run, newFloor(t, bare))
			require.NoError(t, err)
			beside, err := laid.OneByOne(t.Context(), 16)
			require.NoError(t, err)
			require.EqualValues(t, count, beside.Count)
			require.Equal(t, want, content(t, bare))
		})
	}
}
