package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// engine is a store and a second way into its database.
type engine struct {
	store   ledger.Store
	db      *sql.DB
	literal *strings.Replacer
	// listColumns takes a table's name.
	listColumns string
	listTables  string
	tables      []string
}

func openSQLite(t testing.TB) engine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "books.db")
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return engine{store, db, strings.NewReplacer("{blob}", "zeroblob(32)", "{id}", "x'00112233445566778899aabbccddeeff'", "{hex}", "x'"),
		"select name from pragma_table_info($1)", "select name from sqlite_master where type = 'table'", sqliteTables}
}

func openPostgres(t testing.TB) engine {
	t.Helper()
	pool := pgtest.Pool(t)
	require.NoError(t, pgstore.Migrate(t.Context(), pool))
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return engine{pgstore.New(pool, nil), db, strings.NewReplacer(
		"{blob}", `'\x`+strings.Repeat("00", 32)+`'::bytea`, "{id}", "'00112233-4455-6677-8899-aabbccddeeff'::uuid", "{hex}", `'\x`),
		"select column_name from information_schema.columns where table_name = $1",
		"select table_name from information_schema.tables where table_schema = current_schema()", postgresTables}
}

var engines = map[string]func(testing.TB) engine{"sqlite": openSQLite, "postgres": openPostgres}

var (
	postgresTables = []string{"book", "account", "journal", "milestone", "closing", "hold", "refund", "node", "seal", "cursor"}
	sqliteTables   = append(slices.Clone(postgresTables), "balance")
)

// exec runs statements and returns how many rows they changed.
func (e engine) exec(t testing.TB, statements string) (changed int64) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, "; ") {
		result, err := e.db.ExecContext(t.Context(), e.literal.Replace(statement))
		require.NoError(t, err, statement)
		n, err := result.RowsAffected()
		require.NoError(t, err)
		changed += n
	}
	return changed
}

// keep copies every table; restore puts the copies in their places, without
// keys, checks and foreign keys: a forger drops those first.
func (e engine) keep(t *testing.T) {
	t.Helper()
	for _, table := range e.tables {
		e.exec(t, fmt.Sprintf("create table kept_%s as select * from %s", table, table))
	}
	for _, table := range slices.Backward(e.tables) {
		e.exec(t, "drop table "+table)
	}
	for _, table := range e.tables {
		e.exec(t, fmt.Sprintf("create table %s as select * from kept_%s", table, table))
	}
}

func (e engine) restore(t *testing.T) {
	t.Helper()
	for _, table := range e.tables {
		e.exec(t, "delete from "+table)
		e.exec(t, fmt.Sprintf("insert into %s select * from kept_%s", table, table))
	}
}

func TestTamperingIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t)
			history(t, e.store)
			require.NoError(t, e.store.Create(t.Context(), 8))
			long := e.long(t, longKeys(t), 0)
			e.requireEveryTableIsTamperedWith(t)
			e.requireEveryColumnIsTamperedWith(t, name)
			e.keep(t)
			for _, tampering := range audit.Tamperings() {
				if tampering.Engine != "" && tampering.Engine != name || tampering.Way == audit.WayRewrite {
					continue
				}
				t.Run(tampering.Name(), func(t *testing.T) { // in turn: they share the tables
					doing, ofHistory := doings[tampering.Name()]
					options, book := long.options(&tampering), longBook
					if ofHistory {
						options, book = nil, historyBook
					} else {
						doing = longDoings[tampering.Name()]
						doing.statement = long.fill(doing.statement)
					}
					if statement, otherwise := sqliteDoings[tampering.Name()]; otherwise && name == "sqlite" {
						doing.statement = statement
					}
					require.NotEmpty(t, doing.statement, "nobody does it")
					e.requireFound(t, book, options, &tampering, doing)
				})
			}
		})
	}
}

// TestAnotherHistory rewrites a journal from its beginning.
func TestAnotherHistory(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := longKeys(t)
			genuine := open(t).long(t, keys, 0)
			for _, tampering := range audit.Tamperings() {
				if tampering.Way != audit.WayRewrite {
					continue
				}
				t.Run(tampering.Name(), func(t *testing.T) {
					t.Parallel()
					theirs, key := keys, "seq=150"
					switch tampering.Needs {
					case "a Verifier is given (`--keys`)":
						theirs = longKeys(t)
					case "Checkpoints are given (`--checkpoint`)":
						key = "origin=school.example/books/9 size=300"
					}
					e := open(t)
					forged := e.long(t, theirs, 1)
					if tampering.Needs == "" {
						for i, c := range genuine.checkpoints {
							s := ledger.Seal{Seq: c.Size, Note: c.Note}
							require.NoError(t, e.store.(ledger.Seals).PutSeal(t.Context(), longBook, s, forged.checkpoints[i].Note))
						}
					}
					e.requireFinding(t, longBook, genuine.options(&tampering), &tampering, key, "")
				})
			}
		})
	}
}

func TestTamperTableIsCurrent(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("TAMPER.md")
	require.NoError(t, err)
	require.Equal(t, audit.TamperTable(), string(file))
}

func (e engine) requireEveryColumnIsTamperedWith(t *testing.T, engine string) {
	t.Helper()
	tampered := map[string]bool{}
	for _, tampering := range audit.Tamperings() {
		require.False(t, tampered[tampering.Name()], "%s is there twice", tampering.Name())
		tampered[tampering.Name()] = tampering.Column != "" && (tampering.Engine == "" || tampering.Engine == engine)
	}
	for _, table := range e.tables {
		for _, column := range e.columnsOf(t, table) {
			require.True(t, tampered[table+"."+column], "%s.%s", table, column)
			delete(tampered, table+"."+column)
		}
	}
	for name, column := range tampered {
		require.False(t, column, "there is no %s", name)
	}
}

// requireEveryTableIsTamperedWith compares the list of tables with the schema: a
// new one needs rows.
func (e engine) requireEveryTableIsTamperedWith(t *testing.T) {
	t.Helper()
	found, err := e.db.QueryContext(t.Context(), e.listTables)
	require.NoError(t, err)
	defer found.Close()
	var names []string
	for found.Next() {
		var name string
		require.NoError(t, found.Scan(&name))
		ours := strings.HasPrefix(name, "early_") // copies that this test made
		if !ours && name != "ledger_schema_version" && name != "sqlite_sequence" {
			names = append(names, name)
		}
	}
	require.NoError(t, found.Err())
	require.ElementsMatch(t, e.tables, names)
}

func (e engine) columnsOf(t *testing.T, table string) []string {
	t.Helper()
	found, err := e.db.QueryContext(t.Context(), e.listColumns, table)
	require.NoError(t, err)
	defer found.Close()
	var names []string
	for found.Next() {
		var name string
		require.NoError(t, found.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, found.Err())
	return names
}

func (e engine) requireFound(t *testing.T, book ledger.BookID, options *audit.Options, tampering *audit.Tampering, want doing) {
	t.Helper()
	e.restore(t)
	report, err := audit.Run(t.Context(), e.store, book, options)
	require.NoError(t, err)
	if tampering.Way != audit.WayRollback {
		require.Empty(t, report.Findings, "the copy must be clean before it is touched")
	}
	require.Positive(t, e.exec(t, want.statement), "the statement must change something")
	f := e.requireFinding(t, book, options, tampering, want.key, want.column)
	require.Equal(t, want.table, f.Table)
	require.Contains(t, f.Sentence, f.Table+" "+f.Key)
}

// requireFinding audits for the finding, which needs what the tampering says it
// needs.
func (e engine) requireFinding(
	t *testing.T, book ledger.BookID, options *audit.Options, tampering *audit.Tampering, key, column string,
) audit.Finding {
	t.Helper()
	if tampering.Needs != "" {
		report, err := audit.Run(t.Context(), e.store, book, nil)
		require.NoError(t, err)
		require.Empty(t, report.Findings, "it is seen without what it needs")
	}
	report, err := audit.Run(t.Context(), e.store, book, options)
	require.NoError(t, err)
	var sentences []string
	for _, f := range report.Findings {
		if f.Code == tampering.Code && f.Key == key && (f.Column == column || tampering.Way == audit.WayRewrite) {
			return f
		}
		sentences = append(sentences, string(f.Code)+" "+f.Column+" | "+f.Sentence)
	}
	require.Failf(t, "not found", "want %s %s %s, got\n%s", tampering.Code, key, column, strings.Join(sentences, "\n"))
	return audit.Finding{}
}

func clean(t *testing.T, store ledger.Reader) bool {
	t.Helper()
	report, err := audit.Run(context.WithoutCancel(t.Context()), store, historyBook, nil)
	require.NoError(t, err)
	for _, f := range report.Findings {
		t.Log(f.Sentence)
	}
	return report.Clean()
}
