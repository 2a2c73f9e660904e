package seal

import "errors"

// What callers branch on.
var (
	// ErrFormat is a checkpoint, a proof or a key that cannot be read.
	ErrFormat = errors.New("not in the right format")
	// ErrSignature is a checkpoint without a valid signature of a trusted key,
	// or without those of enough witnesses.
	ErrSignature = errors.New("no valid signature of a trusted key")
	// ErrProof is a proof that does not lead to the checkpoint's root.
	ErrProof = errors.New("the proof does not lead to the root")
	// ErrNotSealed is a record or a size that no checkpoint covers yet.
	ErrNotSealed = errors.New("not sealed yet")
	// ErrNotClosed is a date that was never closed, or is open again.
	ErrNotClosed = errors.New("the date is not closed")
	// ErrNoSigner is a ring of keys without a private key.
	ErrNoSigner = errors.New("no private key to sign with")
)
