// Package seal signs what a book's journal says, and proves it to others: with
// a checkpoint and a proof, a stranger can check offline that a payment is in
// the sealed books, that an account stood at a balance when a day was closed, or
// that nothing was rewritten between two checkpoints. FORMAT.md of package
// ledger specifies all files.
//
//	keys, err := seal.GenerateKeys("school.example/books/1", time.Now())
//	sealer, err := seal.NewSealer(store, 1, keys)
//	checkpoint, err := sealer.Seal(ctx) // or SealCloses, after each day close
//
//	prover := seal.NewProver(store, 1)
//	receipt, err := prover.Receipt(ctx, id)
//	file := receipt.Marshal() // a C2SP tlog-proof, about 2 kB
//
//	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
//	receipt, err := seal.ParseReceipt(file)
//	checkpoint, err := verifier.Receipt(&receipt)
//
// A checkpoint is a C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): origin, size
// and root of the RFC 6962 tree over the journal, signed as a note with Ed25519,
// which golang.org/x/mod/sumdb/note opens. A receipt is a C2SP tlog-proof with
// the record's bytes as its extra data. A consistency proof is the request of
// the C2SP tlog-witness protocol, and what a [Witness] adds is a C2SP
// tlog-cosignature.
//
// Seals make rewriting visible to those who hold an earlier checkpoint, and to
// nobody else: hand them out. The private key proves who sealed; it does not
// make the journal right. Package audit checks that.
//
// # Errors
//
// [ErrFormat] is a text that is not what it should be, [ErrSignature] a
// checkpoint that nobody trusted has signed, [ErrProof] a proof that does not
// lead to the root. [ErrNotSealed] asks for a checkpoint first, [ErrNotClosed]
// for a day close. What a store has lost or changed is ledger.ErrCorrupt.
//
// # Concurrency
//
// A [Verifier], a [Prover] and a [Sealer] may be used by many goroutines at once.
// A [Witness] keeps its own order. [Keys] are a value of the caller's.
//
// # Limits
//
// A proof reads some hundreds of stored hashes at most, whatever the length of
// the journal; a proof of a balance also the closings of 256 accounts. A book can
// prove the balances of the closes that stand, not of one that was reopened.
package seal
