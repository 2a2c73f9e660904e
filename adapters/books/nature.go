package books

import "github.com/campusledger/campusledger/ledger"

// Nature is what a control account is in the balance sheet or the income
// statement.
type Nature int8

// The natures.
const (
	Asset Nature = iota
	Liability
	Equity // net assets
	Income
	Expense
	natures = iota
)

// GovernmentNature returns the nature of a control account in the chart of the
// government accounting system (《政府会计制度》, its financial accounts): a code
// that begins with four digits of which the first is 1 is an asset (资产), 2 a
// liability (负债), 3 net assets (净资产), 4 income (收入), 5 an expense (费用).
// Any other goes by the account's normal side: an asset or a liability.
func GovernmentNature(control string, side ledger.Side) Nature {
	if classified(control) {
		return Nature(control[0] - '1')
	}
	if side == ledger.CreditSide {
		return Liability
	}
	return Asset
}

// classified reports whether a code begins as the government's do.
func classified(control string) bool {
	if len(control) < 4 {
		return false
	}
	for i := range 4 {
		if control[i] < '0' || control[i] > '9' {
			return false
		}
	}
	return control[0] >= '1' && control[0] <= '0'+natures
}
