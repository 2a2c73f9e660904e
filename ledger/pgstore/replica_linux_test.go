package pgstore_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// newReplica makes a standby that streams from the server and takes reads.
func newReplica(t *testing.T, primary *postgres) *postgres {
	t.Helper()
	s := &postgres{bin: primary.bin, dir: serverDir(t)}
	s.own(t)
	backup := exec.Command(filepath.Join(s.bin, "pg_basebackup"), "-D", filepath.Join(s.dir, "data"), "-h", primary.dir, "-U", "postgres",
		"--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync")
	backup.Dir, backup.SysProcAttr = s.dir, &syscall.SysProcAttr{Credential: s.credential}
	out, err := backup.CombinedOutput()
	require.NoError(t, err, "%s", out)
	settings := filepath.Join(s.dir, "data", "postgresql.auto.conf")
	text, err := os.ReadFile(settings)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(settings, append(text, "\nhot_standby_feedback = on\n"...), 0o600))
	require.NoError(t, s.start(t.Context()), "%s", s.log())
	t.Cleanup(s.stop)
	return s
}

// serverDir is short enough for a socket, and open to the postgres user.
func serverDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "replica")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func TestAReplicaIsReadWhileThePrimaryIsPostedTo(t *testing.T) {
	t.Parallel()
	pgtest.URL(t) // skips where there is no PostgreSQL
	primary := newPostgres(t, serverDir(t))
	store := pgstore.New(openPool(t, primary.address(), nil), nil)
	book := newBook(t, store, 20)
	replica := newReplica(t, primary)
	pool, err := pgxpool.New(t.Context(), replica.address())
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	copied := pgstore.New(pool, nil)
	reading, err := ledger.Open(t.Context(), copied, bookID, nil)
	require.NoError(t, err)

	posting, stop := context.WithCancel(t.Context())
	defer stop()
	busy := keepBusy(posting, book, 16)
	t.Run("audits are clean at every moment", func(t *testing.T) {
		defer stop()
		for seen := map[int64]bool{}; len(seen) < 5; {
			report, err := audit.Run(t.Context(), copied, bookID, nil)
			require.NoError(t, err)
			require.Empty(t, report.Findings)
			seen[report.Seq] = true
		}
	})
	last := 3 + <-busy
	t.Run("a follower sees all", func(t *testing.T) {
		var seq int64
		for record, err := range reading.Follow(t.Context(), 0) {
			require.NoError(t, err)
			if seq++; record.Seq == last {
				break
			}
		}
		require.Equal(t, last, seq)
	})
	t.Run("reads answer as on the primary", func(t *testing.T) {
		want, err := audit.Run(t.Context(), store, bookID, nil)
		require.NoError(t, err)
		got, err := audit.Run(t.Context(), copied, bookID, nil)
		require.NoError(t, err)
		require.Equal(t, want, got)
		wantPage, err := book.Statement(t.Context(), "w/1", ledger.StatementQuery{Limit: 100})
		require.NoError(t, err)
		page, err := reading.Statement(t.Context(), "w/1", ledger.StatementQuery{Limit: 100})
		require.NoError(t, err)
		require.Equal(t, wantPage, page)
	})
	t.Run("a post is refused and leaves nothing", func(t *testing.T) {
		payment := topUp("w/1", 1)
		_, err := reading.Post(t.Context(), payment)
		require.Error(t, err)
		require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
		require.NotErrorIs(t, err, ledger.ErrConflict)
		_, err = book.Record(t.Context(), payment.ID)
		require.ErrorIs(t, err, ledger.ErrRecordUnknown)
		require.Zero(t, pool.Stat().AcquiredConns())
	})
	t.Run("a store opens on it", func(t *testing.T) {
		opened, err := pgstore.Open(t.Context(), replica.address(), nil)
		require.NoError(t, err)
		opened.Close()
	})
}
