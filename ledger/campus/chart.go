package campus

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Family is the first segment of an account path.
type Family string

// The families.
const (
	FamilyWallet   Family = "wallet"   // what a holder has paid in
	FamilySubsidy  Family = "subsidy"  // what a holder may eat for from a programme
	FamilyArrears  Family = "arrears"  // what a holder owes
	FamilyMerchant Family = "merchant" // what a merchant is owed
	FamilyFee      Family = "fee"      // what is outstanding on a bill
	FamilyClearing Family = "clearing" // money in transit at a gateway
	FamilyBank     Family = "bank"
	FamilyCash     Family = "cash"
	FamilyTransit  Family = "transit"  // refunds and payouts under way
	FamilyFund     Family = "fund"     // subsidy money not granted yet
	FamilyTreasury Family = "treasury" // fees due to the treasury
	FamilyAgency   Family = "agency"   // fees collected for others
	FamilyIncome   Family = "income"
	FamilyExpense  Family = "expense"
	FamilySuspense Family = "suspense" // money whose owner is not settled
)

// Chart makes the accounts and transactions of a school in one currency.
type Chart struct {
	currency     money.Currency
	walletCap    money.Amount
	arrearsLimit money.Amount
	repayFirst   bool
	families     []ledger.Family
}

// Options tune a [Chart]. The zero value of each field is its default.
type Options struct {
	// Currency of every account. Default: CNY.
	Currency money.Currency
	// WalletCap is the most a wallet may hold. Default: 2,000.00. It bounds
	// wallets opened from now on; an open one is changed in the ledger.
	WalletCap money.Amount
	// ArrearsLimit is the most a holder may owe. Default: 50.00. As for
	// WalletCap.
	ArrearsLimit money.Amount
	// KeepArrears leaves arrears alone at a top-up. Default: a top-up repays
	// them first.
	KeepArrears bool
	// Controls remaps families to control accounts. Default: see [Controls].
	Controls map[Family]string
}

// Controls returns the default control account of each family, in the codes of
// the government accounting system with a school's sub-codes after the point.
func Controls() map[Family]string {
	return map[Family]string{
		FamilyWallet: "2307.01", FamilySubsidy: "2307.02", FamilyMerchant: "2307.03", FamilyTransit: "2307.04",
		FamilyFund: "2307.05", FamilyAgency: "2307.06", FamilyArrears: "1218.01", FamilyFee: "1212",
		FamilyClearing: "1021", FamilyBank: "1002", FamilyCash: "1001", FamilyTreasury: "2103",
		FamilyIncome: "4101", FamilyExpense: "5001", FamilySuspense: "1902",
	}
}

// New returns a chart; nil options are the defaults. It fails with
// [ledger.ErrInvalid] if an option contradicts another.
func New(options *Options) (*Chart, error) {
	var o Options
	if options != nil {
		o = *options
	}
	if !o.Currency.IsValid() {
		o.Currency = money.CNY
	}
	c := &Chart{currency: o.Currency, walletCap: o.WalletCap, arrearsLimit: o.ArrearsLimit, repayFirst: !o.KeepArrears}
	if !c.walletCap.IsValid() {
		c.walletCap = money.MustParse("2000", o.Currency)
	}
	if !c.arrearsLimit.IsValid() {
		c.arrearsLimit = money.MustParse("50", o.Currency)
	}
	for _, limit := range []money.Amount{c.walletCap, c.arrearsLimit} {
		if limit.Currency() != o.Currency || limit.Sign() < 0 {
			return nil, &ledger.InvalidError{Field: "options", Problem: fmt.Sprintf("limit %s: want zero or more %s", limit, o.Currency)}
		}
	}
	controls := Controls()
	for family := range o.Controls {
		if _, ok := controls[family]; !ok {
			return nil, &ledger.InvalidError{Field: "options.Controls", Problem: fmt.Sprintf("unknown family %q", family)}
		}
	}
	maps.Copy(controls, o.Controls)
	c.families = c.newFamilies(controls)
	return c, nil
}

// Currency returns the currency of the chart.
func (c *Chart) Currency() money.Currency { return c.currency }

// WalletCap returns the most a wallet opened by this chart may hold.
func (c *Chart) WalletCap() money.Amount { return c.walletCap }

// ArrearsLimit returns the most a holder may owe.
func (c *Chart) ArrearsLimit() money.Amount { return c.arrearsLimit }

// Ensure opens the accounts in one record, unless the same accounts were opened
// by an earlier Ensure. It may be repeated after a crash. An account that is
// open already under another Ensure is [ledger.ErrAccountExists].
func Ensure(ctx context.Context, book *ledger.Book, by string, accounts ...ledger.AccountSpec) error {
	paths := make([]string, 0, len(accounts)+1)
	paths = append(paths, "campus.open")
	for i := range accounts {
		paths = append(paths, accounts[i].Path)
	}
	_, err := book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID(paths...), By: by, Accounts: accounts})
	if errors.Is(err, ledger.ErrIDReused) {
		return nil // opened before, under options of then
	}
	return err
}
