package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const sample = "../../../examples/school"

// call runs the command as a shell would.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.WithoutCancel(t.Context()), args, streams{out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestImportRosterAnswersTheExpectedJSON(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(filepath.Join(sample, "roster-messy.expected.json"))
	require.NoError(t, err)
	data := t.TempDir()
	for _, args := range [][]string{{"--dry-run"}, {}, {}} { // repeatable without change
		args = append([]string{"import", "roster", filepath.Join(sample, "roster-messy.xlsx"), "--json", "--data", data}, args...)
		code, out, errs := call(t, args...)
		require.Equal(t, exitFindings, code, errs)
		require.JSONEq(t, string(want), out)
	}
}

func TestImportListsAndClose(t *testing.T) {
	t.Parallel()
	for name, place := range map[string][]string{
		"embedded":   {"--data", t.TempDir()},
		"PostgreSQL": {"--data", t.TempDir(), "--database", pgtest.URL(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, list := range []struct{ kind, rows string }{{"dishes", "30"}, {"fees", "5"}} {
				file := filepath.Join(sample, list.kind+".csv")
				code, out, errs := call(t, append([]string{"import", list.kind, file, "--dry-run"}, place...)...)
				require.Equal(t, exitDone, code, errs)
				require.Contains(t, out, list.rows+" new")
				code, out, _ = call(t, append([]string{"import", list.kind, file}, place...)...)
				require.Equal(t, exitDone, code)
				require.Contains(t, out, list.rows+" new")
				code, out, _ = call(t, append([]string{"import", list.kind, file, "--json"}, place...)...)
				require.Equal(t, exitDone, code)
				require.Contains(t, out, `"unchanged":`+list.rows)
			}
			code, out, errs := call(t, append([]string{"merchant", "canteen1", "Canteen"}, place...)...)
			require.Equal(t, exitDone, code, errs)
			require.Contains(t, out, "canteen1")
			code, out, errs = call(t, append([]string{"close"}, place...)...)
			require.Equal(t, exitDone, code, errs)
			require.Contains(t, out, "is closed by record")
			closed, _, _ := strings.Cut(out, " ")
			code, again, errs := call(t, append([]string{"close", "--date", closed}, place...)...)
			require.Equal(t, exitDone, code, errs)
			require.Regexp(t, "^"+closed+` was closed already \(record \d+\); it is sealed; \d{4}-\d\d-\d\d is open.\n$`, again)
			_, open, _ := strings.Cut(out, "; it is sealed; ")
			require.Contains(t, again, open)
			code, _, errs = call(t, append([]string{"close", "--date", closed, "--next", "2999-01-01"}, place...)...)
			require.Equal(t, exitFindings, code)
			require.Contains(t, errs, "another next")
			code, _, errs = call(t, append([]string{"close", "--date", "2020-01-01"}, place...)...)
			require.Equal(t, exitFindings, code)
			require.Contains(t, errs, "Refused: close 2020-01-01: ")
			code, out, errs = call(t, append([]string{"audit"}, place...)...)
			require.Equal(t, exitDone, code, errs)
			require.Contains(t, out, "Clean")
		})
	}
}

func TestReopenUndoesTheLatestClose(t *testing.T) {
	t.Parallel()
	for name, place := range map[string][]string{
		"embedded":   {"--data", t.TempDir()},
		"PostgreSQL": {"--data", t.TempDir(), "--database", pgtest.URL(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := func(want int, args ...string) string {
				t.Helper()
				code, out, errs := call(t, append(args, place...)...)
				require.Equal(t, want, code, "%s%s", out, errs)
				return out + errs
			}
			authorised := []string{"--by", "head teacher", "--why", "a delivery was left out"}
			reopen := func(want int, date string) string {
				t.Helper()
				return command(want, append([]string{"reopen", date}, authorised...)...)
			}
			command(exitDone, "import", "fees", filepath.Join(sample, "fees.csv"))
			require.Contains(t, reopen(exitFindings, "2026-01-01"), "is not the latest closed one")
			first, _, _ := strings.Cut(command(exitDone, "close"), " ")
			second, _, _ := strings.Cut(command(exitDone, "close"), " ")
			require.Contains(t, reopen(exitFindings, first), "is not the latest closed one")
			out := reopen(exitDone, second)
			require.Contains(t, out, second+" is open again by record ")
			require.Equal(t, out, reopen(exitDone, second), "repeating it changes nothing")
			require.Contains(t, reopen(exitDone, first), first+" is open again by record ")
			require.Contains(t, command(exitDone, "close"), first+" is closed by record ")
			require.Contains(t, reopen(exitDone, first), first+" is open again by record ", "as often as it is closed")
			require.Contains(t, command(exitDone, "audit"), "open date "+first)
		})
	}
}

func TestReopenWantsTheDataForItself(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	serving, err := school.Open(t.Context(), where, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = serving.Close() })
	code, _, errs := call(t, "reopen", "2026-09-01", "--by", "x", "--why", "y", "--data", where.Dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "in use by another process")
}

func TestDemoAuditsAndExports(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	code, out, errs := call(t, "demo", "--pupils", "20", "--scans", "60", "--data", data)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, out, "Audit clean")
	code, out, errs = call(t, "export", "hledger", "--data", data)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, out, "merchant")

	db, err := sql.Open("sqlite", filepath.Join(data, "ledger.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(t.Context(), "update balance set credits = credits + 1 where number = (select number from account where path like 'merchant/%')")
	require.NoError(t, err)
	code, out, errs = call(t, "audit", "--json", "--data", data)
	require.Equal(t, exitFindings, code, errs)
	var report audit.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.Contains(t, report.Findings[0].Key, "path=merchant/canteen1")
}

func TestBadInputSaysWhatAndWhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no command":           {nil, "expected one of"},
		"an unknown flag":      {[]string{"audit", "--jsn"}, "unknown flag --jsn"},
		"a school too high":    {[]string{"audit", "--school", "100000"}, "--school 100000"},
		"a missing file":       {[]string{"import", "dishes", "none.csv"}, "none.csv"},
		"no data":              {[]string{"audit", "--data", "/nonexistent"}, "/nonexistent"},
		"a database down":      {[]string{"audit", "--database", "postgres://nobody@127.0.0.1:1/x"}, "127.0.0.1"},
		"a date that's none":   {[]string{"close", "--date", "2026-13-01", "--data", "/nonexistent"}, "--date"},
		"a reopened no date":   {[]string{"reopen", "2026-13-01", "--by", "x", "--why", "y", "--data", "/nonexistent"}, "DATE: "},
		"a reopen of nothing":  {[]string{"reopen", "2026-09-01", "--by", "x", "--why", "y", "--data", "/nonexistent"}, "holds no school"},
		"a reopen by nobody":   {[]string{"reopen", "2026-09-01", "--why", "y"}, "missing flags: --by"},
		"a reopen without why": {[]string{"reopen", "2026-09-01", "--by", "x"}, "missing flags: --why"},
		"a close of nothing":   {[]string{"close", "--data", "/nonexistent"}, "holds no school"},
		"a close by nobody":    {[]string{"close", "--by", ""}, "--by: say who"},
		"a merchant of none":   {[]string{"merchant", "m1", "M", "--data", "/nonexistent"}, "holds no school"},
		"a merchant by nobody": {[]string{"merchant", "m1", "M", "--by="}, "--by: say who"},
		"an export of nothing": {[]string{"export", "trialbalance", "--data", "/nonexistent"}, "holds no school"},
		"a list of nothing":    {[]string{"export", "list", "--data", "/nonexistent"}, "holds no school"},
		"an archive of none":   {[]string{"archive", "none.zip", "--until", "2026-01-01", "--data", "/nonexistent"}, "holds no school"},
		"nobody at all":        {[]string{"demo", "--pupils", "0"}, "--pupils 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, errs := call(t, test.args...)
			require.Equal(t, exitFailed, code)
			require.Contains(t, errs, test.want)
		})
	}
	code, out, _ := call(t, "--help")
	require.Equal(t, exitDone, code)
	require.Contains(t, strings.Join(strings.Fields(out), " "), "Exit codes: 0 done, 1 findings, refused or not proven, 2 could not run.")
}
