package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/pgstore/pgfloor"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// postgresGround is a database in which each plot is a schema.
type postgresGround struct {
	url     string
	data    string // where keys of schools are kept
	pool    *pgxpool.Pool
	version string
	why     string // it is lossy
	server  int    // process id of the server, 0 if it is not local
}

var errHoldsBooks = errors.New("the database holds a school's books, which the load would slow down: give another one, or --force")

func openPostgresGround(ctx context.Context, url, data string, force bool) (*postgresGround, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("--database cannot be read as a URL") // the cause may hold the password
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	g := &postgresGround{url: url, data: data, pool: pool}
	if err := g.look(ctx, force); err != nil {
		pool.Close()
		return nil, fmt.Errorf("bench on PostgreSQL: %w", err)
	}
	return g, nil
}

// look asks what database it is.
func (g *postgresGround) look(ctx context.Context, force bool) error {
	var fsync, commit string
	var inUse bool
	const settings = `select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
		to_regclass('book') is not null`
	if err := g.pool.QueryRow(ctx, settings).Scan(&g.version, &fsync, &commit, &inUse); err != nil {
		return err
	}
	if inUse {
		if err := g.pool.QueryRow(ctx, "select exists (select from book)").Scan(&inUse); err != nil {
			return err
		}
	}
	switch {
	case inUse && !force:
		return errHoldsBooks
	case fsync != "on":
		g.why = "the server runs with fsync = " + fsync
	case commit == "off":
		g.why = "the server runs with synchronous_commit = off"
	}
	return g.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if isLocal(conn.Conn().Config().Host) {
			g.server = parentOf(int(conn.Conn().PgConn().PID()), "postgres")
		}
		return nil
	})
}

func isLocal(host string) bool {
	return strings.HasPrefix(host, "/") || host == "localhost" || host == "127.0.0.1" || host == "::1"
}

func (g *postgresGround) name() string  { return "postgres" }
func (g *postgresGround) about() string { return "PostgreSQL " + g.version }
func (g *postgresGround) lossy() string { return g.why }

func (g *postgresGround) close() error {
	g.pool.Close()
	return nil
}

func (g *postgresGround) build(ctx context.Context) (*plot, error) {
	schema, drop, err := g.schema(ctx)
	if err != nil {
		return nil, err
	}
	pool, err := g.connect(ctx, schema, 0)
	if err != nil {
		return nil, errors.Join(err, drop())
	}
	p := &plot{
		store:        pgstore.New(pool, nil),
		floor:        func(ctx context.Context) (load.Floor, error) { return g.floor(ctx, schema) },
		meter:        func(ctx context.Context) (meters, error) { return g.meter(ctx, schema) },
		settle:       func(ctx context.Context) error { return g.settle(ctx, schema) },
		hot:          func(ctx context.Context) ([]hotTable, error) { return g.hot(ctx, schema) },
		serverMemory: func() int64 { return serverMemory(g.server) },
		close: func() error {
			pool.Close()
			return drop()
		},
	}
	if err := pgstore.Migrate(ctx, pool); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// schema makes an empty schema, which the result drops.
func (g *postgresGround) schema(ctx context.Context) (name string, drop func() error, err error) {
	name = "campusledger_bench_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	quoted := pgx.Identifier{name}.Sanitize()
	if _, err := g.pool.Exec(ctx, "create schema "+quoted); err != nil {
		return "", nil, err
	}
	return name, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, err := g.pool.Exec(ctx, "drop schema "+quoted+" cascade")
		return err
	}, nil
}

// newSite makes a schema for the database of a school, and a directory for its keys.
func (g *postgresGround) newSite(ctx context.Context) (*site, error) {
	dir, err := benchDir(g.data)
	if err != nil {
		return nil, err
	}
	schema, drop, err := g.schema(ctx)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &site{
		where: school.Location{Dir: dir, Database: inSchema(g.url, schema)},
		meter: func(ctx context.Context, _ int) (meters, error) { return g.meter(ctx, schema) },
		close: func() error { return errors.Join(drop(), os.RemoveAll(dir)) },
	}, nil
}

// inSchema adds the schema to an address, which is a URL or a list of settings.
func inSchema(address, schema string) string {
	switch {
	case !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://"):
		return address + " search_path=" + schema
	case strings.Contains(address, "?"):
		return address + "&search_path=" + schema
	}
	return address + "?search_path=" + schema
}

// connect opens a pool on a schema, with as many connections as a school has
// unless the number is given.
func (g *postgresGround) connect(ctx context.Context, schema string, connections int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(g.url)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.RuntimeParams["search_path"] = schema
	if connections > 0 {
		config.MaxConns = connections
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// postgresFloor is a floor that owns its pool.
type postgresFloor struct {
	*pgfloor.Floor
	pool *pgxpool.Pool
}

func (f postgresFloor) Close() error {
	f.pool.Close()
	return nil
}

func (g *postgresGround) floor(ctx context.Context, schema string) (load.Floor, error) {
	pool, err := g.connect(ctx, schema, connectionsMax)
	if err != nil {
		return nil, err
	}
	floor, err := pgfloor.New(ctx, pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return postgresFloor{floor, pool}, nil
}

// meter reads the server's log, which others write to as well, and the schema's
// size with its indexes.
func (g *postgresGround) meter(ctx context.Context, schema string) (meters, error) {
	m := meters{own: ownCPU(), server: serverCPU(g.server)}
	const sizes = `select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
		from pg_class c where c.relkind = 'r' and c.relnamespace = (select oid from pg_namespace where nspname = $1)`
	err := g.pool.QueryRow(ctx, sizes, schema).Scan(&m.log, &m.disk)
	return m, err
}
