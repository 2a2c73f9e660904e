package sqlitestore

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/migrations"
)

// No migration leads on from the schemas before the fourth: their records have
// another form.
func TestAFileOfAnEarlierSchemaIsRefusedAndLeftAsItWas(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "old.db")
	store, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	require.NoError(t, store.Close())
	byHand(t, path, `
delete from ledger_schema_version where version_id > 3;
insert into ledger_schema_version (version_id, is_applied) values (3, true);
drop table balance;
drop table milestone;`)

	_, err = Open(t.Context(), path, nil)
	require.ErrorIs(t, err, migrations.ErrTooOld)
	require.ErrorContains(t, err, path)
	requireNotReadAsItIs(t, path)
	require.EqualValues(t, 3, version(t, path))
}

// Until the fifth schema an account and its balance were one row.
func TestAFileOfTheFourthSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	store, want := filled(t)
	var from string
	require.NoError(t, store.conn.QueryRowContext(t.Context(), "select file from pragma_database_list where name = 'main'").Scan(&from))
	path := filepath.Join(t.TempDir(), "fourth.db")
	asFourth(t, path, from)
	requireNotReadAsItIs(t, path)

	store, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.EqualValues(t, 5, version(t, path))
	accounts, err := collect(store.Accounts(t.Context(), 1, ledger.AccountQuery{}))
	require.NoError(t, err)
	require.Equal(t, want.Opened, accounts)
	closings, err := collect(store.ClosingRows(t.Context(), 1))
	require.NoError(t, err)
	require.ElementsMatch(t, want.Closings, closings)
	records, err := collect(store.Records(t.Context(), 1, ledger.RecordQuery{}))
	require.NoError(t, err)
	require.Equal(t, want.Records, records)
	var tables, broken int
	require.NoError(t, store.conn.QueryRowContext(t.Context(), "select count(*) from sqlite_schema where name like '%before%'").Scan(&tables))
	require.Zero(t, tables, "nothing is left over")
	require.NoError(t, store.conn.QueryRowContext(t.Context(), "select count(*) from pragma_foreign_key_check").Scan(&broken))
	require.Zero(t, broken)
}

// asFourth makes a file of the fourth schema with the rows of another file.
func asFourth(t *testing.T, path, from string) {
	t.Helper()
	store, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	require.NoError(t, store.Close())
	byHand(t, path, `
delete from ledger_schema_version where version_id > 4;
drop table seal; drop table node; drop table cursor; drop table refund; drop table hold; drop table closing;
drop table milestone; drop table journal; drop table balance; drop table account; drop table book;`)
	schema, err := os.ReadFile("../../sql/migrations/ledger/sqlite/0004_ledger.sql")
	require.NoError(t, err)
	byHand(t, path, string(schema))
	byHand(t, path, `
attach '`+from+`' as a;
insert into book select * from a.book;
insert into account select c.book_id, c.number, path, control, currency, side, floor, ceiling, state, limits, meta,
	debits, credits, held_debits, held_credits, used, changed_seq, last_seq, moved_seq, moves
	from a.account c join a.balance using (book_id, number);
insert into journal select * from a.journal;
insert into closing select * from a.closing;`)
}

func requireNotReadAsItIs(t *testing.T, path string) {
	t.Helper()
	_, err := Open(t.Context(), path, &Options{ReadOnly: true})
	require.ErrorContains(t, err, "not a ledger")
}

func version(t *testing.T, path string) (version int64) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.QueryRowContext(t.Context(), "select max(version_id) from ledger_schema_version").Scan(&version))
	return version
}
