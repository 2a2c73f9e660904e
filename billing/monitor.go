package billing

import (
	"context"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/billingdb"
)

// Totals says how far an item has been paid. Billed is Paid plus Outstanding.
type Totals struct {
	Item                      ItemID
	Bills, PaidBills          int // of those assessed
	Billed, Paid, Outstanding money.Amount
}

// Totals sums the ledger accounts of an item's bills, as of one moment. It
// fails with [ErrItemUnknown].
func (o *Office) Totals(ctx context.Context, item ItemID) (Totals, error) {
	found, err := o.Item(ctx, item)
	if err != nil {
		return Totals{}, err
	}
	zero := money.Zero(found.Amount.Currency())
	totals := Totals{Item: item, Billed: zero, Paid: zero, Outstanding: zero}
	for account, err := range o.billAccounts(ctx, item) {
		if err == nil {
			err = totals.add(account)
		}
		if err != nil {
			return Totals{}, fmt.Errorf("totals of fee item %s: %w", item, err)
		}
	}
	totals.Paid, err = totals.Billed.Sub(totals.Outstanding)
	return totals, err
}

// add counts a bill's account. What was billed is its ceiling, not its debits:
// a payment that is reversed debits it too.
func (t *Totals) add(account ledger.Account) (err error) {
	t.Bills++
	if account.Balance().IsZero() {
		t.PaidBills++
	}
	billed := account.Ceiling
	if !billed.IsValid() { // somebody took the ceiling away
		billed = money.Of(account.Debits, account.Currency)
	}
	if t.Billed, err = t.Billed.Add(billed); err != nil {
		return err
	}
	t.Outstanding, err = t.Outstanding.Add(account.Balance())
	return err
}

// billAccounts yields the accounts of an item's bills that were assessed.
func (o *Office) billAccounts(ctx context.Context, item ItemID) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for account, err := range o.book.Accounts(ctx, campus.Path(campus.FamilyFee, billPrefix(item))) {
			if err == nil && account.Debits == 0 {
				continue
			}
			if !yield(account, err) {
				return
			}
		}
	}
}

// unpaidMax is how many bills Overdue reads at once.
const unpaidMax = 200

// Overdue yields an item's bills that are still outstanding on a day after
// their due date, in the order of their holders: on the due date itself there
// are none. It stops at the first error; an item that is not there is
// [ErrItemUnknown].
func (o *Office) Overdue(ctx context.Context, item ItemID, on ledger.Date) iter.Seq2[Bill, error] {
	return func(yield func(Bill, error) bool) {
		outstanding, err := o.outstanding(ctx, item)
		if err != nil {
			yield(Bill{}, fmt.Errorf("overdue bills: %w", err))
			return
		}
		for bill, err := range o.bills(ctx, item) {
			if err != nil {
				yield(Bill{}, fmt.Errorf("overdue bills of fee item %s: %w", item, err))
				return
			}
			if owed, ok := outstanding[bill.ID.Account()]; ok {
				bill.Assessed, bill.Outstanding = true, owed
			}
			if bill.Overdue(on) && !yield(bill, nil) {
				return
			}
		}
	}
}

// outstanding returns the balances of the item's accounts that are not zero. It
// is read whole, so that no connection is held while the caller looks at bills.
func (o *Office) outstanding(ctx context.Context, item ItemID) (map[string]money.Amount, error) {
	if _, err := o.Item(ctx, item); err != nil {
		return nil, err
	}
	owed := make(map[string]money.Amount)
	for account, err := range o.billAccounts(ctx, item) {
		if err != nil {
			return nil, fmt.Errorf("fee item %s: %w", item, err)
		}
		if balance := account.Balance(); !balance.IsZero() {
			owed[account.Path] = balance
		}
	}
	return owed, nil
}

// bills yields the item's bills as they were written, page by page.
func (o *Office) bills(ctx context.Context, item ItemID) iter.Seq2[Bill, error] {
	return func(yield func(Bill, error) bool) {
		after := ""
		for {
			page, err := o.queries.ListBillsOfItem(ctx, billingdb.ListBillsOfItemParams{
				School: o.school, Item: string(item), After: after, Page: unpaidMax,
			})
			if err != nil {
				yield(Bill{}, err)
				return
			}
			for i := range page {
				bill, err := billOf(page[i])
				if !yield(bill, err) || err != nil {
					return
				}
				after = page[i].ID
			}
			if len(page) < unpaidMax {
				return
			}
		}
	}
}
