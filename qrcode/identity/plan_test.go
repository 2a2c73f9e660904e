package identity_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

// PostgreSQL keeps the plan of a prepared statement. One made while the table
// was empty must still be the right one when a school is in it: the sale path
// asks for a holder by its whole key, never by a scan of the school.
func TestPlansMadeOnAnEmptyTableUseTheWholeKey(t *testing.T) {
	t.Parallel()
	db := domaintest.Postgres(t)
	db.SetMaxOpenConns(1)
	directory := open(t, db, &identity.Options{LookupsMax: 100})
	for range 10 { // from the sixth execution on the plan is kept
		_, err := directory.CheckCard(t.Context(), school, 1, 1)
		require.ErrorIs(t, err, identity.ErrUnknownHolder)
		checkCards(t, directory, 64)
		_, err = directory.HolderByStudentNo(t.Context(), school, "1")
		require.ErrorIs(t, err, identity.ErrUnknownHolder)
		_, err = directory.Lookup(t.Context(), identity.Claim{Guardian: "g", School: school, Name: "n", IDNo: "1"})
		require.ErrorIs(t, err, identity.ErrNoMatch)
	}
	for _, c := range []struct{ query, arguments, index string }{
		{"HolderGet", "102, 1", "holder_pkey"},
		{"HoldersGet", "102" + strings.Repeat(", 1", 8), "holder_pkey"},
		{"HolderByStudent", `102, '\x00'`, "holder_student_key"},
		{"HoldersByID", `'\x00'`, "holder_id_index"},
	} {
		plan := keptPlan(t, db, c.query, c.arguments)
		require.Contains(t, plan, c.index)
		require.NotContains(t, plan, "Filter", "no row is read in vain")
	}
}

// checkCards checks so many cards at once, of holders who do not exist.
func checkCards(t *testing.T, directory *identity.Directory, cards int) {
	t.Helper()
	var group sync.WaitGroup
	for i := range cards {
		group.Go(func() {
			if _, err := directory.CheckCard(t.Context(), school, identity.Number(i+1), 1); !errors.Is(err, identity.ErrUnknownHolder) {
				t.Errorf("card %d: %v", i, err)
			}
		})
	}
	group.Wait()
}

// keptPlan explains the generic plan of a statement this connection prepared.
func keptPlan(tb testing.TB, db *sql.DB, query, arguments string) string {
	tb.Helper()
	var name string
	var generic int
	err := db.QueryRowContext(tb.Context(),
		"select name, generic_plans from pg_prepared_statements where statement like $1", "-- name: "+query+" :%").Scan(&name, &generic)
	require.NoError(tb, err)
	require.Positive(tb, generic, "the plan is one that is kept")
	rows, err := db.QueryContext(tb.Context(), fmt.Sprintf("explain execute %s(%s)", name, arguments))
	require.NoError(tb, err)
	defer func() { _ = rows.Close() }()
	var plan strings.Builder
	for rows.Next() {
		var line string
		require.NoError(tb, rows.Scan(&line))
		plan.WriteString(line + "\n")
	}
	require.NoError(tb, rows.Err())
	return plan.String()
}

func BenchmarkCheckCard(b *testing.B) {
	for name, db := range map[string]*sql.DB{"sqlite": domaintest.SQLite(b), "postgres": domaintest.Postgres(b)} {
		b.Run(name, func(b *testing.B) {
			directory := open(b, db, nil)
			people := make([]identity.Registration, 500)
			for i := range people {
				people[i] = pupil(i)
			}
			numbers := enrol(b, directory, people...)
			_, err := directory.IssueCards(b.Context(), school, numbers, "office")
			require.NoError(b, err)
			for i := 0; b.Loop(); i++ {
				_, err := directory.CheckCard(b.Context(), school, numbers[i%len(numbers)], 1)
				require.NoError(b, err)
			}
		})
	}
}
