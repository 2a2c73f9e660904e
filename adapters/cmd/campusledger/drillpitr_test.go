package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// cluster is a PostgreSQL server of the test's own, which runs what sql/BACKUP.md
// tells its readers to run.
type cluster struct {
	dir        string
	env        []string
	credential *syscall.Credential
	blocks     map[string]string // of the page, by name
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	pgtest.URL(t)                        // skips where there is no PostgreSQL
	dir, err := os.MkdirTemp("", "pitr") // short enough for a socket
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	found, err := exec.CommandContext(t.Context(), "pg_config", "--bindir").Output()
	require.NoError(t, err)
	bin := strings.TrimSpace(string(found))
	c := &cluster{dir: dir, blocks: testedBlocks(t)}
	c.env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "PGDATA="+dir+"/data", "PGHOST="+dir, "PGUSER=postgres",
		"SOCKETS="+dir, "BACKUP="+dir+"/backup", "RESTORED="+dir+"/restored")
	if os.Geteuid() == 0 { // the server refuses to run as root
		c.credential = postgresUser(t)
		require.NoError(t, os.Chown(dir, int(c.credential.Uid), int(c.credential.Gid)))
	}
	c.shell(t, `initdb -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null`)
	c.shell(t, c.blocks["archive"])
	t.Cleanup(func() { _ = c.command(`pg_ctl -D "$RESTORED" -m immediate stop; pg_ctl -m immediate stop`).Run() })
	c.shell(t, `pg_ctl -w -l "$PGDATA/log" -o "-k $SOCKETS -c listen_addresses=" start && createdb school`)
	return c
}

func postgresUser(t *testing.T) *syscall.Credential {
	t.Helper()
	account, err := user.Lookup("postgres")
	require.NoError(t, err)
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// testedBlocks are the shell blocks of the page that are marked as tested.
func testedBlocks(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "sql", "BACKUP.md"))
	require.NoError(t, err)
	blocks := map[string]string{}
	for _, found := range regexp.MustCompile("(?s)<!-- tested: (\\w+) -->\n```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks[found[1]] = found[2]
	}
	require.Len(t, blocks, 3)
	return blocks
}

func (c *cluster) command(script string, more ...string) *exec.Cmd {
	command := exec.Command("sh", "-euc", script)
	command.Dir, command.Env = c.dir, slices.Concat(c.env, more)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential}
	return command
}

// shell runs a script as the postgres user and returns what it printed. The
// server that a script starts keeps no pipe of it.
func (c *cluster) shell(t *testing.T, script string, more ...string) string {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	require.NoError(t, err)
	defer func() { _ = out.Close() }()
	command := c.command(script, more...)
	command.Stdout, command.Stderr = out, out
	err = command.Run()
	text, readErr := os.ReadFile(out.Name())
	require.NoError(t, readErr)
	require.NoError(t, err, "%s\n%s", script, text)
	return string(text)
}

func (c *cluster) url(port int) string {
	return fmt.Sprintf("postgres:///school?host=%s&port=%d&user=postgres", c.dir, port)
}

// until runs a query, again and again, until it is true.
func (c *cluster) until(t *testing.T, port int, query string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.url(port))
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	require.Eventually(t, func() bool {
		var holds bool
		return conn.QueryRow(t.Context(), query, args...).Scan(&holds) == nil && holds
	}, time.Minute, 20*time.Millisecond, query)
}

// pay posts a payment to the school.
func pay(t *testing.T, where school.Location, key string) {
	t.Helper()
	opened, err := school.Open(t.Context(), where, nil)
	require.NoError(t, err)
	one := money.MustParse("1.00", money.CNY)
	_, err = opened.Book.Post(t.Context(), ledger.Transaction{ID: ledger.KeyID(key), Kind: "deposit", Postings: []ledger.Posting{
		ledger.Debit("bank/main", one), ledger.Credit("merchant/canteen1", one),
	}})
	require.NoError(t, err)
	require.NoError(t, opened.Close())
}

func TestPointInTimeRecoveryAsThePageSaysIt(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	s := newSealed(t, c.url(5432))
	c.shell(t, c.blocks["base"])
	pay(t, s.where, "before")
	earlier := s.give(t, "earlier.checkpoint", s.checkpoint(t))
	moment := strings.TrimSpace(c.shell(t, `psql -d school -tAc "select clock_timestamp()"`))
	pay(t, s.where, "after")
	s.do(t, exitDone, "close")
	later := s.give(t, "later.checkpoint", s.checkpoint(t))
	segment := strings.TrimSpace(c.shell(t, `psql -d school -tAc "select pg_walfile_name(pg_switch_wal())"`))
	c.until(t, 5432, "select last_archived_wal >= $1 from pg_stat_archiver", segment)

	c.shell(t, c.blocks["restore"], "UNTIL="+moment)
	c.until(t, 5433, "select not pg_is_in_recovery()")

	r := drilled(t, s, exitDone, "--restored", c.url(5433), "--checkpoint", earlier)
	require.Less(t, r.Seq, *r.Original)
	r = drilled(t, s, exitFindings, "--restored", c.url(5433), "--checkpoint", later)
	require.Contains(t, r.Findings[0], "checkpoint_beyond")
	restored, closer, err := school.OpenLedger(t.Context(), school.Location{Database: c.url(5433)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = closer.Close() })
	book, err := ledger.Open(t.Context(), restored, 1, nil)
	require.NoError(t, err)
	_, err = book.Record(t.Context(), ledger.KeyID("before"))
	require.NoError(t, err)
	_, err = book.Record(t.Context(), ledger.KeyID("after"))
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
}
