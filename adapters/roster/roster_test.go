package roster_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/roster"
	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

const school = 102

// books stands in for the ledger: it remembers whose accounts are open, and
// fails when told to.
type books struct {
	open  map[string]bool
	calls int
	fails int // the call that fails, from 1; 0 for none
}

func (b *books) OpenHolders(_ context.Context, refs []string) error {
	b.calls++
	if b.calls == b.fails {
		return errors.New("ledger is down")
	}
	for _, ref := range refs {
		b.open[ref] = true
	}
	return nil
}

func readSchoolFile(tb testing.TB, name string) *roster.Sheet {
	tb.Helper()
	file, err := os.Open(filepath.Join("..", "..", "examples", "school", name))
	require.NoError(tb, err)
	defer func() { _ = file.Close() }()
	sheet, err := roster.Read(file, name)
	require.NoError(tb, err)
	return sheet
}

func newTarget(tb testing.TB, db *sql.DB) (roster.Target, *books) {
	tb.Helper()
	keys, err := identity.NewKeys()
	require.NoError(tb, err)
	directory, err := identity.New(tb.Context(), db, keys, nil)
	require.NoError(tb, err)
	accounts := &books{open: map[string]bool{}}
	return roster.Target{School: school, Directory: directory, Accounts: accounts}, accounts
}

func TestMessyRosterGivesExactlyTheExpectedFindings(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(filepath.Join("..", "..", "examples", "school", "roster-messy.expected.json"))
	require.NoError(t, err)
	sheet := readSchoolFile(t, "roster-messy.xlsx")
	got, err := json.Marshal(sheet.Check())
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))

	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		target, accounts := newTarget(t, db)
		result, err := sheet.Import(t.Context(), target, nil)
		require.NoError(t, err)
		got, err := json.Marshal(result)
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(got))
		require.Equal(t, 554, result.Created)
		require.Len(t, accounts.open, 554)

		holder, err := target.Directory.HolderByStudentNo(t.Context(), school, "2025900006")
		require.NoError(t, err)
		require.Equal(t, "徐涵睿", holder.Person.Name)
		require.True(t, holder.Boarding)
		holder, err = target.Directory.HolderByStudentNo(t.Context(), school, "2025900010")
		require.NoError(t, err)
		require.Equal(t, "19343819992", holder.Person.Guardians[0].Phone)

		again, err := sheet.Import(t.Context(), target, nil)
		require.NoError(t, err)
		require.Equal(t, 554, again.Unchanged)
		require.Zero(t, again.Created+again.Updated+again.Opened)
		require.Equal(t, result.Report, again.Report)
	})
}

func TestWholeSchoolImportsWithoutErrorsAndTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	sheet := readSchoolFile(t, "roster.xlsx")
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		target, accounts := newTarget(t, db)
		var progress []int
		start := time.Now()
		result, err := sheet.Import(t.Context(), target, &roster.Options{Progress: func(done, total int) {
			require.Equal(t, 5000, total)
			progress = append(progress, done)
		}})
		require.NoError(t, err)
		t.Logf("5,000 rows in %s", time.Since(start))
		require.Equal(t, 5000, result.OK)
		require.Equal(t, 5000, result.Created)
		require.Equal(t, 5000, result.Opened)
		require.Empty(t, result.Errors)
		require.Empty(t, result.Normalised)
		require.Len(t, accounts.open, 5000)
		require.Equal(t, []int{500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000}, progress)

		start = time.Now()
		again, err := sheet.Import(t.Context(), target, nil)
		require.NoError(t, err)
		t.Logf("again in %s", time.Since(start))
		require.Equal(t, 5000, again.Unchanged)
		require.Zero(t, again.Opened)
		require.Equal(t, 10, accounts.calls, "nothing is opened twice")
	})
}

func TestImportCutOffIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	sheet := readSchoolFile(t, "roster-messy.xlsx")
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		target, accounts := newTarget(t, db)
		accounts.fails = 2
		opts := &roster.Options{BatchRows: 100}
		result, err := sheet.Import(t.Context(), target, opts)
		require.ErrorContains(t, err, "rows 101 to 200 of 554 valid")
		require.Equal(t, 100, result.Opened)
		require.Equal(t, 200, result.Created)

		counts := map[identity.Status]int{}
		for holder, err := range target.Directory.Holders(t.Context(), identity.Filter{School: school}) {
			require.NoError(t, err)
			counts[holder.Status]++
			require.Equal(t, holder.Status == identity.Active, accounts.open[holder.Ref()])
		}
		require.Equal(t, map[identity.Status]int{identity.Active: 100, identity.Opening: 100}, counts)

		result, err = sheet.Import(t.Context(), target, opts)
		require.NoError(t, err)
		require.Equal(t, 200, result.Unchanged)
		require.Equal(t, 354, result.Created)
		require.Equal(t, 454, result.Opened)
		require.Len(t, accounts.open, 554)
	})
}
