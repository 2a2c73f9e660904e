package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a running PostgreSQL. Its shell ends it when the pipe on its
// standard input closes, which the kernel does when this process ends in
// whatever way.
type server struct{ dir string }

const script = `
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/initdb.log" 2>&1 || exit 1
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=$3 -c max_connections=300 \
  -c shared_buffers=256MB -c max_wal_size=2GB -c log_min_messages=fatal >"$2/postgres.log" 2>&1 &
pid=$!
read -r _
kill -QUIT $pid
wait $pid
rm -rf "$2"`

// start runs initdb and the server. Durability is off unless
// CAMPUSLEDGER_TEST_FSYNC=on, which benchmarks set.
func start() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	fsync := "off"
	if os.Getenv("CAMPUSLEDGER_TEST_FSYNC") == "on" {
		fsync = "on"
	}
	cmd, err := run(dir, script, bin, dir, fsync)
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir}
	if err := s.wait(cmd); err != nil {
		return nil, err
	}
	return s, nil
}

// run starts a script in a directory that it takes over, as a user whom servers do
// not refuse. Its standard input closes when this process ends.
func run(dir, script string, args ...string) (*exec.Cmd, error) {
	credential, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", append([]string{"-c", script, "pgtest"}, args...)...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, err
	}
	err = cmd.Start()
	return cmd, err
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=postgres", database, s.dir)
}

// wait polls until the server takes connections.
func (s *server) wait(cmd *exec.Cmd) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the server ended at once: %w: %s", err, s.logs())
		case <-ctx.Done():
			return errors.New("the server did not start: " + s.logs())
		case <-tick.C:
		}
	}
}

func (s *server) logs() string {
	initdb, _ := os.ReadFile(filepath.Join(s.dir, "initdb.log"))
	postgres, _ := os.ReadFile(filepath.Join(s.dir, "postgres.log"))
	return string(initdb) + string(postgres)
}

func binaries() (string, error) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(out)))
	}
	for _, bin := range slices.Backward(candidates) {
		if _, err := os.Stat(filepath.Join(bin, "initdb")); err == nil {
			return bin, nil
		}
	}
	return "", errors.New("no initdb where pg_config points, nor under /usr/lib/postgresql")
}

// unprivileged hands dir to the postgres user if we are root: the server
// refuses to run as root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
