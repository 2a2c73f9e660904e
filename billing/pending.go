package billing

import (
	"context"
	"database/sql"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/sql/billingdb"
)

// pendingMax is how many bills are posted before they are marked.
const pendingMax = 2000

// billRange holds the bills whose ids lie between two texts.
type billRange struct{ after, before string }

// billsOf is the range of an item's bills: '.' is the byte after '-'.
func billsOf(item ItemID) billRange {
	return billRange{after: billPrefix(item), before: string(item) + "."}
}

// allBills is the range of all bills: their ids are ASCII and '~' is the last
// printable byte.
func allBills() billRange { return billRange{before: "~"} }

// Resume books all bills that a crash left written but not booked, and returns
// how many. A server calls it at its start.
func (o *Office) Resume(ctx context.Context) (int, error) {
	booked, err := o.bookPending(ctx, allBills())
	if err != nil {
		return booked, fmt.Errorf("resume billing: %w", err)
	}
	return booked, nil
}

// bookPending posts the bills of the range that are not marked, and marks them.
// The transactions' ids are derived from the bills: a bill that was posted but
// not marked is replayed.
func (o *Office) bookPending(ctx context.Context, bills billRange) (int, error) {
	booked := 0
	for {
		page, err := o.queries.ListPendingBills(ctx, billingdb.ListPendingBillsParams{
			School: o.school, After: bills.after, Before: bills.before, Page: pendingMax,
		})
		if err != nil || len(page) == 0 {
			return booked, err
		}
		if err := o.postAll(ctx, page); err != nil {
			return booked, err
		}
		if err := o.markAll(ctx, page); err != nil {
			return booked, err
		}
		booked += len(page)
		bills.after = page[len(page)-1].ID
	}
}

// postAll posts the bills side by side: the ledger commits together what comes
// together.
func (o *Office) postAll(ctx context.Context, bills []billingdb.ListPendingBillsRow) error {
	if err := o.openItems(ctx, bills); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.options.PostersMax)
	for i := range bills {
		group.Go(func() error { return o.postBill(ctx, &bills[i]) })
	}
	return group.Wait()
}

// openItems opens the accounts that the bills are credited to, each once: the
// bills are in the order of their items.
func (o *Office) openItems(ctx context.Context, bills []billingdb.ListPendingBillsRow) error {
	for i := range bills {
		if i > 0 && bills[i].Item == bills[i-1].Item {
			continue
		}
		account := o.chart.FeeItem(campus.Nature(bills[i].Nature), bills[i].Item)
		if err := campus.Ensure(ctx, o.book, bills[i].CreatedBy, account); err != nil {
			return fmt.Errorf("fee item %s: %w", bills[i].Item, err)
		}
	}
	return nil
}

func (o *Office) postBill(ctx context.Context, bill *billingdb.ListPendingBillsRow) error {
	amount, err := amountOf(bill.AmountMinor, bill.Currency)
	if err != nil {
		return fmt.Errorf("bill %s: %w", bill.ID, err)
	}
	if err := campus.Ensure(ctx, o.book, bill.CreatedBy, o.chart.Bill(bill.ID, amount)); err != nil {
		return fmt.Errorf("bill %s: %w", bill.ID, err)
	}
	_, err = o.book.Post(ctx, o.chart.FeeAssessed(campus.Fee{
		Event: campus.Event{
			ID: ledger.KeyID("billing.assess", bill.ID), By: bill.CreatedBy, Document: document(bill.Item, bill.Holder),
		},
		Bill: bill.ID, Item: bill.Item, Nature: campus.Nature(bill.Nature), Amount: amount,
	}))
	if err != nil {
		return fmt.Errorf("bill %s: %w", bill.ID, err)
	}
	return nil
}

func (o *Office) markAll(ctx context.Context, bills []billingdb.ListPendingBillsRow) error {
	at := sql.NullTime{Time: o.now(), Valid: true}
	return o.inTx(ctx, func(queries *billingdb.Queries) error {
		for i := range bills {
			mark := billingdb.MarkBillAssessedParams{School: o.school, ID: bills[i].ID, AssessedAt: at}
			if err := queries.MarkBillAssessed(ctx, mark); err != nil {
				return fmt.Errorf("mark bill %s: %w", bills[i].ID, err)
			}
		}
		return nil
	})
}
