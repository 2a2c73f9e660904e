package campus

import (
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Path joins a family and the names below it: Path(FamilySubsidy, "h1", "meal")
// is "subsidy/h1/meal".
func Path(family Family, names ...string) string {
	return string(family) + "/" + strings.Join(names, "/")
}

// Holder returns the accounts of a holder: wallet, arrears, and a subsidy for
// each programme.
func (c *Chart) Holder(holder string, programmes ...string) []ledger.AccountSpec {
	accounts := []ledger.AccountSpec{
		c.bounded(Path(FamilyWallet, holder), ledger.CreditSide, c.walletCap),
		c.bounded(Path(FamilyArrears, holder), ledger.DebitSide, c.arrearsLimit),
	}
	for _, programme := range programmes {
		accounts = append(accounts, c.Subsidy(holder, programme))
	}
	return accounts
}

// Subsidy returns the account of a holder's subsidy from a programme.
func (c *Chart) Subsidy(holder, programme string) ledger.AccountSpec {
	return c.bounded(Path(FamilySubsidy, holder, programme), ledger.CreditSide, money.Amount{})
}

// Merchant returns the accounts of a merchant: what it is owed, and its payouts
// under way.
func (c *Chart) Merchant(merchant string) []ledger.AccountSpec {
	return []ledger.AccountSpec{
		c.bounded(Path(FamilyMerchant, merchant), ledger.CreditSide, money.Amount{}),
		c.bounded(Path(FamilyTransit, "payout", merchant), ledger.CreditSide, money.Amount{}),
	}
}

// Gateway returns the accounts of a payment gateway: money in transit, and what
// arrived for nobody.
func (c *Chart) Gateway(gateway string) []ledger.AccountSpec {
	return []ledger.AccountSpec{
		c.free(Path(FamilyClearing, gateway), ledger.DebitSide),
		c.free(Path(FamilySuspense, gateway), ledger.CreditSide),
	}
}

// Treasury returns the accounts that every school has once: its bank account,
// its cash desk, gateway fees and commission.
func (c *Chart) Treasury(bank, desk string) []ledger.AccountSpec {
	return []ledger.AccountSpec{
		c.free(Path(FamilyBank, bank), ledger.DebitSide),
		c.bounded(Path(FamilyCash, desk), ledger.DebitSide, money.Amount{}),
		c.free(expenseGateway, ledger.DebitSide),
		c.free(incomeCommission, ledger.CreditSide),
	}
}

// Fund returns the account of a subsidy programme's money.
func (c *Chart) Fund(programme string) ledger.AccountSpec {
	return c.bounded(Path(FamilyFund, programme), ledger.CreditSide, money.Amount{})
}

// Nature is the legal nature of a fee: it decides whose money it is.
type Nature string

// The natures (domain rules of school fees).
const (
	Administrative Nature = "administrative" // 行政事业性收费: due to the treasury
	Service        Nature = "service"        // 服务性收费: the school's income
	Agency         Nature = "agency"         // 代收费: collected for others
)

// Valid reports whether n is a known nature.
func (n Nature) Valid() bool { return n == Administrative || n == Service || n == Agency }

func (n Nature) family() Family {
	switch n {
	case Administrative:
		return FamilyTreasury
	case Agency:
		return FamilyAgency
	default:
		return FamilyIncome
	}
}

// FeeItem returns the account that a fee item's bills are credited to.
func (c *Chart) FeeItem(nature Nature, item string) ledger.AccountSpec {
	return c.free(Path(nature.family(), item), ledger.CreditSide)
}

// Bill returns the account of a bill: it holds what is outstanding, never more
// than was billed.
func (c *Chart) Bill(bill string, billed money.Amount) ledger.AccountSpec {
	return c.bounded(Path(FamilyFee, bill), ledger.DebitSide, billed)
}

const (
	expenseGateway   = "expense/gateway"
	incomeCommission = "income/commission"
)

// bounded is an account with a floor of zero.
func (c *Chart) bounded(path string, side ledger.Side, ceiling money.Amount) ledger.AccountSpec {
	spec := c.free(path, side)
	spec.Floor, spec.Ceiling = money.Zero(c.currency), ceiling
	return spec
}

func (c *Chart) free(path string, side ledger.Side) ledger.AccountSpec {
	family, _, _ := strings.Cut(path, "/")
	return ledger.AccountSpec{Path: path, Control: c.controls[Family(family)], Side: side, Currency: c.currency}
}
