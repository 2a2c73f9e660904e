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
	_, err = Open(t.Context(), path, &Options{ReadOnly: true})
	require.ErrorContains(t, err, "not a ledger")
	require.EqualValues(t, 3, version(t, path))
}

// Until the fifth schema an account and its balance were one row.
func TestAFileOfTheFourthSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	store, want := filled(t)
	path := filepath.Join(t.TempDir(), "fourth.db")
	asFourth(t, path, fileOf(t, store))

	asItIs, err := Open(t.Context(), path, &Options{ReadOnly: true})
	require.NoError(t, err)
	requireRowsOf(t, asItIs, want)
	view, err := asItIs.View(t.Context())
	require.NoError(t, err)
	requireRowsOf(t, view.(ledger.Rows), want)
	require.NoError(t, view.Close())
	require.NoError(t, asItIs.Close())
	require.EqualValues(t, 4, version(t, path))

	store, err = Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.EqualValues(t, 5, version(t, path))
	requireRowsOf(t, store, want)
	var tables, broken int
	require.NoError(t, store.conn.QueryRowContext(t.Context(), "select count(*) from sqlite_schema where name like '%before%'").Scan(&tables))
	require.Zero(t, tables, "nothing is left over")
	require.NoError(t, store.conn.QueryRowContext(t.Context(), "select count(*) from pragma_foreign_key_check").Scan(&broken))
	require.Zero(t, broken)
}

// A file that breaks the rules of its own schema stays as it was, and can be audited.
func TestADamagedFileOfTheFourthSchemaIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{
		"pragma foreign_keys = off; insert into closing values (1, 78, '2026-09-01', 1, 2);",
		"pragma ignore_check_constraints = on; update account set held_debits = -1 where number = 2;",
	} {
		store, want := filled(t)
		path := filepath.Join(t.TempDir(), "fourth.db")
		asFourth(t, path, fileOf(t, store))
		byHand(t, path, damage)
		_, err := Open(t.Context(), path, nil)
		require.ErrorContains(t, err, "constraint failed")
		require.EqualValues(t, 4, version(t, path))
		asItIs, err := Open(t.Context(), path, &Options{ReadOnly: true})
		require.NoError(t, err)
		accounts, err := collect(asItIs.Accounts(t.Context(), 1, ledger.AccountQuery{}))
		require.NoError(t, err)
		require.Len(t, accounts, len(want.Opened))
		require.NoError(t, asItIs.Close())
	}
}

func requireRowsOf(t *testing.T, store ledger.Rows, want ledger.Changes) {
	t.Helper()
	accounts, err := collect(store.Accounts(t.Context(), 1, ledger.AccountQuery{}))
	require.NoError(t, err)
	require.Equal(t, want.Opened, accounts)
	closings, err := collect(store.ClosingRows(t.Context(), 1))
	require.NoError(t, err)
	require.ElementsMatch(t, want.Closings, closings)
	records, err := collect(store.Records(t.Context(), 1, ledger.RecordQuery{}))
	require.NoError(t, err)
	require.Equal(t, want.Records, records)
	rows, err := collect(store.AccountRows(t.Context(), 1))
	require.NoError(t, err)
	require.Len(t, rows, 2*len(want.Opened))
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

func fileOf(t *testing.T, store *Store) (file string) {
	t.Helper()
	require.NoError(t, store.conn.QueryRowContext(t.Context(), "select file from pragma_database_list where name = 'main'").Scan(&file))
	return file
}

func version(t *testing.T, path string) (version int64) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, db.QueryRowContext(t.Context(), "select max(version_id) from ledger_schema_version").Scan(&version))
	return version
}
