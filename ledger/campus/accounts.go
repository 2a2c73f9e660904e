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
		c.account(Path(FamilyWallet, holder)),
		c.account(Path(FamilyArrears, holder)),
	}
	for _, programme := range programmes {
		accounts = append(accounts, c.Subsidy(holder, programme))
	}
	return accounts
}

// Subsidy returns the account of a holder's subsidy from a programme.
func (c *Chart) Subsidy(holder, programme string) ledger.AccountSpec {
	return c.account(Path(FamilySubsidy, holder, programme))
}

// Merchant returns the accounts of a merchant: what it is owed, and its payouts
// under way.
func (c *Chart) Merchant(merchant string) []ledger.AccountSpec {
	return []ledger.AccountSpec{
		c.account(Path(FamilyMerchant, merchant)),
		c.account(Path(FamilyTransit, "payout", merchant)),
	}
}

// Gateway returns the accounts of a payment gateway: money in transit, and what
// arrived for nobody.
func (c *Chart) Gateway(gateway string) []ledger.AccountSpec {
	return []ledger.AccountSpec{
		c.account(Path(FamilyClearing, gateway)),
		c.account(Path(FamilySuspense, gateway)),
	}
}

// Treasury returns the accounts that every school has once: its bank account,
// its cash desk, gateway fees and commission.
func (c *Chart) Treasury(bank, desk string) []ledger.AccountSpec {
	return []ledger.AccountSpec{
		c.account(Path(FamilyBank, bank)),
		c.account(Path(FamilyCash, desk)),
		c.account(expenseGateway),
		c.account(incomeCommission),
	}
}

// Fund returns the account of a subsidy programme's money.
func (c *Chart) Fund(programme string) ledger.AccountSpec {
	return c.account(Path(FamilyFund, programme))
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
	return c.account(Path(nature.family(), item))
}

// Bill returns the account of a bill: it holds what is outstanding, never more
// than was billed.
func (c *Chart) Bill(bill string, billed money.Amount) ledger.AccountSpec {
	account := c.account(Path(FamilyFee, bill))
	account.Ceiling = billed
	return account
}

const (
	expenseGateway   = "expense/gateway"
	incomeCommission = "income/commission"
)

// account is an account as its family has it.
func (c *Chart) account(path string) ledger.AccountSpec {
	spec := ledger.AccountSpec{Path: path}
	for i := range c.families {
		if f := &c.families[i]; strings.HasPrefix(path, f.Path+"/") {
			spec.Control, spec.Side, spec.Currency, spec.Floor, spec.Ceiling = f.Control, f.Side, f.Currency, f.Floor, f.Ceiling
		}
	}
	return spec
}
