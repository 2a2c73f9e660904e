package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func balance() []clause {
	const zeroSum = "Every record sums to zero in each currency."
	return []clause{
		{"a transaction that does not sum to zero is refused", zeroSum, func(t *testing.T, s *school) {
			_, err := s.book.Post(t.Context(), transaction("topup", ledger.Debit(bank, yuan(100)), ledger.Credit(wallet1, yuan(99))))
			var unbalanced *ledger.UnbalancedError
			require.ErrorAs(t, err, &unbalanced)
			require.Equal(t, yuan(1), unbalanced.Difference)
		}},
		{"each currency sums to zero by itself", zeroSum, func(t *testing.T, s *school) {
			dollars, err := money.ParseCurrency("USD")
			require.NoError(t, err)
			s.openAccounts(t,
				ledger.AccountSpec{Path: "bank/usd", Control: "1002", Side: ledger.DebitSide, Currency: dollars},
				ledger.AccountSpec{Path: "exchange/usd", Control: "1012", Side: ledger.CreditSide, Currency: dollars},
			)
			_, err = s.book.Post(t.Context(), transaction("exchange",
				ledger.Debit(bank, yuan(700)), ledger.Credit("bank/usd", money.Of(700, dollars))))
			require.ErrorIs(t, err, ledger.ErrUnbalanced)
			s.post(t, transaction("exchange",
				ledger.Debit(bank, yuan(700)), ledger.Credit(canteen, yuan(700)),
				ledger.Debit("bank/usd", money.Of(100, dollars)), ledger.Credit("exchange/usd", money.Of(100, dollars))))
		}},
		{
			"entries carry the running balance, also of an account posted twice in one record",
			"each entry carries the balance",
			func(t *testing.T, s *school) {
				s.post(t, topUp(wallet1, 500))
				s.post(t, transaction("sale",
					ledger.Debit(wallet1, yuan(120)), ledger.Debit(wallet1, yuan(30)), ledger.Credit(canteen, yuan(150))))
				page, err := s.book.Statement(t.Context(), wallet1, ledger.StatementQuery{Limit: 10})
				require.NoError(t, err)
				var balances []int64
				for _, entry := range page.Entries {
					balances = append(balances, entry.Balance.Minor())
				}
				require.Equal(t, []int64{-350, -380, -500}, balances)
			},
		},
		{
			"an account's totals only grow", "They only grow.",
			func(t *testing.T, s *school) {
				s.post(t, topUp(wallet1, 500))
				s.post(t, payment(wallet1, 200))
				account, err := s.book.Account(t.Context(), wallet1)
				require.NoError(t, err)
				require.Equal(t, int64(200), account.Debits)
				require.Equal(t, int64(500), account.Credits)
				require.Equal(t, yuan(300), account.Balance())
			},
		},
		{
			"the trial balance sums to zero", "In each currency their balances sum to zero.",
			func(t *testing.T, s *school) {
				s.post(t, topUp(wallet1, 500))
				s.post(t, payment(wallet1, 200))
				totals, err := s.book.TrialBalance(t.Context())
				require.NoError(t, err)
				var sum int64
				for _, total := range totals {
					sum += total.Balance().Minor()
				}
				require.Len(t, totals, 5)
				require.Zero(t, sum)
			},
		},
	}
}
