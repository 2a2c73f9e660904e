package faults_test

import (
	"context"
	"errors"
	"iter"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// Stores that break what they promise of seals, cursors and expired holds.

// forgetful acknowledges seals and keeps none.
type forgetful struct{ *storetest.Memory }

func newForgetful() ledger.Store { return forgetful{storetest.NewMemory()} }

func (forgetful) PutSeal(context.Context, ledger.BookID, ledger.Seal, string) error { return nil }

// careless acknowledges what did not move a cursor.
type careless struct{ *storetest.Memory }

func newCareless() ledger.Store { return careless{storetest.NewMemory()} }

func (s careless) MoveCursor(ctx context.Context, book ledger.BookID, consumer string, from, to int64) error {
	err := s.Memory.MoveCursor(ctx, book, consumer, from, to)
	if errors.Is(err, ledger.ErrConflict) {
		return nil
	}
	return err
}

// skipping leaves the first record out of whatever is read of the journal in parts.
type skipping struct{ *storetest.Memory }

func newSkipping() ledger.Store { return skipping{storetest.NewMemory()} }

func (s skipping) Records(ctx context.Context, book ledger.BookID, q ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if q.Limit > 0 {
		q.After++
	}
	return s.Memory.Records(ctx, book, q)
}

// patient finds no hold whose time is over.
type patient struct{ *storetest.Memory }

func newPatient() ledger.Store { return patient{storetest.NewMemory()} }

func (s patient) Holds(ctx context.Context, book ledger.BookID, q ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	if !q.ExpiredAt.IsZero() {
		return func(func(ledger.StoredHold, error) bool) {}
	}
	return s.Memory.Holds(ctx, book, q)
}
