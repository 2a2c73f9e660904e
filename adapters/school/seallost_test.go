package school_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

func TestALostKeyIsGivenUp(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	s := open(t, where)
	for range 2 {
		_, err := s.CloseDay(t.Context(), ledger.DayClose{Date: openDate(t, s)})
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
	lost, err := school.ReadSealKeys(where.Dir, 1)
	require.NoError(t, err)
	require.NoError(t, os.Remove(school.SealKeyPath(where.Dir, 1)))

	give := func(o school.SealKeyOptions) error {
		o.Lost = true
		_, err := school.GenerateSealKeys(t.Context(), where, 1, &o)
		return err
	}
	require.ErrorIs(t, give(school.SealKeyOptions{Origin: "new.example/books/1"}), ledger.ErrInvalid, "the journal keeps its name")
	require.ErrorIs(t, give(school.SealKeyOptions{Old: []string{"no key"}}), seal.ErrFormat)
	require.NoFileExists(t, school.SealKeyPath(where.Dir, 1))
	require.NoError(t, give(school.SealKeyOptions{Old: lost.Verifiers()}))

	keys, err := school.ReadSealKeys(where.Dir, 1)
	require.NoError(t, err)
	require.Equal(t, lost.Origin(), keys.Origin())
	require.Equal(t, lost.Verifiers()[0], keys.Verifiers()[0])
	require.NoError(t, open(t, where).Close())
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	require.NoError(t, err)
	store, closer, err := school.OpenLedger(t.Context(), where)
	require.NoError(t, err)
	defer func() { require.NoError(t, closer.Close()) }()
	report, err := audit.Run(t.Context(), store, 1, &audit.Options{Verifier: verifier, ClosesSealed: true})
	require.NoError(t, err)
	require.Empty(t, report.Findings, "what the lost key signed is verified still")
}
