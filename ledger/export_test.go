package ledger

import (
	"context"

	"github.com/google/uuid"
)

// CanonicalDocument is canonicalDocument.
func CanonicalDocument(document []byte) ([]byte, error) { return canonicalDocument(document) }

// Expire journals the expiry of one hold.
func Expire(ctx context.Context, b *Book, hold uuid.UUID) (Receipt, error) {
	authorized, err := b.reserved(ctx, hold)
	if err != nil {
		return Receipt{}, err
	}
	return b.submitOne(ctx, newCall(&expiry{heldStep{hold: hold, authorized: authorized}}))
}
