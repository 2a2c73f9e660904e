package billing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/billingdb"
)

// BillID names a bill: the item's id and the holder's reference joined by '-'.
// Its ledger account is fee/<bill>, so that an item's accounts lie together.
type BillID string

// BillIDOf returns the id of a holder's bill for an item.
func BillIDOf(item ItemID, holder Ref) BillID { return BillID(billPrefix(item) + string(holder)) }

func billPrefix(item ItemID) string { return string(item) + "-" }

// Account is the path of the bill's ledger account.
func (id BillID) Account() string { return campus.Path(campus.FamilyFee, string(id)) }

// Bill is what one holder owes for one item.
type Bill struct {
	ID      BillID
	Item    ItemID
	Holder  Ref
	Amount  money.Amount // as billed
	Due     ledger.Date  // the last day on which a payment is in time
	Created time.Time
	// Assessed is set once the ledger has booked the bill: it is owed.
	Assessed bool
	// Outstanding is the balance of the bill's account, zero before it is
	// assessed.
	Outstanding money.Amount
}

// Paid reports whether the bill was owed and nothing is outstanding any more.
func (b *Bill) Paid() bool { return b.Assessed && b.Outstanding.IsZero() }

// Overdue reports whether something is outstanding on a day after the due date.
func (b *Bill) Overdue(on ledger.Date) bool { return b.Outstanding.Sign() > 0 && b.Due.Before(on) }

// Bill returns a bill with what is outstanding. It fails with [ErrBillUnknown].
func (o *Office) Bill(ctx context.Context, id BillID) (Bill, error) {
	row, err := o.billRow(ctx, id)
	if err != nil {
		return Bill{}, err
	}
	return o.withOutstanding(ctx, row)
}

// BillsOf returns all bills of a holder with what is outstanding, by due date.
func (o *Office) BillsOf(ctx context.Context, holder Ref) ([]Bill, error) {
	if !holder.valid() {
		return nil, &ledger.InvalidError{Field: "holder", Problem: refRule}
	}
	rows, err := o.queries.ListBillsOfHolder(ctx, billingdb.ListBillsOfHolderParams{School: o.school, Holder: string(holder)})
	if err != nil {
		return nil, fmt.Errorf("bills of holder: %w", err)
	}
	bills := make([]Bill, len(rows))
	for i := range rows {
		if bills[i], err = o.withOutstanding(ctx, rows[i]); err != nil {
			return nil, err
		}
	}
	return bills, nil
}

func (o *Office) billRow(ctx context.Context, id BillID) (billingdb.Bill, error) {
	if !isID(string(id)) {
		return billingdb.Bill{}, ErrBillUnknown
	}
	row, err := o.queries.GetBill(ctx, billingdb.GetBillParams{School: o.school, ID: string(id)})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrBillUnknown
	}
	if err != nil {
		return billingdb.Bill{}, fmt.Errorf("bill %s: %w", id, err)
	}
	return row, nil
}

// isID reports whether a text could be an id at all. What could not is neither
// asked of the database, which may refuse its bytes, nor repeated in an error.
func isID(text string) bool {
	if text == "" || len(text) > idBytesMax {
		return false
	}
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && c != '_' && c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

const idBytesMax = 16 + 1 + refBytesMax

// withOutstanding asks the ledger what is outstanding. An account that is not
// there, or that nothing was posted to, belongs to a bill not assessed yet.
func (o *Office) withOutstanding(ctx context.Context, row billingdb.Bill) (Bill, error) {
	bill, err := billOf(row)
	if err != nil {
		return Bill{}, err
	}
	account, err := o.book.Account(ctx, bill.ID.Account())
	switch {
	case errors.Is(err, ledger.ErrAccountUnknown):
		return bill, nil
	case err != nil:
		return Bill{}, fmt.Errorf("bill %s: %w", bill.ID, err)
	}
	bill.Assessed, bill.Outstanding = account.Debits > 0, account.Balance()
	return bill, nil
}

func billOf(row billingdb.Bill) (Bill, error) {
	amount, err := amountOf(row.AmountMinor, row.Currency)
	if err != nil {
		return Bill{}, fmt.Errorf("bill %s: %w", row.ID, err)
	}
	due, err := ledger.ParseDate(row.DueDate)
	if err != nil {
		return Bill{}, fmt.Errorf("bill %s: %w", row.ID, err)
	}
	return Bill{
		ID: BillID(row.ID), Item: ItemID(row.Item), Holder: Ref(row.Holder), Amount: amount, Due: due,
		Created: row.CreatedAt.UTC(), Outstanding: money.Zero(amount.Currency()),
	}, nil
}

// document is what a bill's transactions carry. It is made of nothing that ever
// changes: the same transaction asked for again must be the same.
func document(item, holder string) json.RawMessage {
	text, err := json.Marshal(map[string]string{"item": item, "holder": holder})
	if err != nil {
		panic(err) // strings always marshal
	}
	return text
}
