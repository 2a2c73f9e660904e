package pgstore_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// control are the statements about the transaction and the connection.
var control = regexp.MustCompile(`^(begin isolation level \w+ \w+( read only)?|commit|rollback|savepoint \w+|release savepoint \w+` +
	`|rollback to savepoint \w+; release savepoint \w+|discard plans|select 1|(un)?listen \w+|select pg_notify\(\$1, \$2\))$`)

// readsNoTable tells control statements and settings from the others. What is set
// must end with the transaction.
func readsNoTable(statement string) bool {
	if strings.Count(statement, "set_config(") != strings.Count(statement, ", true)") {
		return false
	}
	return control.MatchString(statement) || settings.MatchString(statement) && !strings.Contains(statement, " from ")
}

var settings = regexp.MustCompile(`^select\s+(current_setting|set_config)\([^;]*$`)

// ofOneBook is what each statement on tables must look like; that it reads one
// book is up to the planner.
var (
	insertsOfOneBook = regexp.MustCompile(`^insert into \w+( as \w+)? \(book_id\b[^)]*\)\s+` +
		`(values \(\$1\b|select b\.book_id, [\s\S]* from book b[,\s][\s\S]*where b\.book_id = \$1\b)`)
	forbidden = regexp.MustCompile(`(?i)\b(now|current_(date|time|timestamp|user)|localtime(stamp)?|session_user|merge|copy|truncate` +
		`|nextval|tablesample)\b|\w\[\w`)
	called = regexp.MustCompile(`\b([a-z_]+)\s*\(`)
)

func TestEveryStatementTouchesOneBook(t *testing.T) {
	t.Parallel()
	const first, second = ledger.BookID(987654321), ledger.BookID(987654322)
	heard := &eavesdropper{sent: map[string][]any{}, books: map[*pgx.Conn]any{}}
	pool := newPool(t, nil)
	listened := openPool(t, pool.Config().ConnString(), func(config *pgxpool.Config) { config.ConnConfig.Tracer = heard })
	heard.sent = map[string][]any{} // without the migrations
	heard.wrong = nil
	for _, number := range []ledger.BookID{first, second} {
		useEverything(t, listened, heard, number)
	}
	require.Empty(t, heard.wrong)

	for _, statement := range statementsOfSource(t) {
		_, sent := heard.sent[statement]
		require.True(t, sent, "this test does not see at work: %s", statement)
	}
	tables := readNames(t, pool, `select name from ours`)
	for statement, args := range heard.sent {
		if readsNoTable(statement) {
			continue
		}
		require.NotRegexp(t, forbidden, statement)
		require.Empty(t, notImmutable(t, pool, statement), "functions of %s", statement)
		if strings.HasPrefix(statement, "insert") {
			require.Regexp(t, insertsOfOneBook, statement)
		}
		scans := scansOf(t, pool, statement, args)
		require.True(t, len(scans) > 0 || strings.Contains(statement, "values ($1"), "no table is read by %s", statement)
		for _, scan := range scans {
			require.Contains(t, tables, scan.Relation)
			require.Contains(t, scan.condition(), fmt.Sprintf("book_id = '%d'::bigint", args[0]), "how %s is read by %s", scan.Relation, statement)
		}
		if strings.Contains(statement, "for update") {
			require.Contains(t, statement, "from book b where", "the lock is the book's row")
		}
	}
}

// The test would see what it looks for.
func TestAStatementOnTwoBooksIsSeen(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	for _, statement := range []string{
		`select j.body from journal j where j.seq > $1`,
		`select a.path from account a join milestone m on m.account = a.number where a.book_id = $1`,
		`select b.seq from book b where b.book_id >= $1`,
	} {
		scans := scansOf(t, pool, statement, []any{int64(987654321)})
		require.True(t, slices.ContainsFunc(scans, func(s scan) bool {
			return !strings.Contains(s.condition(), "book_id = '987654321'::bigint")
		}), statement)
	}
	require.Equal(t, []string{"now", "random"}, notImmutable(t, pool, `select now(), coalesce(abs(random()), 1)`))
	require.NotRegexp(t, insertsOfOneBook, `insert into seal (book_id, seq, note) select $1, u.* from unnest($2::bigint[], $3::text[]) u`)
	require.Regexp(t, forbidden, `update account set debits = $2[1] + amounts[i] where book_id = $1`)
	require.False(t, readsNoTable(`select set_config('lock_timeout', '1', false)`))
}

// scan is how a plan reads a table.
type scan struct {
	Node     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Filter   string `json:"Filter"`
	Index    string `json:"Index Cond"`
	Recheck  string `json:"Recheck Cond"`
	Plans    []scan `json:"Plans"`
}

func (s *scan) condition() string {
	return strings.Join([]string{s.Filter, s.Index, s.Recheck}, " and ")
}

// scansOf asks the planner how a statement reads tables. It knows what follows
// from equalities: a condition on the book that every scan has is proven.
func scansOf(t *testing.T, pool *pgxpool.Pool, statement string, args []any) []scan {
	t.Helper()
	var text []byte
	require.NoError(t, pool.QueryRow(t.Context(), `explain (format json) `+statement, args...).Scan(&text), statement)
	var explained []struct{ Plan scan }
	require.NoError(t, json.Unmarshal(text, &explained))
	var scans []scan
	var walk func(s scan)
	walk = func(s scan) {
		if s.Relation != "" && s.Node != "ModifyTable" {
			scans = append(scans, s)
		}
		for _, below := range s.Plans {
			walk(below)
		}
	}
	walk(explained[0].Plan)
	return scans
}

// notImmutable returns the functions of a statement that may answer differently
// the second time.
func notImmutable(t *testing.T, pool *pgxpool.Pool, statement string) []string {
	t.Helper()
	var names []string
	for _, call := range called.FindAllStringSubmatch(statement, -1) {
		names = append(names, call[1])
	}
	rows, err := pool.Query(t.Context(), `select distinct proname::text from pg_proc where proname = any($1) and provolatile <> 'i' order by 1`, names)
	require.NoError(t, err)
	volatile, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return volatile
}
