package billing

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/billingdb"
)

// Assessment bills holders for an item.
type Assessment struct {
	Item    ItemID
	Holders []Ref // see [Payers]
	// By says who bills, such as "staff:7": 1 to 128 bytes, no personal data.
	By string
}

// Assessed says what [Office.Assess] did.
type Assessed struct {
	Created int // bills made out now
	Existed int // holders who had a bill for the item
	Booked  int // bills booked now: also those that an earlier call left behind
}

// insertMax is how many bills one domain transaction writes: other writers get
// their turn in between.
const insertMax = 500

// Assess makes out the bills that are missing and books them. From then on they
// are owed. Holders who have a bill for the item keep it as it is.
//
// The bills are written first, then posted, then marked. Whatever is cut short,
// by an error too, is repaired by doing it again, with any holders or none, or
// by [Office.Resume]. It fails with [ErrItemUnknown], ledger.ErrInvalid, or what
// the ledger says.
func (o *Office) Assess(ctx context.Context, a Assessment) (Assessed, error) {
	if err := a.check(); err != nil {
		return Assessed{}, fmt.Errorf("assess: %w", err)
	}
	if _, err := o.Item(ctx, a.Item); err != nil {
		return Assessed{}, fmt.Errorf("assess: %w", err)
	}
	var done Assessed
	holders := sorted(slices.Clone(a.Holders))
	for chunk := range slices.Chunk(holders, insertMax) {
		created, err := o.insertBills(ctx, &a, chunk)
		if err != nil {
			return done, fmt.Errorf("assess: %w", itemFailed(a.Item, err))
		}
		done.Created += created
		done.Existed += len(chunk) - created
	}
	var err error
	if done.Booked, err = o.bookPending(ctx, billsOf(a.Item)); err != nil {
		return done, fmt.Errorf("assess fee item %s: %w", a.Item, err)
	}
	return done, nil
}

// check refuses what the ledger would refuse once the bills are written.
func (a *Assessment) check() error {
	const byBytesMax = 128
	if a.By == "" || len(a.By) > byBytesMax || !utf8.ValidString(a.By) || slices.Contains([]byte(a.By), 0) {
		return &ledger.InvalidError{Field: "by", Problem: fmt.Sprintf("want UTF-8 text of 1 to %d bytes", byBytesMax)}
	}
	for i, holder := range a.Holders {
		if !holder.valid() {
			return &ledger.InvalidError{Field: fmt.Sprintf("holders[%d]", i), Problem: refRule}
		}
	}
	return nil
}

// insertBills writes the bills that are missing and returns how many.
func (o *Office) insertBills(ctx context.Context, a *Assessment, holders []Ref) (int, error) {
	created := 0
	err := o.inTx(ctx, func(queries *billingdb.Queries) error {
		item, err := queries.MarkFeeItemBilled(ctx, billingdb.MarkFeeItemBilledParams{School: o.school, ID: string(a.Item)})
		if err != nil {
			return err
		}
		for _, holder := range holders {
			inserted, err := queries.InsertBill(ctx, billingdb.InsertBillParams{
				School: o.school, ID: string(BillIDOf(a.Item, holder)), Item: item.ID, Holder: string(holder),
				AmountMinor: item.AmountMinor, Currency: item.Currency, DueDate: item.DueDate,
				CreatedBy: a.By, CreatedAt: o.now(),
			})
			if err != nil {
				return err
			}
			created += int(inserted)
		}
		return nil
	})
	return created, err
}
