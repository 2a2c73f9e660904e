package domaindb_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestOpenCreatesTheSchema(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		_, err := db.ExecContext(t.Context(), "insert into keyring (purpose, fingerprint) values ($1, $2)", "test", "ab12")
		require.NoError(t, err)
	})
}
