package archive

import (
	"bytes"
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

// Verify checks the archive by itself: that each record is canonical and follows
// the one before; that the checkpoints lead to its records, and the one of its
// end is there and signed as the verifier wants it; and that what accounts stood
// at on each closed date is what the record of the close says. Whether the rules
// were kept is for an audit of the lines to say. An error names the first thing
// that is wrong: it wraps [ErrFormat], or seal.ErrSignature or seal.ErrProof.
func (a *Archive) Verify(ctx context.Context, verifier *seal.Verifier) (Verified, error) {
	var v Verified
	closes, err := a.verifyRecords(ctx, &v)
	if err == nil {
		err = a.verifyCheckpoints(ctx, verifier, &v)
	}
	if err == nil {
		err = a.verifyBalances(ctx, closes, &v)
	}
	if err != nil {
		return Verified{}, fmt.Errorf("verify archive of records %d to %d of book %d: %w", a.manifest.First, a.manifest.Last, a.manifest.Book, err)
	}
	return v, nil
}

// verifyRecords returns the last close of each date, nil for one reopened.
func (a *Archive) verifyRecords(ctx context.Context, v *Verified) (map[ledger.Date]*ledger.Record, error) {
	closes := map[ledger.Date]*ledger.Record{}
	seq := a.manifest.First - 1
	for line, err := range a.Lines(ctx) {
		if err != nil {
			return nil, err
		}
		record, err := ledger.ParseRecord(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w: %w", v.Records+1, ErrFormat, err)
		}
		if seq++; record.Seq != seq || record.Book != a.manifest.Book {
			return nil, fmt.Errorf("line %d: %w: record %d of book %d", v.Records+1, ErrFormat, record.Seq, record.Book)
		}
		switch record.Kind {
		case ledger.KindDayClose:
			closes[record.Date] = &record
		case ledger.KindReopen:
			delete(closes, record.Next)
		}
		v.Records++
	}
	return closes, nil
}

func (a *Archive) verifyCheckpoints(ctx context.Context, verifier *seal.Verifier, v *Verified) error {
	prover := seal.NewProver(a, a.manifest.Book)
	for _, kept := range a.seals {
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

// leavesMax bounds how many leaves are in memory at once: 32 bytes each.
const leavesMax = 1 << 23

// verifyBalances compares what accounts stood at on the closed dates with the
// records of the closes, some dates at a time.
func (a *Archive) verifyBalances(ctx context.Context, closes map[ledger.Date]*ledger.Record, v *Verified) error {
	dates := slices.SortedFunc(maps.Keys(closes), ledger.Date.Compare)
	for len(dates) > 0 {
		n, leaves := 0, int64(0)
		for ; n < len(dates); n++ {
			balances := closes[dates[n]].Balances
			if balances == nil {
				return fmt.Errorf("%w: record %d has no balances", ErrFormat, closes[dates[n]].Seq)
			}
			if leaves += balances.Accounts; n > 0 && leaves > leavesMax {
				break
			}
		}
		if err := a.verifyDates(ctx, dates[:n], closes); err != nil {
			return err
		}
		v.Closes += int64(n)
		dates = dates[n:]
	}
	return nil
}

// verifyDates builds the trees of balances of some dates in one pass over the
// closings.
func (a *Archive) verifyDates(ctx context.Context, dates []ledger.Date, closes map[ledger.Date]*ledger.Record) error {
	trees := make([][][]byte, len(dates))
	for i, date := range dates {
		trees[i] = make([][]byte, closes[date].Balances.Accounts)
	}
	for c, err := range a.Closings(ctx, a.manifest.Book, ledger.ClosingQuery{First: 1}) {
		if err != nil {
			return err
		}
		leaf := ledger.LeafHash(ledger.BalanceLine(c.Account, c.Currency, c.Debits, c.Credits))
		for i, date := range dates { // a later closing of the account replaces it
			if !date.Before(c.Date) && c.Number <= int64(len(trees[i])) {
				trees[i][c.Number-1] = leaf
			}
		}
	}
	for i, date := range dates {
		record := closes[date]
		root, err := rootOf(trees[i])
		if err != nil {
			return err
		}
		if !bytes.Equal(root, record.Balances.Root[:]) {
			return fmt.Errorf("%w: the closings of %s are not those of record %d", ErrFormat, date, record.Seq)
		}
	}
	return nil
}
