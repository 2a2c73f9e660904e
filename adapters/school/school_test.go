package school_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/pgtest"
)

func open(t *testing.T, where school.Location) *school.School {
	t.Helper()
	s, err := school.Open(t.Context(), where, &school.Options{OpenDate: ledger.DateOf(2026, 9, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestOpenFindsWhatItLeft(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: filepath.Join(t.TempDir(), "new", "data")}
	s := open(t, where)
	head, err := s.Book.Head(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	again, err := open(t, where).Book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, head, again, "opening once more writes nothing")
	info, err := os.Stat(filepath.Join(where.Dir, "keys.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestOpenRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	used := school.Location{Dir: t.TempDir()}
	open(t, used)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	damaged := school.Location{Dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(damaged.Dir, "keys.json"), []byte("{"), 0o600))
	for name, test := range map[string]struct {
		where school.Location
		want  error
	}{
		"no directory":                    {school.Location{}, school.ErrLocation},
		"a file instead of a directory":   {school.Location{Dir: file}, school.ErrLocation},
		"a directory in use":              {used, school.ErrInUse},
		"damaged keys":                    {damaged, school.ErrKeyFile},
		"a URL that is none":              {school.Location{Dir: t.TempDir(), Database: "postgres://%"}, school.ErrLocation},
		"a database that does not answer": {school.Location{Dir: t.TempDir(), Database: "postgres://nobody@127.0.0.1:1/none"}, school.ErrLocation},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := school.Open(t.Context(), test.where, nil)
			require.ErrorIs(t, err, test.want)
		})
	}
}

func TestADatabaseBelongsToItsKeys(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	open(t, school.Location{Dir: t.TempDir(), Database: url})
	other := school.Location{Dir: t.TempDir(), Database: url}
	_, err := school.Open(t.Context(), other, nil)
	require.ErrorIs(t, err, identity.ErrKeys)
	require.NoFileExists(t, filepath.Join(other.Dir, "keys.json"), "keys are never made for a database that has some")
}

func TestOpenLedgerReadsBesideAWriter(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	_, _, err := school.OpenLedger(t.Context(), where)
	require.ErrorIs(t, err, school.ErrLocation, "nothing is created")
	s := open(t, where)
	store, closer, err := school.OpenLedger(t.Context(), where)
	require.NoError(t, err)
	t.Cleanup(func() { _ = closer.Close() })
	head, err := store.Head(t.Context(), s.Book.ID())
	require.NoError(t, err)
	require.Positive(t, head.Seq)
}

func TestWithoutAGatewayNothingIsOrdered(t *testing.T) {
	t.Parallel()
	s := open(t, school.Location{Dir: t.TempDir()})
	_, err := s.StartTopUp(t.Context(), school.TopUp{Key: uuid.NewString()})
	require.ErrorIs(t, err, school.ErrNoGateway)
	_, err = s.Desk()
	require.ErrorIs(t, err, school.ErrNoGateway)
}
