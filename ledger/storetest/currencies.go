package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func currencies() []clause {
	const zeroSum = "Every record sums to zero in each currency."
	return []clause{
		{"an exchange is one transaction over position accounts", zeroSum, exchange},
		{"each of several currencies must balance", zeroSum, func(t *testing.T, s *school) {
			s.openCurrencies(t)
			_, err := s.book.Post(t.Context(), transaction("exchange",
				ledger.Debit("bank/JPY", money.Of(5000, money.JPY)), ledger.Credit("position/JPY", money.Of(5000, money.JPY)),
				ledger.Debit("position/KWD", money.Of(10_001, money.KWD)), ledger.Credit("bank/KWD", money.Of(10_000, money.KWD))))
			var unbalanced *ledger.UnbalancedError
			require.ErrorAs(t, err, &unbalanced)
			require.Equal(t, money.Of(1, money.KWD), unbalanced.Difference)
		}},
		{
			"what is lacking is lacking in a currency",
			"UpTo takes as much of its amount as is lacking on its side and as the account's bounds and limits allow; Rest takes all that is still lacking.",
			func(t *testing.T, s *school) {
				s.openCurrencies(t)
				record := s.post(t, transaction("exchange",
					ledger.Debit("bank/JPY", money.Of(700, money.JPY)), ledger.CreditRest("position/KWD"),
					ledger.CreditUpTo("position/JPY", money.Of(500, money.JPY)), ledger.CreditRest("bank/JPY")))
				require.Equal(t, []int64{700, 0, -500, -200}, amounts(record))
			},
		},
		{
			"amounts are minor units of no, two and three places", "Debits and Credits are all that was ever posted to each side, in minor units.",
			func(t *testing.T, s *school) {
				s.openCurrencies(t)
				for currency, text := range map[money.Currency]string{money.JPY: "1234", money.CNY: "12.34", money.KWD: "1.234"} {
					path := "bank/" + currency.Code()
					s.post(t, transaction("deposit",
						ledger.Debit(path, money.Of(1234, currency)), ledger.Credit("position/"+currency.Code(), money.Of(1234, currency))))
					balance, err := s.book.Balance(t.Context(), path)
					require.NoError(t, err)
					require.Equal(t, money.Of(1234, currency), balance)
					require.Equal(t, text+" "+currency.Code(), balance.String())
				}
			},
		},
		{
			"an account takes its own currency only", "Currency is the only currency the account holds.",
			func(t *testing.T, s *school) {
				s.openCurrencies(t)
				_, err := s.book.Post(t.Context(), transaction("deposit",
					ledger.Debit("bank/JPY", yuan(5)), ledger.Credit("position/CNY", yuan(5))))
				var mismatch *ledger.AccountError
				require.ErrorAs(t, err, &mismatch)
				require.Equal(t, ledger.AccountError{Account: "bank/JPY", Err: ledger.ErrCurrencyMismatch}, *mismatch)
			},
		},
	}
}

// openCurrencies opens a bank and a position account for each of three
// currencies.
func (s *school) openCurrencies(t *testing.T) {
	t.Helper()
	for _, currency := range []money.Currency{money.JPY, money.CNY, money.KWD} {
		s.openAccounts(t,
			ledger.AccountSpec{Path: "bank/" + currency.Code(), Control: "1002", Side: ledger.DebitSide, Currency: currency},
			ledger.AccountSpec{Path: "position/" + currency.Code(), Control: "1502", Side: ledger.CreditSide, Currency: currency})
	}
}

// exchange buys yen and dinars for yuan: what the school holds moves between its
// bank accounts, and the positions say at what price.
func exchange(t *testing.T, s *school) {
	s.openCurrencies(t)
	buy := func(currency money.Currency, minor, fen int64) ledger.Record {
		return s.post(t, transaction("exchange",
			ledger.Debit("bank/"+currency.Code(), money.Of(minor, currency)), ledger.Credit("position/"+currency.Code(), money.Of(minor, currency)),
			ledger.Debit("position/CNY", yuan(fen)), ledger.Credit("bank/CNY", yuan(fen))))
	}
	yen := buy(money.JPY, 200_000, 9_400_00)
	buy(money.KWD, 100_500, 2_345_67)
	for _, c := range []struct {
		path     string
		currency money.Currency
		want     int64
	}{
		{"bank/JPY", money.JPY, 200_000},
		{"bank/KWD", money.KWD, 100_500},
		{"bank/CNY", money.CNY, -11_745_67},
		{"position/CNY", money.CNY, -11_745_67},
	} {
		balance, err := s.book.Balance(t.Context(), c.path)
		require.NoError(t, err)
		require.Equal(t, money.Of(c.want, c.currency), balance, c.path)
	}
	totals, err := s.book.TrialBalance(t.Context())
	require.NoError(t, err)
	sums, seen := make(map[money.Currency]int64), make(map[string]bool)
	for _, total := range totals {
		sums[total.Currency] += total.Balance().Minor()
		seen[fmt.Sprint(total.Control, total.Currency)] = true
	}
	require.Equal(t, map[money.Currency]int64{money.CNY: 0, money.JPY: 0, money.KWD: 0}, sums)
	require.True(t, seen["1002JPY"] && seen["1002CNY"] && seen["1502KWD"], "totals are kept apart by currency")
	_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: yen.ID})
	require.NoError(t, err)
	balance, err := s.book.Balance(t.Context(), "bank/JPY")
	require.NoError(t, err)
	require.Equal(t, money.Zero(money.JPY), balance)
}
