package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
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

// tampering changes a database by hand. {id} and {blob} stand for a literal
// UUID and 32 literal bytes of the engine.
type tampering struct {
	statement string
	// The finding there must be.
	code               audit.Code
	table, key, column string
}

const sale1 = "account=wallet/h1 seq=6 line=1"

// columns has a tampering for every column of every table.
var columns = map[string]tampering{
	"book.book_id":     {"update book set book_id = 8", audit.CodeHeadMissing, "book", "book=7", ""},
	"book.name":        {"update book set name = 'No. 2 School'", audit.CodeHeadDiffers, "book", "book=7", "name"},
	"book.seq":         {"update book set seq = 52", audit.CodeHeadDiffers, "book", "book=7", "seq"},
	"book.accounts":    {"update book set accounts = accounts + 1", audit.CodeHeadDiffers, "book", "book=7", "accounts"},
	"book.open_date":   {"update book set open_date = '2026-09-13'", audit.CodeHeadDiffers, "book", "book=7", "open_date"},
	"book.closed_seq":  {"update book set closed_seq = 9", audit.CodeHeadDiffers, "book", "book=7", "closed_seq"},
	"book.reopen_seq":  {"update book set reopen_seq = 41", audit.CodeHeadDiffers, "book", "book=7", "reopen_seq"},
	"book.touched_seq": {"update book set touched_seq = 48", audit.CodeHeadDiffers, "book", "book=7", "touched_seq"},
	"book.chart_seq":   {"update book set chart_seq = 21", audit.CodeHeadDiffers, "book", "book=7", "chart_seq"},
	"book.at":          {"update book set at = '2026-09-07T00:00:00.000000Z'", audit.CodeHeadDiffers, "book", "book=7", "at"},
	"book.tree":        {"update book set tree = {blob}", audit.CodeHeadDiffers, "book", "book=7", "tree"},

	"account.book_id":  {"update account set book_id = 8 where number = 3", audit.CodeAccountMissing, "account", "number=3 path=wallet/h1", ""},
	"account.number":   {"update account set number = 99 where number = 3", audit.CodeAccountMissing, "account", "number=3 path=wallet/h1", ""},
	"account.path":     {"update account set path = 'wallet/h9' where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "path"},
	"account.control":  {"update account set control = '2309' where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "control"},
	"account.currency": {"update account set currency = 'EUR' where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "currency"},
	"account.side":     {"update account set side = 1 where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "side"},
	"account.floor":    {"update account set floor = -100000 where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "floor"},
	"account.ceiling":  {"update account set ceiling = null where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "ceiling"},
	"account.state":    {"update account set state = 'frozen' where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "state"},
	"account.debits":   {"update account set debits = debits + 1 where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "debits"},
	"account.credits":  {"update account set credits = credits + 1 where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "credits"},
	"account.last_seq": {"update account set last_seq = 18 where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "last_seq"},

	"account.limits":       {"update account set limits = '' where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "limits"},
	"account.meta":         {"update account set meta = '' where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "meta"},
	"account.held_debits":  {"update account set held_debits = 0 where number = 11", audit.CodeAccountDiffers, "account", "number=11 path=wallet/h3", "held_debits"},
	"account.held_credits": {"update account set held_credits = 0 where number = 2", audit.CodeAccountDiffers, "account", "number=2 path=merchant/m1", "held_credits"},
	"account.used":         {"update account set used = '' where number = 11", audit.CodeAccountDiffers, "account", "number=11 path=wallet/h3", "used"},
	"account.changed_seq":  {"update account set changed_seq = 3 where number = 3", audit.CodeAccountDiffers, "account", "number=3 path=wallet/h1", "changed_seq"},

	"journal.book_id": {"update journal set book_id = 8 where seq = 6", audit.CodeJournalMissing, "journal", "seq=6", ""},
	"journal.seq":     {"update journal set seq = 60 where seq = 6", audit.CodeJournalMissing, "journal", "seq=6", ""},
	"journal.id":      {"update journal set id = {id} where seq = 6", audit.CodeJournalColumn, "journal", "seq=6", "id"},
	"journal.kind":    {"update journal set kind = 'gift' where seq = 6", audit.CodeJournalColumn, "journal", "seq=6", "kind"},
	"journal.date":    {"update journal set date = '2026-09-08' where seq = 6", audit.CodeJournalColumn, "journal", "seq=6", "date"},
	"journal.at":      {"update journal set at = '2026-09-07T00:00:00.000000Z' where seq = 6", audit.CodeJournalColumn, "journal", "seq=6", "at"},
	"journal.body":    {"update journal set body = replace(body, 'sale-1', 'sale-7') where seq = 6", audit.CodeJournalLeaf, "journal", "seq=6", "leaf"},
	"journal.due":     {"update journal set due = null where seq = 46", audit.CodeJournalColumn, "journal", "seq=46", "due"},
	"journal.leaf":    {"update journal set leaf = {blob} where seq = 6", audit.CodeJournalLeaf, "journal", "seq=6", "leaf"},

	"entry.book_id": {"update entry set book_id = 8 where account = 3 and seq = 6", audit.CodeEntryMissing, "entry", sale1, ""},
	"entry.account": {"update entry set account = 99 where account = 3 and seq = 6", audit.CodeEntryMissing, "entry", sale1, ""},
	"entry.seq":     {"update entry set seq = 60 where account = 3 and seq = 6", audit.CodeEntryExtra, "entry", "account=wallet/h1 seq=60 line=1", ""},
	"entry.line":    {"update entry set line = 9 where account = 3 and seq = 6", audit.CodeEntryExtra, "entry", "account=wallet/h1 seq=6 line=9", ""},
	"entry.amount":  {"update entry set amount = 751 where account = 3 and seq = 6", audit.CodeEntryDiffers, "entry", sale1, "amount"},
	"entry.balance": {"update entry set balance = -9251 where account = 3 and seq = 6", audit.CodeEntryDiffers, "entry", sale1, "balance"},

	"closing.book_id": {"update closing set book_id = 8 where account = 3 and date = '2026-09-07'", audit.CodeClosingMissing, "closing", "account=wallet/h1 date=2026-09-07", ""},
	"closing.account": {"update closing set account = 99 where account = 3 and date = '2026-09-07'", audit.CodeClosingMissing, "closing", "account=wallet/h1 date=2026-09-07", ""},
	"closing.date":    {"update closing set date = '2026-09-09' where account = 3 and date = '2026-09-08'", audit.CodeClosingExtra, "closing", "account=wallet/h1 date=2026-09-09", ""},
	"closing.debits":  {"update closing set debits = 751 where account = 3 and date = '2026-09-07'", audit.CodeClosingDiffers, "closing", "account=wallet/h1 date=2026-09-07", "debits"},
	"closing.credits": {"update closing set credits = 1 where account = 3 and date = '2026-09-07'", audit.CodeClosingDiffers, "closing", "account=wallet/h1 date=2026-09-07", "credits"},

	"hold.book_id":  {"update hold set book_id = 8 where seq = 26", audit.CodeHoldMissing, "hold", "seq=26", ""},
	"hold.seq":      {"update hold set seq = 27 where seq = 26", audit.CodeHoldExtra, "hold", "seq=27", ""},
	"hold.id":       {"update hold set id = {id} where seq = 26", audit.CodeHoldDiffers, "hold", "seq=26", "id"},
	"hold.state":    {"update hold set state = 'released' where seq = 26", audit.CodeHoldDiffers, "hold", "seq=26", "state"},
	"hold.expires":  {"update hold set expires = null where seq = 51", audit.CodeHoldDiffers, "hold", "seq=51", "expires"},
	"hold.captured": {"update hold set captured = '[500,0,400]' where seq = 26", audit.CodeHoldDiffers, "hold", "seq=26", "captured"},
	"hold.last_seq": {"update hold set last_seq = 27 where seq = 26", audit.CodeHoldDiffers, "hold", "seq=26", "last_seq"},

	"refund.book_id": {"update refund set book_id = 8 where seq = 25 and line = 1", audit.CodeRefundMissing, "refund", "seq=25 line=1", ""},
	"refund.seq":     {"update refund set seq = 26 where seq = 25 and line = 1", audit.CodeRefundExtra, "refund", "seq=26 line=1", ""},
	"refund.line":    {"update refund set line = 2 where seq = 25 and line = 1", audit.CodeRefundExtra, "refund", "seq=25 line=2", ""},
	"refund.amount":  {"update refund set amount = 300 where seq = 25 and line = 1", audit.CodeRefundDiffers, "refund", "seq=25 line=1", "amount"},
}

// rows deletes, inserts and swaps rows of every table, and changes what no
// column by itself shows.
var rows = map[string]tampering{
	"a deleted head":    {"delete from book", audit.CodeHeadMissing, "book", "book=7", ""},
	"a deleted account": {"delete from account where number = 3", audit.CodeAccountMissing, "account", "number=3 path=wallet/h1", ""},
	"a deleted record":  {"delete from journal where seq = 6", audit.CodeJournalMissing, "journal", "seq=6", ""},
	"a deleted last record": {
		"delete from journal where seq = 53", audit.CodeJournalMissing, "journal", "seq=53", "",
	},
	"a deleted entry":   {"delete from entry where account = 3 and seq = 6", audit.CodeEntryMissing, "entry", sale1, ""},
	"a deleted closing": {"delete from closing where account = 3 and date = '2026-09-07'", audit.CodeClosingMissing, "closing", "account=wallet/h1 date=2026-09-07", ""},
	"an inserted account": {
		"insert into account select book_id, 98, 'wallet/h9', control, currency, side, floor, ceiling, state, debits, credits, last_seq, " +
			"limits, meta, held_debits, held_credits, used, changed_seq from account where number = 3",
		audit.CodeAccountExtra, "account", "number=98 path=wallet/h9", "",
	},
	"an account's row twice": {
		"insert into account select * from account where number = 3", audit.CodeAccountExtra, "account", "number=3 path=wallet/h1", "",
	},
	"an inserted record": {
		"insert into journal select book_id, 54, {id}, kind, date, at, body, leaf, due from journal where seq = 20", audit.CodeJournalExtra, "journal", "seq=54", "",
	},
	"a record before the first": {
		"insert into journal select book_id, 0, {id}, kind, date, at, body, leaf, due from journal where seq = 20", audit.CodeJournalExtra, "journal", "seq=0", "",
	},
	"a record's row twice": {"insert into journal select * from journal where seq = 6", audit.CodeJournalExtra, "journal", "seq=6", ""},
	"an inserted entry": {
		"insert into entry select book_id, 4, seq, line, amount, balance from entry where account = 3 and seq = 6",
		audit.CodeEntryExtra, "entry", "account=subsidy/h1 seq=6 line=1", "",
	},
	"an inserted entry of a line that took nothing": {
		"insert into entry select book_id, account, 8, 0, amount, balance from entry where account = 3 and seq = 6",
		audit.CodeEntryExtra, "entry", "account=wallet/h1 seq=8 line=0", "",
	},
	"an entry's row twice": {"insert into entry select * from entry where account = 3 and seq = 6", audit.CodeEntryExtra, "entry", sale1, ""},
	"an entry beyond the journal": {
		"insert into entry select book_id, account, 54, line, amount, balance from entry where account = 3 and seq = 6",
		audit.CodeEntryExtra, "entry", "account=wallet/h1 seq=54 line=1", "",
	},
	"an inserted closing": {
		"insert into closing select book_id, account, '2026-09-10', debits, credits from closing where account = 3 and date = '2026-09-07'",
		audit.CodeClosingExtra, "closing", "account=wallet/h1 date=2026-09-10", "",
	},
	"a closing's row twice": {
		"insert into closing select * from closing where account = 3 and date = '2026-09-07'", audit.CodeClosingExtra, "closing", "account=wallet/h1 date=2026-09-07", "",
	},
	"an inserted closing that repeats the one before": {
		"insert into closing select book_id, account, '2026-09-13', debits, credits from closing where account = 1 and date = '2026-09-12'",
		audit.CodeClosingExtra, "closing", "account=bank date=2026-09-13", "",
	},
	"a closing that was taken back": {
		"insert into closing select book_id, account, '2026-09-14', debits, credits from closing where account = 1 and date = '2026-09-12'",
		audit.CodeClosingExtra, "closing", "account=bank date=2026-09-14", "",
	},
	"a deleted hold":   {"delete from hold where seq = 28", audit.CodeHoldMissing, "hold", "seq=28", ""},
	"a deleted refund": {"delete from refund where seq = 31 and line = 2", audit.CodeRefundMissing, "refund", "seq=31 line=2", ""},
	"an inserted hold": {
		"insert into hold select book_id, 25, {id}, state, expires, captured, last_seq from hold where seq = 26", audit.CodeHoldExtra, "hold", "seq=25", "",
	},
	"a hold before the first record": {
		"insert into hold select book_id, 0, {id}, state, expires, captured, last_seq from hold where seq = 26", audit.CodeHoldExtra, "hold", "seq=0", "",
	},
	"a hold's row twice": {"insert into hold select * from hold where seq = 26", audit.CodeHoldExtra, "hold", "seq=26", ""},
	"an inserted refund": {
		"insert into refund select book_id, 6, line, amount from refund where seq = 25", audit.CodeRefundExtra, "refund", "seq=6 line=1", "",
	},
	"a refund of no line":  {"insert into refund select book_id, seq, 9, amount from refund where seq = 25 and line = 1", audit.CodeRefundExtra, "refund", "seq=25 line=9", ""},
	"a refund's row twice": {"insert into refund select * from refund where seq = 25 and line = 1", audit.CodeRefundExtra, "refund", "seq=25 line=1", ""},
	"two holds swapped":    {"update hold set seq = 56 - seq where seq in (26, 30)", audit.CodeHoldDiffers, "hold", "seq=30", "id"},
	"two refunds swapped":  {"update refund set seq = 56 - seq where seq in (25, 31) and line <> 3", audit.CodeRefundExtra, "refund", "seq=31 line=1", ""},
	"a hold's amounts that are none": {
		"update hold set captured = '[500,0' where seq = 26", audit.CodeHoldUnreadable, "hold", "seq=26", "",
	},
	"a hold behind one that cannot be read": {
		"update hold set captured = case seq when 26 then '[' else '[0,0,1]' end where seq in (26, 32)", audit.CodeHoldDiffers, "hold", "seq=32", "captured",
	},
	"a last hold that cannot be read": {"update hold set captured = '[' where seq = 51", audit.CodeHoldUnreadable, "hold", "seq=51", ""},
	"a hold behind the last that cannot be read": {
		"insert into hold select book_id, 99, {id}, state, expires, '[', last_seq from hold where seq = 51", audit.CodeHoldUnreadable, "hold", "after seq=51", "",
	},
	"an account behind the last that cannot be read": {
		"insert into account select book_id, 98, 'zzz', control, 'ZZZ', side, floor, ceiling, state, debits, credits, last_seq, " +
			"limits, meta, held_debits, held_credits, used, changed_seq from account where number = 1",
		audit.CodeAccountUnreadable, "account", "after path=wallet/staff/t1", "",
	},
	"limits that are none": {"update account set limits = '[' where number = 6", audit.CodeAccountUnreadable, "account", "number=6 path=wallet/h2", ""},
	"two heads swapped":    {"update book set book_id = 15 - book_id", audit.CodeHeadDiffers, "book", "book=7", "seq"},
	"two accounts swapped": {
		"update account set number = 9 - number where number in (3, 6)", audit.CodeAccountDiffers, "account", "number=6 path=wallet/h2", "path",
	},
	"two records swapped": {"update journal set seq = 25 - seq where seq in (10, 15)", audit.CodeJournalColumn, "journal", "seq=15", "seq"},
	"two entries swapped": {
		"update entry set seq = 10 - seq where account = 3 and seq in (4, 6)", audit.CodeEntryDiffers, "entry", sale1, "amount",
	},
	"two entries' amounts swapped": {
		"update entry set amount = -9250 - amount where account = 3 and seq in (4, 6)", audit.CodeEntryDiffers, "entry", sale1, "amount",
	},
	"two closings swapped": {
		"update closing set account = 7 - account where account in (3, 4) and date = '2026-09-07'", audit.CodeClosingDiffers, "closing", "account=wallet/h1 date=2026-09-07", "debits",
	},
	"a head that counts a record more": {"update book set seq = 54", audit.CodeHeadDiffers, "book", "book=7", "seq"},
	"a body that is no record":         {"update journal set body = replace(body, '{', '[') where seq = 6", audit.CodeJournalUnreadable, "journal", "seq=6", "body"},
	"a body with a space":              {"update journal set body = replace(body, ',', ', ') where seq = 6", audit.CodeJournalUnreadable, "journal", "seq=6", "body"},
	"an unknown currency":              {"update account set currency = 'ZZZ' where number = 6", audit.CodeAccountUnreadable, "account", "number=6 path=wallet/h2", ""},
	"an amount changed in the journal alone": {
		`update journal set body = replace(body, '"bank","CNY",10000,', '"bank","CNY",90000,') where seq = 4`, audit.CodeRecordUnbalanced, "journal", "seq=4", "body",
	},
	"a day close that moves on to another date": {
		"update journal set body = replace(body, '2026-09-12', '2026-09-11') where seq = 16", audit.CodeJournalDate, "journal", "seq=17", "body",
	},
}

// onlySQLite are values that PostgreSQL's types refuse by themselves.
var onlySQLite = map[string]tampering{
	"a record's date that is none": {"update journal set date = 'soon' where seq = 6", audit.CodeJournalUnreadable, "journal", "seq=6", "body"},
	"a record's time that is none": {"update journal set at = 'now' where seq = 20", audit.CodeJournalUnreadable, "journal", "seq=20", "body"},
	"an id of 17 bytes":            {"update journal set id = x'0000000000000000000000000000000000' where seq = 6", audit.CodeJournalUnreadable, "journal", "seq=6", "body"},
	"a head's date that is none":   {"update book set open_date = 'soon'", audit.CodeHeadUnreadable, "book", "book=7", ""},
	"a closing's date that is none": {
		"update closing set date = 'soon' where account = 3 and date = '2026-09-07'", audit.CodeClosingUnreadable, "closing", "account=wallet/h1", "",
	},
}

// engine is a store and a second way into its database.
type engine struct {
	store   ledger.Store
	db      *sql.DB
	literal *strings.Replacer
	// listColumns takes a table's name.
	listColumns string
}

func openSQLite(t *testing.T) engine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "books.db")
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return engine{store, db, strings.NewReplacer("{blob}", "zeroblob(32)", "{id}", "x'00112233445566778899aabbccddeeff'"),
		"select name from pragma_table_info($1)"}
}

func openPostgres(t *testing.T) engine {
	t.Helper()
	pool := pgtest.Pool(t)
	require.NoError(t, pgstore.Migrate(t.Context(), pool))
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return engine{pgstore.New(pool, nil), db, strings.NewReplacer(
		"{blob}", `'\x`+strings.Repeat("00", 32)+`'::bytea`, "{id}", "'00112233-4455-6677-8899-aabbccddeeff'::uuid"),
		"select column_name from information_schema.columns where table_name = $1"}
}

var engines = map[string]func(*testing.T) engine{"sqlite": openSQLite, "postgres": openPostgres}

var tables = []string{"book", "account", "journal", "entry", "closing", "hold", "refund"}

func (e engine) exec(t *testing.T, statement string) int64 {
	t.Helper()
	result, err := e.db.ExecContext(t.Context(), e.literal.Replace(statement))
	require.NoError(t, err, statement)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	return n
}

// keep copies every table; restore puts the copies in their places, without
// keys, checks and foreign keys: a forger drops those first.
func (e engine) keep(t *testing.T) {
	t.Helper()
	for _, table := range tables {
		e.exec(t, fmt.Sprintf("create table kept_%s as select * from %s", table, table))
	}
	for i := len(tables) - 1; i >= 0; i-- {
		e.exec(t, "drop table "+tables[i])
	}
	for _, table := range tables {
		e.exec(t, fmt.Sprintf("create table %s as select * from kept_%s", table, table))
	}
}

func (e engine) restore(t *testing.T) {
	t.Helper()
	for _, table := range tables {
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
			e.requireEveryColumnIsTamperedWith(t)
			e.keep(t)
			sets := []map[string]tampering{columns, rows}
			if name == "sqlite" {
				sets = append(sets, onlySQLite)
			}
			for _, set := range sets {
				for what, tampering := range set {
					t.Run(what, func(t *testing.T) { e.requireFound(t, tampering) }) // in turn: they share the tables
				}
			}
		})
	}
}

func (e engine) requireEveryColumnIsTamperedWith(t *testing.T) {
	t.Helper()
	listed := 0
	for _, table := range tables {
		for _, column := range e.columnsOf(t, table) {
			require.Contains(t, columns, table+"."+column)
			listed++
		}
	}
	require.Equal(t, len(columns), listed, "every tampering is of a column there is")
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

func (e engine) requireFound(t *testing.T, want tampering) {
	t.Helper()
	e.restore(t)
	require.True(t, clean(t, e.store), "the copy must be clean before it is touched")
	require.Positive(t, e.exec(t, want.statement), "the statement must change something")
	report, err := audit.Run(t.Context(), e.store, historyBook, nil)
	require.NoError(t, err)
	var sentences []string
	for _, f := range report.Findings {
		if f.Code == want.code && f.Table == want.table && f.Key == want.key && f.Column == want.column {
			require.Contains(t, f.Sentence, f.Table+" "+f.Key)
			return
		}
		sentences = append(sentences, string(f.Code)+" "+f.Column+" | "+f.Sentence)
	}
	require.Failf(t, "not found", "want %s %s %s %s, got\n%s", want.code, want.table, want.key, want.column, strings.Join(sentences, "\n"))
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
