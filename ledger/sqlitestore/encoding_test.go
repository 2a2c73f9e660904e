package sqlitestore_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// Who makes a file chooses how its texts are encoded.
func TestAFileMayKeepItsTextsInUTF16(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "utf16.db")
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "pragma encoding = 'UTF-16le'; create table theirs (id integer)")
	require.NoError(t, err)
	require.NoError(t, db.Close())

	store, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "第一小学", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	opening := ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "wallet/h1", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}}
	receipt, err := book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	read, err := book.Record(t.Context(), opening.ID)
	require.NoError(t, err)
	require.Equal(t, receipt.Record, read)
	again, err := book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	require.True(t, again.Replayed)
}
