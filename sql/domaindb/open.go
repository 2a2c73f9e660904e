// Package domaindb opens the database of the packages around the ledger
// (identity, canteen, billing, gateways) through database/sql and brings its
// schema up to date. Their queries are one text for both engines; the ledger's
// own tables live in its store and are never touched here.
package domaindb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"github.com/campusledger/campusledger/sql/migrations"
)

// connectionsMax bounds the files and the memory of an embedded database, however
// many requests there are. Who holds a connection must not ask for another: with
// PostgreSQL the pool is smaller still.
const connectionsMax = 128

// OpenSQLite opens or creates the file. The writers of the process take turns in
// the order they come; a writer of another process is waited for up to 10 s. A
// commit returns once it is durable. The caller closes the result.
func OpenSQLite(ctx context.Context, path string) (*sql.DB, error) {
	connector, err := newConnector(&sqlite.Driver{}, path, sqliteDSN(path))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connectionsMax)
	db.SetMaxIdleConns(64) // opening one costs more than most queries
	if err := migrations.Up(ctx, db, migrations.SQLite, migrations.Domain); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}

// OpenPostgres uses the pool, which stays the caller's: closing the result
// does not close the pool.
func OpenPostgres(ctx context.Context, pool *pgxpool.Pool) (*sql.DB, error) {
	db := stdlib.OpenDBFromPool(pool)
	if err := migrations.Up(ctx, db, migrations.Postgres, migrations.Domain); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	return db, nil
}

// sqliteDSN asks for synchronous=NORMAL, which leaves the sync of a commit to
// the flusher.
func sqliteDSN(path string) string {
	query := url.Values{
		"_pragma": {"journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(ON)", "busy_timeout(10000)"},
		"_txlock": {"immediate"}, "_time_format": {"sqlite"}, "_timezone": {"UTC"},
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}
