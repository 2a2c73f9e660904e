package school_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/audit"
)

// forger is a second way into the database around a ledger.
type forger struct {
	db          *sql.DB
	name        string // of the database
	listColumns string // takes a table's name
	listTables  string
}

func forgerOf(t *testing.T, where school.Location) forger {
	t.Helper()
	if where.Database == "" {
		db, err := sql.Open("sqlite", filepath.Join(where.Dir, "campus.db")+"?_pragma=busy_timeout(5000)")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return forger{db, "", "select name from pragma_table_info($1)", "select name from sqlite_schema where type = 'table'"}
	}
	pool, err := pgxpool.New(t.Context(), where.Database)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return forger{
		db, pool.Config().ConnConfig.Database, "select column_name from information_schema.columns where table_name = $1 order by ordinal_position",
		"select table_name from information_schema.tables where table_schema = 'public'",
	}
}

func (f forger) exec(t *testing.T, statements string) (changed int64) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, "; ") {
		result, err := f.db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
		n, err := result.RowsAffected()
		require.NoError(t, err)
		changed += n
	}
	return changed
}

func (f forger) texts(t *testing.T, query string, arguments ...any) (texts []string) {
	t.Helper()
	rows, err := f.db.QueryContext(t.Context(), query, arguments...)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		texts = append(texts, text)
	}
	require.NoError(t, rows.Err())
	return texts
}

// bare puts copies without keys and checks in the places of the tables, and keeps
// others to begin each forgery with.
func (f forger) bare(t *testing.T) {
	t.Helper()
	for _, table := range school.ProjectionTables() {
		drop := "drop table " + table
		if f.name != "" {
			drop += " cascade"
		}
		f.exec(t, fmt.Sprintf("create table kept_%[1]s as select * from %[1]s; %[2]s; create table %[1]s as select * from kept_%[1]s", table, drop))
	}
}

func (f forger) restore(t *testing.T) {
	t.Helper()
	for _, table := range school.ProjectionTables() {
		f.exec(t, fmt.Sprintf("delete from %[1]s; insert into %[1]s select * from kept_%[1]s", table))
	}
}

// one is the row of each table that is changed.
var one = map[string]string{
	"payment_order": "id = (select min(cast(id as text)) from kept_payment_order where state = 'paid' and purpose = 'topup')",
	"bill":          "id = (select min(id) from kept_bill)",
	"fee_item":      "id = (select item from kept_bill order by id limit 1)",
	"merchant":      "merchant = (select min(merchant) from kept_merchant)",
	"holder":        "holder = (select min(holder) from kept_holder)",
	"book_export":   "format = (select min(format) from kept_book_export)",
}

// others are values that no row has, by column.
var others = map[string]string{
	"id": "'00112233-4455-4677-8899-aabbccddeeff'", "school": "2", "gateway": "'other'", "purpose": "'fee'", "subject": "'h1'",
	"amount_minor": "amount_minor + 1", "currency": "'USD'", "state": "'closed'", "gateway_transaction_id": "'4200000000'", "late": "true",
	"paid_at": "'2020-01-01 00:00:00+00:00'", "item": "'0000000000000000'", "holder": "'h1'", "created_by": "'nobody'",
	"nature": "case nature when 'agency' then 'service' else 'agency' end", "billed": "false", "merchant": "'other'",
	"to_date": "'2020-01-01'", "close_seq": "close_seq + 1", "root": "'00'",
}

// copied inserts a copy of the row with some columns changed.
func (f forger) copied(t *testing.T, table string, changes map[string]string) string {
	t.Helper()
	columns := f.texts(t, f.listColumns, table)
	values := slices.Clone(columns)
	for i, column := range columns {
		if value, ok := changes[column]; ok {
			values[i] = value
		}
	}
	return fmt.Sprintf("insert into %s select %s from kept_%s where %s", table, strings.Join(values, ", "), table, f.where(table))
}

func (f forger) where(table string) string {
	if f.name != "" {
		return strings.Replace(one[table], "id = (select min(cast", "cast(id as text) = (select min(cast", 1)
	}
	return one[table]
}

// doing is how a tampering is done.
func (f forger) doing(t *testing.T, tampering *audit.Tampering) string {
	t.Helper()
	table, column := tampering.Table, tampering.Column
	value := others[column]
	switch {
	case table == "holder" && column == "holder":
		value = "12345"
	case tampering.Way == audit.WayDeletion:
		return fmt.Sprintf("delete from %s where %s", table, f.where(table))
	case column == "":
		return f.special(t, tampering.Change)
	}
	require.NotEmpty(t, value, "no other value for %s.%s", table, column)
	return fmt.Sprintf("update %s set %s = %s where %s", table, column, value, f.where(table))
}

func (f forger) special(t *testing.T, change string) string {
	t.Helper()
	switch change {
	case "an inserted order that is paid":
		return f.copied(t, "payment_order", map[string]string{"id": "'00112233-4455-4677-8899-aabbccddeeff'"})
	case "an order's row twice":
		return f.copied(t, "payment_order", nil)
	case "an unpaid order set to paid":
		return "update payment_order set state = 'paid' where state <> 'paid'"
	case "a paid order set back to sent, a day later":
		return "update payment_order set state = 'sent' where " + f.where("payment_order")
	case "two orders swapped":
		ids := f.texts(t, "select cast(id as text) from payment_order where state = 'paid' and purpose = 'topup' order by id limit 2")
		require.Len(t, ids, 2)
		return fmt.Sprintf("update payment_order set id = (select id from kept_payment_order other where cast(other.id as text) in ('%[1]s', '%[2]s') "+
			"and other.id <> payment_order.id) where cast(id as text) in ('%[1]s', '%[2]s')", ids[0], ids[1])
	case "an assessed bill that forgets it, a day later":
		return "update bill set assessed_at = null where " + f.where("bill")
	case "an inserted bill that is assessed":
		return f.copied(t, "bill", map[string]string{"id": "'0000000000000000-h1'"})
	case "a bill's row twice":
		return f.copied(t, "bill", nil)
	case "two bills swapped":
		ids := f.texts(t, "select id from bill order by id limit 2")
		return fmt.Sprintf("update bill set id = case id when '%[1]s' then '%[2]s' else '%[1]s' end where id in ('%[1]s', '%[2]s')", ids[0], ids[1])
	case "an inserted merchant, a day later":
		return f.copied(t, "merchant", map[string]string{"merchant": "'other'"})
	case "a merchant's row twice":
		return f.copied(t, "merchant", nil)
	case "a holder let in without accounts":
		return f.copied(t, "holder", map[string]string{"holder": "12345", "status": "'active'"})
	case "a holder's row twice":
		return f.copied(t, "holder", nil)
	case "the close of an export that is another":
		return "update book_export set close_seq = 1"
	}
	require.Failf(t, "nobody does it", "%s", change)
	return ""
}

func TestTamperingAroundTheLedgerIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	for name, where := range locations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lived(t, where)
			f := forgerOf(t, where)
			f.requireEveryColumnIsJudged(t)
			f.bare(t)
			require.Empty(t, audited(t, where, audit.Options{}).Findings, "the copy must be clean before it is touched")
			for _, tampering := range school.Tamperings() {
				t.Run(tampering.Table+" "+tampering.Name(), func(t *testing.T) { // in turn: they share the tables
					f.restore(t)
					require.Positive(t, f.exec(t, f.doing(t, &tampering)), "the statement must change something")
					requireFound(t, audited(t, where, audit.Options{}), &tampering)
				})
			}
			f.restore(t)
			require.Empty(t, audited(t, where, audit.Options{}).Findings)
		})
	}
}

func requireFound(t *testing.T, report audit.Report, tampering *audit.Tampering) {
	t.Helper()
	var sentences []string
	for _, finding := range report.Findings {
		require.Contains(t, finding.Sentence, finding.Table+" "+finding.Key)
		sentences = append(sentences, string(finding.Code)+" | "+finding.Column+" | "+finding.Sentence)
		named := tampering.Column == "" || tampering.Way != audit.WayValue || !strings.HasSuffix(string(tampering.Code), "_differs") || finding.Column == tampering.Column
		if finding.Code == tampering.Code && finding.Table == tampering.Table && named {
			return
		}
	}
	require.Failf(t, "not found", "want %s of %s, got\n%s", tampering.Code, tampering.Name(), strings.Join(sentences, "\n"))
}

// unrepeated are the columns of the tables that are compared which repeat nothing.
var unrepeated = map[string][]string{
	"payment_order": {"request_key", "merchant", "payer", "description", "reason", "checkout_url", "checkout_code", "problem", "created_at", "expires_at", "updated_at"},
	"bill":          {"due_date", "created_at", "assessed_at"},
	"fee_item":      {"name", "grades", "due_date", "voluntary", "created_at", "updated_at"},
	"merchant":      {"name", "payee", "updated_at"},
	"holder": {
		"kind", "status", "student_index", "id_index", "sealed", "grade", "class", "boarding", "card_state", "card_serial", "guardians", "changes",
		"created_at", "updated_at",
	},
	"book_export": {"school", "format", "from_date", "mapping", "word", "maker", "currency", "sha256", "size_bytes", "created_by", "created_at"},
}

// requireEveryColumnIsJudged requires of each column around the ledger that it is
// either tampered with or said to repeat nothing.
func (f forger) requireEveryColumnIsJudged(t *testing.T) {
	t.Helper()
	tampered := map[string][]string{}
	for _, tampering := range school.Tamperings() {
		tampered[tampering.Table] = append(tampered[tampering.Table], tampering.Column)
	}
	said := school.Unrepeated()
	ofLedger := []string{"book", "account", "balance", "journal", "milestone", "closing", "hold", "refund", "node", "seal", "cursor"}
	for _, table := range f.texts(t, f.listTables) {
		if slices.Contains(ofLedger, table) || strings.Contains(table, "version") || strings.HasPrefix(table, "sqlite_") {
			continue
		}
		require.Contains(t, said, table, "why does it repeat nothing?")
		delete(said, table)
		if !slices.Contains(school.ProjectionTables(), table) {
			continue
		}
		for _, column := range f.texts(t, f.listColumns, table) {
			require.NotEqual(t, slices.Contains(tampered[table], column), slices.Contains(unrepeated[table], column), "%s.%s", table, column)
		}
	}
	require.Empty(t, said, "no such table")
}
