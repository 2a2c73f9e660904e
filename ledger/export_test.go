package ledger

// Waiting returns how many commands wait in the book's queue.
func Waiting(b *Book) int {
	b.commit.mu.Lock()
	defer b.commit.mu.Unlock()
	return len(b.commit.waiting)
}

// CanonicalDocument is canonicalDocument.
func CanonicalDocument(document []byte) ([]byte, error) { return canonicalDocument(document) }
