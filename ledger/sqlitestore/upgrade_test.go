package sqlitestore_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// fileOf makes a file of an earlier schema, filled by a statement.
func fileOf(t *testing.T, schema int64, fill string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)")
	require.NoError(t, err)
	versions, err := database.NewStore(goose.DialectSQLite3, "ledger_schema_version")
	require.NoError(t, err)
	provider, err := goose.NewProvider("", db, os.DirFS("../../sql/migrations/ledger/sqlite"),
		goose.WithStore(versions), goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), schema)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), fill)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return path
}

// TestAFileOfTheFirstSchemaIsBroughtUp fills a file as the first version knew
// it, accounts at their bounds.
func TestAFileOfTheFirstSchemaIsBroughtUp(t *testing.T) {
	t.Parallel()
	path := fileOf(t, 1, `
insert into book (book_id, name, seq, accounts, open_date, closed_seq) values (1, 'Old', 3, 1, '2026-09-01', 2);
insert into account (book_id, number, path, control, currency, side, floor, ceiling, state, debits, credits, last_seq)
values (1, 1, 'wallet', '2307', 'CNY', -1, 200, 200, 'open', 100, 300, 3);
insert into journal (book_id, seq, id, kind, date, at, body, leaf)
values (1, 3, zeroblob(16), 'sale', '2026-09-01', '2026-09-01T12:00:00.000000Z', '{}', zeroblob(32));`)
	_, err := sqlitestore.Open(t.Context(), path, &sqlitestore.Options{ReadOnly: true})
	require.ErrorContains(t, err, "not opened for writing since", "which alone brings it up")
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	locked, err := store.Lock(t.Context(), 1, ledger.Need{Accounts: []string{"wallet"}, IDs: []uuid.UUID{{}}, Chart: true, Closing: true})
	require.NoError(t, err)
	require.NoError(t, locked.Rollback(t.Context()))
	snapshot := locked.Snapshot()
	require.Equal(t, "Old", snapshot.Head.Name)
	require.Zero(t, snapshot.Head.ReopenSeq+snapshot.Head.ChartSeq)
	require.EqualValues(t, 2, snapshot.Head.TouchedSeq, "the last day close")
	require.Len(t, snapshot.Records, 1)
	require.True(t, snapshot.Records[0].Due.IsZero())
	bound := money.Of(200, money.CNY)
	require.Equal(t, []ledger.Account{{
		AccountSpec: ledger.AccountSpec{
			Path: "wallet", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: bound, Ceiling: bound, State: ledger.StateOpen,
		},
		Number: 1, Debits: 100, Credits: 300, LastSeq: 3,
	}}, snapshot.Accounts)
	require.Equal(t, snapshot.Accounts, snapshot.All)
}

func TestAFileOfTheSecondSchemaIsBroughtUp(t *testing.T) {
	t.Parallel()
	path := fileOf(t, 2, `insert into book (book_id, name) values (1, 'Old')`)
	_, err := sqlitestore.Open(t.Context(), path, &sqlitestore.Options{ReadOnly: true})
	require.ErrorContains(t, err, "not opened for writing since", "it has nothing to prove from")
	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	seal := ledger.Seal{Seq: 1, Note: "sealed"}
	require.NoError(t, store.PutSeal(t.Context(), 1, seal, ""))
	require.NoError(t, store.Close())
	store, err = sqlitestore.Open(t.Context(), path, &sqlitestore.Options{ReadOnly: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	for read, err := range store.Seals(t.Context(), 1, 0) {
		require.NoError(t, err)
		require.Equal(t, seal, read)
	}
	require.ErrorIs(t, store.PutSeal(t.Context(), 1, seal, ""), sqlitestore.ErrReadOnly)
}
