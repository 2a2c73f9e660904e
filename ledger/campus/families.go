package campus

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// layout is every family of a school: its path in the ledger, its side, and
// whether its balances stop at zero. Refunds and payouts under way are families
// of their own, so that nothing else gets lost in transit.
var layout = []struct {
	path    string
	side    ledger.Side
	floored bool
}{
	{string(FamilyWallet), ledger.CreditSide, true},
	{string(FamilyArrears), ledger.DebitSide, true},
	{string(FamilySubsidy), ledger.CreditSide, true},
	{string(FamilyMerchant), ledger.CreditSide, true},
	{string(FamilyFee), ledger.DebitSide, true},
	{string(FamilyClearing), ledger.DebitSide, false},
	{string(FamilyBank), ledger.DebitSide, false},
	{string(FamilyCash), ledger.DebitSide, true},
	{Path(FamilyTransit, "refund"), ledger.CreditSide, true},
	{Path(FamilyTransit, "payout"), ledger.CreditSide, true},
	{string(FamilyFund), ledger.CreditSide, true},
	{string(FamilyTreasury), ledger.CreditSide, false},
	{string(FamilyAgency), ledger.CreditSide, false},
	{string(FamilyIncome), ledger.CreditSide, false},
	{string(FamilyExpense), ledger.DebitSide, false},
	{string(FamilySuspense), ledger.CreditSide, false},
}

// Families returns the chart as the ledger keeps it: which accounts a school
// may open, and the bounds of those opened without any.
func (c *Chart) Families() []ledger.Family { return slices.Clone(c.families) }

// newFamilies makes the families of a chart, with these control accounts.
func (c *Chart) newFamilies(controls map[Family]string) []ledger.Family {
	families := make([]ledger.Family, len(layout))
	for i, l := range layout {
		root, _, _ := strings.Cut(l.path, "/")
		families[i] = ledger.Family{Path: l.path, Control: controls[Family(root)], Side: l.side, Currency: c.currency}
		if l.floored {
			families[i].Floor = money.Zero(c.currency)
		}
		switch Family(root) {
		case FamilyWallet:
			families[i].Ceiling = c.walletCap
		case FamilyArrears:
			families[i].Ceiling = c.arrearsLimit
		}
	}
	return families
}

// Enforce makes this the chart of the book: from then on the book refuses an
// account of no family with [ledger.ErrFamilyUnknown], and one of another side,
// currency or control account than its family's with [ledger.ErrFamilyMismatch].
// Accounts that are open stay as they are. It may be repeated, and by several
// processes at once: a book that has this chart already is left alone.
func (c *Chart) Enforce(ctx context.Context, book *ledger.Book, by string) error {
	head, err := book.Head(ctx)
	if err != nil {
		return err
	}
	present, err := book.Chart(ctx)
	if err != nil {
		return err
	}
	wanted := contentOf(c.families)
	if contentOf(present) == wanted {
		return nil
	}
	// The chart before is part of the id: a school may go back to a chart.
	id := ledger.KeyID("campus.chart", strconv.FormatInt(head.ChartSeq, 10), wanted)
	_, err = book.SetChart(ctx, ledger.Chart{ID: id, By: by, Why: "the school's configuration", Families: c.families})
	if errors.Is(err, ledger.ErrIDReused) {
		return nil // set by somebody else at this moment
	}
	return err
}

// contentOf is what a chart says, as a record would have it.
func contentOf(families []ledger.Family) string {
	r := ledger.Record{Families: families}
	return string(r.Canonical())
}
