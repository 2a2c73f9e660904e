package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// drilled is a report as the command prints it.
func drilled(t *testing.T, s *sealed, want int, flags ...string) (r drillReport) {
	t.Helper()
	args := append(append([]string{"drill", "--json"}, flags...), s.place...)
	code, out, errs := call(t, args...)
	require.Equal(t, want, code, "%s%s", out, errs)
	require.NoError(t, json.Unmarshal([]byte(out), &r), out)
	return r
}

func TestDrillOfTheEmbeddedDatabase(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	backup, keys := s.file("backup"), s.file("keys")
	said := s.do(t, exitDone, "backup", backup, "--keys-to", keys)
	require.Contains(t, said, backup+": the first ")
	entries, err := os.ReadDir(backup)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), entry.Name())
	}
	require.Equal(t, []string{"backup.json", "campus.db", "ledger.db"}, names, "no key is in it")
	require.FileExists(t, filepath.Join(keys, "keys.json"))
	require.FileExists(t, school.SealKeyPath(keys, 1))
	earlier := s.give(t, "earlier.checkpoint", s.checkpoint(t))
	s.do(t, exitDone, "close")
	later := s.give(t, "later.checkpoint", s.checkpoint(t))

	t.Run("of a backup made now", func(t *testing.T) {
		t.Parallel()
		r := drilled(t, s, exitDone, "--checkpoint", later)
		require.Equal(t, r.Seq, *r.Original)
		require.Equal(t, r.Root, r.Audit.Root)
		require.Positive(t, r.Audit.Seals)
		require.Contains(t, s.do(t, exitDone, "drill"), "The school can go on from this backup")
	})
	t.Run("of an earlier backup, with the keys that were kept", func(t *testing.T) {
		t.Parallel()
		r := drilled(t, s, exitDone, "--backup", backup, "--keys", keys, "--checkpoint", earlier)
		require.Less(t, r.Seq, *r.Original)
	})
	t.Run("after the original was lost", func(t *testing.T) {
		t.Parallel()
		said := outside(t, exitDone, "drill", "--backup", backup, "--keys", keys, "--data", s.file("gone"), "--checkpoint", earlier)
		require.Contains(t, said, "no original to compare with")
	})
	t.Run("beside a server", func(t *testing.T) {
		t.Parallel()
		own := newSealed(t, "")
		serving, err := school.Open(t.Context(), own.where, nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = serving.Close() })
		drilled(t, own, exitDone)
	})
	t.Run("finds that a checkpoint of later is not reached", func(t *testing.T) {
		t.Parallel()
		r := drilled(t, s, exitFindings, "--backup", backup, "--checkpoint", later)
		require.Len(t, r.Findings, 1)
		require.Contains(t, r.Findings[0], "checkpoint_beyond")
	})
	t.Run("finds that keys are missing", func(t *testing.T) {
		t.Parallel()
		r := drilled(t, s, exitFindings, "--backup", backup, "--keys", t.TempDir())
		require.Contains(t, r.Findings[0], "keys.json")
		require.Contains(t, r.Findings[len(r.Findings)-1], "does not open")
	})
	t.Run("finds that keys are another school's", func(t *testing.T) {
		t.Parallel()
		r := drilled(t, s, exitFindings, "--backup", backup, "--keys", newSealed(t, "").where.Dir)
		require.Contains(t, r.Findings[len(r.Findings)-1], "does not open")
	})
	t.Run("finds that a backup was changed, and how", func(t *testing.T) {
		t.Parallel()
		own := t.TempDir()
		require.NoError(t, os.CopyFS(filepath.Join(own, "b"), os.DirFS(backup)))
		change(t, filepath.Join(own, "b", "ledger.db"), "update balance set credits = credits + 1 where number = (select number from account where path like 'merchant/%')")
		r := drilled(t, s, exitFindings, "--backup", filepath.Join(own, "b"))
		require.Contains(t, r.Findings[0], "ledger.db is not what was backed up")
		require.Contains(t, r.Findings[1], "audit: ")
	})
	t.Run("finds that a backup is damaged", func(t *testing.T) {
		t.Parallel()
		own := filepath.Join(t.TempDir(), "b")
		require.NoError(t, os.CopyFS(own, os.DirFS(backup)))
		require.NoError(t, os.Truncate(filepath.Join(own, "campus.db"), 3*4096))
		r := drilled(t, s, exitFindings, "--backup", own)
		require.Contains(t, r.Findings[0], "campus.db is not what was backed up")
		require.Contains(t, r.Findings[1], "campus.db is damaged")
	})
}

func TestDrillFindsThatTheOriginalWasRewritten(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	backup := s.file("backup")
	s.do(t, exitDone, "backup", backup)
	other := newSealed(t, "") // another day, to the last leaf
	for _, name := range []string{"ledger.db", "campus.db"} {
		require.NoError(t, os.Rename(filepath.Join(other.where.Dir, name), filepath.Join(s.where.Dir, name)))
	}
	r := drilled(t, s, exitFindings, "--backup", backup)
	require.Contains(t, r.Findings[0], "the original")
}

func TestDrillOnPostgreSQL(t *testing.T) {
	t.Parallel()
	s := newSealed(t, pgtest.URL(t))
	backup, into := s.file("backup"), pgtest.URL(t)
	s.do(t, exitDone, "backup", backup)
	require.FileExists(t, filepath.Join(backup, "school.dump"))
	s.do(t, exitDone, "close")
	later := s.give(t, "later.checkpoint", s.checkpoint(t))

	r := drilled(t, s, exitDone, "--backup", backup, "--into", into)
	require.Less(t, r.Seq, *r.Original)
	require.Equal(t, r.Backup.Root, r.Root)
	require.Contains(t, s.do(t, exitFailed, "drill", "--into", into), "only into an empty one")

	r = drilled(t, s, exitDone, "--restored", into)
	require.Nil(t, r.Backup)
	r = drilled(t, s, exitFindings, "--restored", into, "--checkpoint", later)
	require.Contains(t, r.Findings[0], "checkpoint_beyond")
	drilled(t, s, exitDone, "--into", pgtest.URL(t), "--checkpoint", later)

	require.Contains(t, s.do(t, exitFailed, "drill"), "--into")
	require.Contains(t, s.do(t, exitFailed, "drill", "--restored", s.where.Database), "not its own backup")
	require.Contains(t, outside(t, exitFailed, "drill", "--backup", backup), "PostgreSQL database")
}

func TestBackupRefusesWhatWouldNotProtect(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	taken := s.file("taken")
	s.do(t, exitDone, "backup", taken)
	require.Contains(t, s.do(t, exitFailed, "backup", taken), "is there already")
	require.Contains(t, s.do(t, exitFailed, "backup", s.file("b"), "--keys-to", s.file("b/keys")), "protect nothing")
	require.NoDirExists(t, s.file("b"))
	require.Contains(t, outside(t, exitFailed, "backup", s.file("b"), "--data", s.file("none")), "holds no school")
	require.Contains(t, s.do(t, exitFailed, "drill", "--backup", t.TempDir()), "is no backup")
	entries, err := os.ReadDir(s.files)
	require.NoError(t, err)
	require.Len(t, entries, 2, "no half of a backup is left: only the backup and the keys")
}

func TestPasswordsAreNotOnACommandLine(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"postgres://u:s3cret@h:5432/db?sslmode=require&pool_max_conns=4": "postgres://u@h:5432/db?sslmode=require",
		"postgresql:///db?host=/run&user=u&password=s3cret":              "postgresql:///db?host=%2Frun&user=u",
	} {
		address, password, err := libpqAddress(given)
		require.NoError(t, err)
		require.Equal(t, want, address)
		require.Equal(t, "s3cret", password)
	}
	_, _, err := libpqAddress("host=h password=s3cret")
	require.ErrorContains(t, err, "postgres://")
	require.NotContains(t, err.Error(), "s3cret")
}

// A school may still have the schema of before when it is backed up, and backups of
// then stay good.
func TestDrillOfTheSchemaBefore(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	makeFourth(t, filepath.Join(s.where.Dir, "ledger.db"))
	s.do(t, exitDone, "audit")
	backup := s.file("backup")
	s.do(t, exitDone, "backup", backup)
	drilled(t, s, exitDone)
	drilled(t, s, exitDone, "--backup", backup)
	s.do(t, exitDone, "close") // and is brought up to date by what writes
	s.do(t, exitDone, "audit")
	r := drilled(t, s, exitDone, "--backup", backup)
	require.Less(t, r.Seq, *r.Original)
}

// makeFourth makes the accounts of a ledger what they were in the fourth schema: rows
// with all columns.
func makeFourth(t *testing.T, path string) {
	t.Helper()
	add, columns := "", []string{
		"side", "floor", "ceiling", "debits", "credits", "held_debits", "held_credits", "used", "last_seq", "moved_seq", "moves",
	}
	for _, column := range columns {
		add += "alter table account add column " + column + " any;"
	}
	list := strings.Join(columns, ", ")
	change(t, path, add+"update account as a set ("+list+") = (select "+list+
		" from balance b where b.book_id = a.book_id and b.number = a.number);"+
		"drop table balance; delete from ledger_schema_version where version_id > 4;")
}

// change runs statements on a SQLite file.
func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
