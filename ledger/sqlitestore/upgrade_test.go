package sqlitestore_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/migrations"
)

// No migration leads on from the schemas before the fourth: their records have
// another form.
func TestAFileOfAnEarlierSchemaIsRefusedAndLeftAsItWas(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "old.db")
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	require.NoError(t, store.Close())
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `
update ledger_schema_version set version_id = 3 where version_id > 0;
alter table account rename column moves to used_up;
drop table milestone;`)
	require.NoError(t, err)

	_, err = sqlitestore.Open(t.Context(), path, nil)
	require.ErrorIs(t, err, migrations.ErrTooOld)
	require.ErrorContains(t, err, path)
	_, err = sqlitestore.Open(t.Context(), path, &sqlitestore.Options{ReadOnly: true})
	require.ErrorContains(t, err, "not a ledger")
	var version int
	require.NoError(t, db.QueryRowContext(t.Context(), "select max(version_id) from ledger_schema_version").Scan(&version))
	require.Equal(t, 3, version)
	require.NoError(t, db.Close())
}
