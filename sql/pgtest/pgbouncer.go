package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// pooler is a pgbouncer in transaction mode before the shared server, with all
// its databases. It ends as the server does.
type pooler struct{ dir string }

var (
	poolerOnce    sync.Once
	sharedPooler  *pooler
	poolerFailure error
)

// The pool of each database is small, so that clients share connections, and
// idle ones are soon closed: each test has a database.
const poolerSettings = `[databases]
* = host=%s user=postgres
[pgbouncer]
pool_mode = transaction
default_pool_size = 10
max_client_conn = 1000
server_idle_timeout = 1
auth_type = any
listen_addr =
listen_port = 5432
unix_socket_dir = %s
`

const poolerScript = `
"$1" "$2/pgbouncer.ini" >"$2/pgbouncer.log" 2>&1 &
pid=$!
read -r _
kill -TERM $pid
wait $pid
rm -rf "$2"`

// Pooled returns the address, through a pgbouncer in transaction mode, of a
// database of which [URL] returned the address. One pgbouncer serves a whole test
// binary, with at most 10 connections to each database. Without the program
// tests skip, and fail where CI is set.
func Pooled(tb testing.TB, address string) string {
	tb.Helper()
	poolerOnce.Do(func() { sharedPooler, poolerFailure = startPooler() })
	if poolerFailure != nil {
		if os.Getenv("CI") != "" {
			tb.Fatalf("pgbouncer is needed in CI: %v", poolerFailure)
		}
		tb.Skipf("no pgbouncer here: %v", poolerFailure)
	}
	through, err := url.Parse(address)
	if err != nil {
		tb.Fatalf("read the address: %v", err)
	}
	query := through.Query()
	query.Set("host", sharedPooler.dir)
	through.RawQuery = query.Encode()
	return through.String()
}

func startPooler() (*pooler, error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/pgbouncer") // Debian's, not in everybody's path
	}
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf(poolerSettings, shared.dir, dir)
	if err := os.WriteFile(filepath.Join(dir, "pgbouncer.ini"), []byte(settings), 0o644); err != nil {
		return nil, err
	}
	cmd, err := run(dir, poolerScript, program, dir)
	if err != nil {
		return nil, err
	}
	p := &pooler{dir: dir}
	err = p.wait(cmd)
	return p, err
}

// wait polls until clients are served.
func (p *pooler) wait(cmd *exec.Cmd) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	go func() { _ = cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, fmt.Sprintf("postgres:///postgres?host=%s&user=postgres", p.dir))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			text, _ := os.ReadFile(filepath.Join(p.dir, "pgbouncer.log"))
			return errors.New("pgbouncer did not start: " + string(text))
		case <-tick.C:
		}
	}
}
