package pgstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
	"github.com/campusledger/campusledger/ledger/storetest/faultstest"
)

// postgres is a server of its own, to be killed. Its shell ends it when its
// standard input closes, which it does with this process.
type postgres struct {
	bin, dir   string
	credential *syscall.Credential
	cmd        *exec.Cmd
	input      io.Closer
	pid        int
	ended      chan struct{}
}

// A commit waits 3 ms before it is flushed, so that many are struck there.
const postgresScript = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c commit_delay=3000 -c commit_siblings=0 -c shared_buffers=16MB \
  -c max_connections=60 -c min_wal_size=2MB -c max_wal_size=16MB >>"$2/postgres.log" 2>&1 &
pid=$!
echo $pid
exec 3<&0
(read -r _ <&3; kill -QUIT $pid) >/dev/null 2>&1 &
wait $pid`

// newPostgres makes a server in the directory, which it takes for itself.
func newPostgres(t *testing.T, dir string) *postgres {
	t.Helper()
	bin, err := exec.Command("pg_config", "--bindir").Output()
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err == nil {
		candidates = append(candidates, strings.TrimSpace(string(bin)))
	}
	s := &postgres{dir: dir}
	for _, candidate := range candidates {
		if _, err := os.Stat(filepath.Join(candidate, "initdb")); err == nil {
			s.bin = candidate
		}
	}
	require.NotEmpty(t, s.bin, "pgtest has found a server")
	s.own(t)
	initdb := exec.Command(filepath.Join(s.bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--wal-segsize=1")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: s.credential}
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, s.start(t.Context()), "%s", s.log())
	t.Cleanup(s.stop)
	return s
}

// own hands the directory to the postgres user if we are root.
func (s *postgres) own(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	account, err := user.Lookup("postgres")
	require.NoError(t, err)
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	require.NoError(t, err)
	require.NoError(t, os.Chown(s.dir, int(uid), int(gid)))
	s.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (s *postgres) address() string {
	return fmt.Sprintf("postgres:///postgres?host=%s&user=postgres", s.dir)
}

func (s *postgres) log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "postgres.log"))
	return string(text[max(0, len(text)-2000):])
}

// start starts the server until it serves: as long as a process of the one before
// lives, it ends at once.
func (s *postgres) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		if err := s.launch(); err != nil {
			return err
		}
		err := s.serves(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

func (s *postgres) launch() error {
	cmd := exec.Command("sh", "-c", postgresScript, "chaos", s.bin, s.dir)
	cmd.Dir, cmd.SysProcAttr = s.dir, &syscall.SysProcAttr{Credential: s.credential, Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return errors.Join(err, input.Close(), cmd.Wait())
	}
	s.cmd, s.input, s.ended = cmd, input, make(chan struct{})
	go func() {
		_ = cmd.Wait() // however it ended
		close(s.ended)
	}()
	s.pid, err = strconv.Atoi(strings.TrimSpace(line))
	return err
}

// serves waits until the server takes connections, or has ended.
func (s *postgres) serves(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.address())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.ended:
			return errors.New("the server has ended: " + s.log())
		case <-ctx.Done():
			return fmt.Errorf("the server does not serve: %w: %s", err, s.log())
		case <-tick.C:
		}
	}
}

// revive waits until the server serves, and starts it if it has ended.
func (s *postgres) revive(ctx context.Context) error {
	if s.serves(ctx) == nil {
		return nil
	}
	return s.start(ctx)
}

func (s *postgres) stop() {
	_ = s.input.Close()
	<-s.ended
}

// kill kills the postmaster, and all processes of the server with it or none:
// those then find that they are alone.
func (s *postgres) kill(all bool) error {
	if err := syscall.Kill(s.pid, syscall.SIGSTOP); err != nil { // it starts no more
		return err
	}
	victims := []int{s.pid}
	if all {
		victims = append(children(s.pid), s.pid)
	}
	for _, pid := range victims {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	<-s.ended
	return nil
}

// children lists the processes that a process has started.
func children(parent int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var list []int
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		name := strings.LastIndexByte(string(text), ')') // which may hold anything
		fields := strings.Fields(string(text[name+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			list = append(list, pid)
		}
	}
	return list
}

// chaosOfPostgres strikes servers of their own.
func chaosOfPostgres() []faultstest.Case {
	return []faultstest.Case{
		{Name: "kill -9 of PostgreSQL", Prepare: func(t *testing.T) faultstest.Trial {
			s := newPostgres(t, serverDir(t))
			return faultstest.Trial{Subject: chaosDatabase(s.address(), nil, nil), Fault: faults.Fault{
				Strike: func(ctx context.Context, load *faults.Load) error {
					if err := load.Moment(ctx, 5, 100); err != nil {
						return err
					}
					if err := s.kill(load.Between(0, 1) == 0); err != nil {
						return err
					}
					return s.start(ctx)
				},
			}}
		}},
		{Name: "kill -9 of a backend", Prepare: func(t *testing.T) faultstest.Trial {
			s := newPostgres(t, serverDir(t))
			return faultstest.Trial{Subject: chaosDatabase(s.address(), nil, nil), Unanswered: true, Fault: faults.Fault{
				Strike: func(ctx context.Context, load *faults.Load) error {
					if err := load.Moment(ctx, 5, 100); err != nil {
						return err
					}
					if err := s.killBackend(ctx); err != nil {
						return err
					}
					if err := load.Unanswered(ctx, 1); err != nil { // before it serves again
						return err
					}
					return s.serves(ctx)
				},
			}}
		}},
		// PostgreSQL ends itself if it cannot write its log.
		{Name: "full disk", Prepare: func(t *testing.T) faultstest.Trial {
			disk := faultstest.Disk(t, 128)
			s := newPostgres(t, disk.Dir)
			return faultstest.Trial{
				Subject: chaosDatabase(s.address(), nil, nil), Fault: faults.FullDisk(disk, s.revive), Unanswered: true,
			}
		}},
	}
}

// killBackend kills a process that serves a client, preferably one that writes.
func (s *postgres) killBackend(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.address())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var pid int
	err = conn.QueryRow(ctx, `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
		order by xact_start nulls last limit 1`).Scan(&pid)
	if err != nil {
		return err
	}
	if !slices.Contains(children(s.pid), pid) {
		return fmt.Errorf("%d is no process of the server", pid)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}
