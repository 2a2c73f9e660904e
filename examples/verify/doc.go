// Package verify holds verify.py, which checks the proofs of package
// ledger/seal in Python. It was written from ledger/FORMAT.md alone; the tests
// here hold its verdicts against those of seal.Verifier. See README.md.
package verify
