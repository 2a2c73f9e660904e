package archive

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// Verified is what [Archive.Verify] found to be right.
type Verified struct {
	Records     int64
	Closes      int64 // day closes that stand in the archive, whose balances were compared
	Checkpoints int64
	// Last is the checkpoint of the archive's end.
	Last seal.Checkpoint
}

// Verify checks the archive by itself: that the manifest says what is in it; that
// each record is canonical and follows the one before; that the checkpoints lead
// to its records, and the one of its end is there and signed as the verifier wants
// it; and that what accounts stood at on each closed date is what the record of
// the close says, with nothing beside it. Two things no record in it may say: the
// book's name, if the first record is elsewhere, and the date of a closing that is
// older than the first close. Whether the rules
// were kept is for an audit of the lines to say. An error names the first thing
// that is wrong: it wraps [ErrFormat], or seal.ErrSignature or seal.ErrProof.
func (a *Archive) Verify(ctx context.Context, verifier *seal.Verifier) (Verified, error) {
	var v Verified
	var closes []*ledger.Record
	err := a.verifyCheckpoints(ctx, verifier, &v) // first: what nobody signed is not worth reading
	if err == nil {
		closes, err = a.verifyRecords(ctx, &v)
	}
	if err == nil {
		err = a.verifyBalances(ctx, closes, &v)
	}
	if err != nil {
		return Verified{}, fmt.Errorf("verify archive of records %d to %d of book %d: %w", a.manifest.First, a.manifest.Last, a.manifest.Book, err)
	}
	return v, nil
}

// verifyRecords returns the closes that stand, in the order of their dates.
func (a *Archive) verifyRecords(ctx context.Context, v *Verified) ([]*ledger.Record, error) {
	closes := map[ledger.Date]*ledger.Record{}
	seq := a.manifest.First - 1
	var record ledger.Record
	for line, err := range a.Lines(ctx) {
		if err != nil {
			return nil, err
		}
		if record, err = ledger.ParseRecord(line); err != nil {
			return nil, fmt.Errorf("line %d: %w: %w", v.Records+1, ErrFormat, err)
		}
		if seq++; record.Seq != seq || record.Book != a.manifest.Book {
			return nil, fmt.Errorf("line %d: %w: record %d of book %d", v.Records+1, ErrFormat, record.Seq, record.Book)
		}
		if seq == 1 && (record.Kind != ledger.KindGenesis || record.Name != a.manifest.Name) {
			return nil, fmt.Errorf("%s: %w: the book's name is %q, not %q", manifestEntry, ErrFormat, record.Name, a.manifest.Name)
		}
		switch record.Kind {
		case ledger.KindDayClose:
			closes[record.Date] = &ledger.Record{Seq: record.Seq, Date: record.Date, Balances: record.Balances}
		case ledger.KindReopen:
			delete(closes, record.Next)
		}
		v.Records++
	}
	if record.Kind != ledger.KindDayClose || record.Date != a.manifest.Until {
		return nil, fmt.Errorf("%s: %w: it ends with %s of %s, not the close of %s",
			manifestEntry, ErrFormat, record.Kind, record.Date, a.manifest.Until)
	}
	return slices.SortedFunc(maps.Values(closes), func(x, y *ledger.Record) int { return x.Date.Compare(y.Date) }), nil
}

func (a *Archive) verifyCheckpoints(ctx context.Context, verifier *seal.Verifier, v *Verified) error {
	prover := seal.NewProver(a, a.manifest.Book)
	for kept, err := range a.Seals(ctx, a.manifest.Book, 0) {
		if err != nil {
			return err
		}
		checkpoint, err := verifier.Checkpoint(kept.Note)
		if err != nil {
			return err
		}
		root, err := prover.Root(ctx, checkpoint.Size)
		if err != nil {
			return fmt.Errorf("checkpoint of %d records: %w: %w", checkpoint.Size, ErrFormat, err)
		}
		if checkpoint.Size != kept.Seq || checkpoint.Root != root {
			return fmt.Errorf("checkpoint of %d records: %w", kept.Seq, seal.ErrProof)
		}
		v.Checkpoints++
		v.Last = checkpoint
	}
	if v.Last.Size != a.manifest.Last {
		return fmt.Errorf("%w: no checkpoint of the first %d records", seal.ErrNotSealed, a.manifest.Last)
	}
	return nil
}
