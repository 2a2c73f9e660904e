package school_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

func openDate(t *testing.T, s *school.School) ledger.Date {
	t.Helper()
	head, err := s.Book.Head(t.Context())
	require.NoError(t, err)
	return head.OpenDate
}

// mustCheckpoint returns the latest checkpoint, which a key of the directory has
// signed.
func mustCheckpoint(t *testing.T, s *school.School, dir string) seal.Checkpoint {
	t.Helper()
	latest, err := s.Checkpoint(t.Context())
	require.NoError(t, err)
	keys, err := school.ReadSealKeys(dir, s.Number())
	require.NoError(t, err)
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	require.NoError(t, err)
	verified, err := verifier.Checkpoint(latest.Note)
	require.NoError(t, err)
	return verified
}

func TestACloseIsSealed(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	s := open(t, where)
	_, err := s.Checkpoint(t.Context())
	require.ErrorIs(t, err, seal.ErrNotSealed)
	info, err := os.Stat(school.SealKeyPath(where.Dir, 1))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	date := openDate(t, s)
	closed, err := s.CloseDay(t.Context(), ledger.DayClose{Date: date})
	require.NoError(t, err)
	require.NoError(t, closed.Unsealed)
	require.Equal(t, closed.Record.Seq, mustCheckpoint(t, s, where.Dir).Size)
	receipt, err := s.Prover().Receipt(t.Context(), closed.Record.ID)
	require.NoError(t, err)
	require.Equal(t, closed.Record.Canonical(), receipt.Record)

	again, err := s.CloseDay(t.Context(), ledger.DayClose{Date: date})
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.NoError(t, again.Unsealed)
}

func TestACloseStandsIfItCannotBeSealed(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	s := open(t, where)
	hidden := school.SealKeyPath(where.Dir, 1) + ".hidden"
	require.NoError(t, os.Rename(school.SealKeyPath(where.Dir, 1), hidden))
	closed, err := s.CloseDay(t.Context(), ledger.DayClose{Date: openDate(t, s)})
	require.NoError(t, err)
	require.ErrorIs(t, closed.Unsealed, school.ErrKeyFile)
	require.Equal(t, closed.Record.Next, openDate(t, s))
	require.ErrorIs(t, s.Tend(t.Context(), 0), school.ErrKeyFile)

	require.NoError(t, os.Rename(hidden, school.SealKeyPath(where.Dir, 1)))
	require.NoError(t, s.Tend(t.Context(), 0))
	require.Equal(t, closed.Record.Seq, mustCheckpoint(t, s, where.Dir).Size)
}

func TestOpeningSealsWhatACrashLeftOut(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	s := open(t, where)
	closed, err := s.Book.CloseDay(t.Context(), ledger.DayClose{Date: openDate(t, s)})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Equal(t, closed.Record.Seq, mustCheckpoint(t, open(t, where), where.Dir).Size)
}

func TestAJournalThatCannotBeSealedStaysOpen(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	s := open(t, where)
	_, err := s.Book.CloseDay(t.Context(), ledger.DayClose{Date: openDate(t, s)})
	require.NoError(t, err)
	keys, err := school.ReadSealKeys(where.Dir, 1)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	keys.Keys[0].Signer = "" // all are retired
	save(t, where.Dir, keys)
	var logged bytes.Buffer
	again, err := school.Open(t.Context(), where, &school.Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Close()) })
	require.Contains(t, logged.String(), "day closes are not sealed")
	_, err = again.Seal(t.Context())
	require.ErrorIs(t, err, seal.ErrNoSigner)
}

func save(t *testing.T, dir string, keys *seal.Keys) {
	t.Helper()
	text, err := json.Marshal(keys)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(school.SealKeyPath(dir, 1), text, 0o600))
}

func TestASealedBookBelongsToItsKeys(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	s := open(t, where)
	_, err := s.CloseDay(t.Context(), ledger.DayClose{Date: openDate(t, s)})
	require.NoError(t, err)
	early, err := school.ReadSealKeys(where.Dir, 1)
	require.NoError(t, err)
	_, err = s.RotateSealKeys(t.Context())
	require.NoError(t, err)
	_, err = s.CloseDay(t.Context(), ledger.DayClose{Date: openDate(t, s)})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	others, err := seal.GenerateKeys(early.Origin(), early.Keys[0].Made)
	require.NoError(t, err)
	for name, keys := range map[string]*seal.Keys{"another's": others, "an old copy": early} {
		save(t, where.Dir, keys)
		_, err := school.Open(t.Context(), where, nil)
		require.ErrorIs(t, err, school.ErrSealKeys, name)
	}
	require.NoError(t, os.Remove(school.SealKeyPath(where.Dir, 1)))
	_, err = school.Open(t.Context(), where, nil)
	require.ErrorIs(t, err, school.ErrSealKeys)
	require.NoFileExists(t, school.SealKeyPath(where.Dir, 1), "keys are found, not replaced")
	require.NoError(t, os.WriteFile(school.SealKeyPath(where.Dir, 1), []byte("{"), 0o600))
	_, err = school.Open(t.Context(), where, nil)
	require.ErrorIs(t, err, school.ErrKeyFile)
}

func TestTheOriginIsTheSchoolsOwn(t *testing.T) {
	t.Parallel()
	origin := func(options *school.Options) string {
		where := school.Location{Dir: t.TempDir()}
		s, err := school.Open(t.Context(), where, options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		keys, err := school.ReadSealKeys(where.Dir, s.Number())
		require.NoError(t, err)
		return keys.Origin()
	}
	require.Equal(t, "school.example/books/1", origin(&school.Options{SealOrigin: "school.example/books/1"}))
	require.Regexp(t, `^campusledger/[a-z2-7]{8}/books/7$`, origin(&school.Options{Number: 7}))
	one, another := origin(nil), origin(nil)
	require.NotEqual(t, one, another, "so that a witness of two schools tells them apart")
}

// TestTendSealsWhatWasPosted: a till's receipt is proven some minutes later, not
// at the end of the day.
func TestTendSealsWhatWasPosted(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.September, 1, 4, 0, 0, 0, time.UTC)
	for name, every := range map[string]time.Duration{"by default": 0, "every hour": time.Hour, "never": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := now
			dir := t.TempDir()
			s, err := school.Open(t.Context(), school.Location{Dir: dir}, &school.Options{SealEvery: every, Now: func() time.Time { return at }})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			tendAfter := func(later time.Duration) {
				t.Helper()
				at = at.Add(later)
				require.NoError(t, s.Tend(t.Context(), time.Minute))
			}
			unsealed := func() {
				t.Helper()
				_, err := s.Checkpoint(t.Context())
				require.ErrorIs(t, err, seal.ErrNotSealed)
			}
			pause := every
			if every <= 0 {
				pause = 5 * time.Minute
			}
			tendAfter(pause - time.Microsecond)
			unsealed()
			tendAfter(time.Microsecond)
			if every < 0 {
				unsealed()
				return
			}
			head, err := s.Book.Head(t.Context())
			require.NoError(t, err)
			sealed := mustCheckpoint(t, s, dir)
			require.Equal(t, head.Seq, sealed.Size)

			tendAfter(pause)
			require.Equal(t, sealed, mustCheckpoint(t, s, dir), "nothing was posted")
			require.NoError(t, s.OpenHolders(t.Context(), []string{"h1000000001"}))
			tendAfter(pause - time.Microsecond)
			require.Equal(t, sealed, mustCheckpoint(t, s, dir))
			tendAfter(time.Microsecond)
			require.Greater(t, mustCheckpoint(t, s, dir).Size, sealed.Size)
		})
	}
}
