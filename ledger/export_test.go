package ledger

import (
	"context"

	"github.com/google/uuid"
)

// Waiting returns how many commands wait in the book's queue.
func Waiting(b *Book) int {
	b.commit.mu.Lock()
	defer b.commit.mu.Unlock()
	return len(b.commit.waiting)
}

// CanonicalDocument is canonicalDocument.
func CanonicalDocument(document []byte) ([]byte, error) { return canonicalDocument(document) }

// Expire journals the expiry of one hold.
func Expire(ctx context.Context, b *Book, hold uuid.UUID) (Receipt, error) {
	authorized, err := b.reserved(ctx, hold)
	if err != nil {
		return Receipt{}, err
	}
	one := newCall(&expiry{heldStep{hold: hold, authorized: authorized}})
	if err := b.submit(ctx, one)[0]; err != nil {
		return Receipt{}, err
	}
	return one.receipts[0], nil
}
