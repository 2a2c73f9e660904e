package ledger

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// CanonicalDocument is canonicalDocument.
func CanonicalDocument(document []byte) ([]byte, error) { return canonicalDocument(document) }

// AppendAt is appendAt, and AtLayout what it writes.
func AppendAt(b []byte, at time.Time) []byte { return appendAt(b, at) }

const AtLayout = atLayout

// Expire journals the expiry of one hold.
func Expire(ctx context.Context, b *Book, hold uuid.UUID) (Receipt, error) {
	authorized, err := b.reserved(ctx, hold)
	if err != nil {
		return Receipt{}, err
	}
	return b.submitOne(ctx, newCall(&expiry{heldStep{hold: hold, authorized: authorized}}))
}
