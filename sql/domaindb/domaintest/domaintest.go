// Package domaintest runs a test of domain code on every engine.
package domaintest

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/campusledger/campusledger/sql/domaindb"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// Each runs the test once on SQLite and once on PostgreSQL, each time on a new
// database with the whole domain schema, as parallel subtests.
func Each(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite opens a new database in the test's directory.
func SQLite(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := domaindb.OpenSQLite(context.Background(), filepath.Join(tb.TempDir(), "domain.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// Postgres opens a new database on the test server.
func Postgres(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := domaindb.OpenPostgres(context.Background(), pgtest.Pool(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}
