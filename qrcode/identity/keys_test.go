package identity_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestNewRefusesOtherKeysAndWritesNothing(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		keys := newKeys(t)
		directory, err := identity.New(t.Context(), db, keys, nil)
		require.NoError(t, err)
		number := enrol(t, directory, pupil(1))[0]
		before := dump(t, db)

		_, err = identity.New(t.Context(), db, newKeys(t), nil)
		require.ErrorIs(t, err, identity.ErrKeys)
		var mismatch *identity.KeysError
		require.ErrorAs(t, err, &mismatch)
		require.Equal(t, "identity/index", mismatch.Purpose)
		require.Equal(t, before, dump(t, db))

		stored, err := keys.Bytes()
		require.NoError(t, err)
		same, err := identity.ParseKeys(stored)
		require.NoError(t, err)
		again, err := identity.New(t.Context(), db, same, nil)
		require.NoError(t, err)
		holder, err := again.Holder(t.Context(), school, number)
		require.NoError(t, err)
		require.Equal(t, pupil(1).Person, holder.Person)
	})
}

func TestRotatedKeysOpenOldDataAndResealIt(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		old := newKeys(t)
		directory, err := identity.New(t.Context(), db, old, nil)
		require.NoError(t, err)
		number := enrol(t, directory, pupil(1), pupil(2))[0]
		bind(t, directory, "guardian-1", pupil(1))

		rotated, err := old.Rotated()
		require.NoError(t, err)
		directory, err = identity.New(t.Context(), db, rotated, nil)
		require.NoError(t, err)
		renewed, err := directory.Reseal(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, renewed)
		renewed, err = directory.Reseal(t.Context())
		require.NoError(t, err)
		require.Zero(t, renewed)

		holder, err := directory.Holder(t.Context(), school, number)
		require.NoError(t, err)
		require.Equal(t, pupil(1).Person, holder.Person)
		guardians, err := directory.Guardians(t.Context(), school, number)
		require.NoError(t, err)
		require.Equal(t, "guardian-1", guardians[0].Subject)
		history, err := directory.History(t.Context(), school, number)
		require.NoError(t, err)
		require.Equal(t, "guardian-1", history[0].By)

		_, err = identity.New(t.Context(), db, old, nil)
		require.ErrorIs(t, err, identity.ErrKeys, "the older keys cannot open what the rotated ones wrote")
	})
}

func TestParseKeysRefusesWhatIsNotAKeyFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{}", `{"format":"campusledger-identity-keys/1","index":"AAAA","sealing":{}}`} {
		_, err := identity.ParseKeys([]byte(text))
		require.Error(t, err)
	}
}
