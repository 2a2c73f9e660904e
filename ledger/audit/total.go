package audit

import (
	"math/big"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger/money"
)

// total adds up the accounts.
func (a *auditor) total() {
	controls := map[controlKey]*sums{}
	currencies := map[money.Currency]*sums{}
	for _, x := range a.model.numbered {
		sumsOf(controls, controlKey{x.spec.Control, x.spec.Currency}).add(x)
		sumsOf(currencies, x.spec.Currency).add(x)
	}
	a.report.Currencies, a.report.TrialBalance = []CurrencyTotal{}, []ControlTotal{}
	for currency, s := range currencies {
		total := CurrencyTotal{Currency: currency, Debits: exact(&s.debits, currency), Credits: exact(&s.credits, currency)}
		a.report.Currencies = append(a.report.Currencies, total)
		if s.debits.Cmp(&s.credits) != 0 {
			a.find(CodeBookUnbalanced, headRow(a.book, ""), "debits are %s, but credits %s %s", total.Debits, total.Credits, currency)
		}
	}
	for key, s := range controls {
		var balance big.Int
		a.report.TrialBalance = append(a.report.TrialBalance, ControlTotal{
			Control: key.control, Currency: key.currency, Accounts: s.accounts,
			Debits: exact(&s.debits, key.currency), Credits: exact(&s.credits, key.currency),
			Balance: exact(balance.Sub(&s.debits, &s.credits), key.currency),
		})
	}
	slices.SortFunc(a.report.Currencies, func(x, y CurrencyTotal) int { return strings.Compare(x.Currency.Code(), y.Currency.Code()) })
	slices.SortFunc(a.report.TrialBalance, func(x, y ControlTotal) int {
		return strings.Compare(x.Control+" "+x.Currency.Code(), y.Control+" "+y.Currency.Code())
	})
}

type controlKey struct {
	control  string
	currency money.Currency
}

// sums are totals of several accounts, which an int64 need not hold.
type sums struct {
	accounts        int64
	debits, credits big.Int
}

func sumsOf[K comparable](of map[K]*sums, key K) *sums {
	if of[key] == nil {
		of[key] = &sums{}
	}
	return of[key]
}

func (s *sums) add(x *account) {
	s.accounts++
	s.debits.Add(&s.debits, big.NewInt(x.debits))
	s.credits.Add(&s.credits, big.NewInt(x.credits))
}

// exact writes minor units as a decimal of the currency.
func exact(minor *big.Int, currency money.Currency) string {
	digits, sign := new(big.Int).Abs(minor).String(), ""
	if minor.Sign() < 0 {
		sign = "-"
	}
	exponent := currency.Exponent()
	if exponent == 0 {
		return sign + digits
	}
	if short := exponent + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - exponent
	return sign + digits[:point] + "." + digits[point:]
}
