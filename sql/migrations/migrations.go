// Package migrations holds the schema of both engines and brings a database up
// to it.
//
// There are two sets: [Ledger] is what a ledger store needs and nothing else;
// [Domain] is for the packages around it (holders, cards, dishes, bills,
// payment orders). Each set is numbered on its own, runs forward only, and
// remembers its version in its own table, so that a program that imports just
// the ledger gets just its tables.
//
// Concurrency: on PostgreSQL several processes may call [Up] at once, an
// advisory lock lets one work. A SQLite file has one owner by contract.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

//go:embed ledger domain
var files embed.FS

// Engine is a database engine.
type Engine string

// The engines that have a schema.
const (
	Postgres Engine = "postgres"
	SQLite   Engine = "sqlite"
)

// Set is an independently versioned part of the schema.
type Set string

// The sets.
const (
	Ledger Set = "ledger"
	Domain Set = "domain"
)

// Up applies what the database lacks of the set, each file in its own
// transaction. It never goes back. A database that is newer than this program
// is left alone and not an error: who reads it finds out whether that can be done.
func Up(ctx context.Context, db *sql.DB, engine Engine, set Set) error {
	provider, err := newProvider(db, engine, set)
	if err != nil {
		return fmt.Errorf("migrate %s on %s: %w", set, engine, err)
	}
	if err := checkVersion(ctx, provider, set); err != nil {
		return fmt.Errorf("migrate %s on %s: %w", set, engine, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s on %s: %w", set, engine, err)
	}
	return nil
}

// ErrTooOld means that a database is of a schema from before the first of this
// program, whose records it cannot read: make the books anew.
var ErrTooOld = errors.New("the database is of a schema from before version 4, which this program does not read")

// checkVersion refuses what no migration leads on from.
func checkVersion(ctx context.Context, provider *goose.Provider, set Set) error {
	first := provider.ListSources()[0].Version
	version, err := provider.GetDBVersion(ctx)
	if err != nil || set != Ledger {
		return err
	}
	if version > 0 && version < first {
		return fmt.Errorf("version %d: %w", version, ErrTooOld)
	}
	return nil
}

func newProvider(db *sql.DB, engine Engine, set Set) (*goose.Provider, error) {
	dir, err := fs.Sub(files, string(set)+"/"+string(engine))
	if err != nil {
		return nil, err
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if engine == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	versions, err := database.NewStore(dialect, string(set)+"_schema_version")
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithStore(versions))
	return goose.NewProvider("", db, dir, options...)
}
