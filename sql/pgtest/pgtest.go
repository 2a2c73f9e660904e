// Package pgtest starts a throwaway PostgreSQL for tests and benchmarks from
// the server binaries on this machine (pg_config --bindir), listening on a
// Unix socket in a temporary directory only.
//
// One server serves a whole test binary; it ends with it, also when the binary
// is killed. Without binaries tests skip, and fail where CI is set.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	once    sync.Once
	shared  *server
	failure error
	counter atomic.Int64
)

// URL creates an empty database and returns its address. The database is
// dropped with the server.
func URL(tb testing.TB) string {
	tb.Helper()
	once.Do(func() { shared, failure = start() })
	if failure != nil {
		if os.Getenv("CI") != "" {
			tb.Fatalf("PostgreSQL is needed in CI: %v", failure)
		}
		tb.Skipf("no PostgreSQL here: %v", failure)
	}
	name := fmt.Sprintf("t%d", counter.Add(1))
	if err := shared.createDatabase(context.Background(), name); err != nil {
		tb.Fatalf("create database: %v", err)
	}
	return shared.url(name)
}

// Pool opens a pool on a new empty database and closes it with the test.
func Pool(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(context.Background(), URL(tb))
	if err != nil {
		tb.Fatalf("open pool: %v", err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

func (s *server) createDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize())
	return err
}
