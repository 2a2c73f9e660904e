package identity

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/sql/identitydb"
)

const (
	keyringPrefix     = "identity/"
	indexPurpose      = keyringPrefix + "index"
	sealPurposePrefix = keyringPrefix + "seal/"
)

// claimKeyring makes sure that every key the database knows of is among ours,
// then records ours. The second comparison settles a race between two programs
// that start on an empty database with different keys.
func claimKeyring(ctx context.Context, q *identitydb.Queries, keys *Keys) error {
	ours := keys.fingerprints()
	known, err := compareKeyring(ctx, q, ours)
	if err != nil || known == len(ours) {
		return err
	}
	for purpose, sum := range ours {
		if err := q.KeyringAdd(ctx, identitydb.KeyringAddParams{Purpose: purpose, Fingerprint: sum}); err != nil {
			return fmt.Errorf("record keys: %w", err)
		}
	}
	_, err = compareKeyring(ctx, q, ours)
	return err
}

func compareKeyring(ctx context.Context, q *identitydb.Queries, ours map[string]string) (int, error) {
	rows, err := q.KeyringGet(ctx, keyringPrefix+"%")
	if err != nil {
		return 0, fmt.Errorf("read keyring: %w", err)
	}
	for _, row := range rows {
		if ours[row.Purpose] != row.Fingerprint {
			return 0, &KeysError{Purpose: row.Purpose}
		}
	}
	return len(rows), nil
}
