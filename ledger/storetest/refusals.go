package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func refusals() []clause {
	return []clause{
		{
			"a bound's error says how much was available", "BoundError says which bound of which account stands in the way.",
			func(t *testing.T, s *school) {
				s.post(t, topUp(wallet1, 30))
				_, err := s.book.Post(t.Context(), payment(wallet1, 50))
				var bound *ledger.BoundError
				require.ErrorAs(t, err, &bound)
				require.Equal(t, ledger.BoundError{
					Account: wallet1, Balance: yuan(30), Held: yuan(0), Bound: yuan(0), Wanted: yuan(50), Err: ledger.ErrInsufficient,
				}, *bound)
				require.Equal(t, yuan(30), bound.Available())
			},
		},
		{
			"a refusal is explained by rule, account and amounts",
			"Explain says what an error of this package means: the code, and what its typed error knows of the rule, the account and the amounts.",
			explained,
		},
		{
			"an account is opened once, and all of an opening or nothing", "OpenAccounts opens all the accounts in one record, or none.",
			func(t *testing.T, s *school) {
				before := s.head(t)
				_, err := s.book.OpenAccounts(t.Context(), ledger.Opening{
					ID: ledger.NewID(), Accounts: []ledger.AccountSpec{wallet("wallet/new"), wallet(wallet1)},
				})
				var exists *ledger.AccountError
				require.ErrorAs(t, err, &exists)
				require.Equal(t, ledger.AccountError{Account: wallet1, Err: ledger.ErrAccountExists}, *exists)
				require.Equal(t, before, s.head(t))
				_, err = s.book.Account(t.Context(), "wallet/new")
				require.ErrorIs(t, err, ledger.ErrAccountUnknown)
			},
		},
		{
			"an account with a balance is not closed, a closed one not opened",
			"A closed account has no balance and never opens again.",
			closeForGood,
		},
		{
			"a frozen account takes what its state allows", "State says which postings an account takes.",
			func(t *testing.T, s *school) {
				s.post(t, topUp(wallet1, 30))
				s.setState(t, wallet1, ledger.StateFrozenDebits)
				s.post(t, topUp(wallet1, 1))
				_, err := s.book.Post(t.Context(), payment(wallet1, 1))
				require.ErrorIs(t, err, ledger.ErrAccountFrozen)
				s.setState(t, wallet1, ledger.StateFrozenCredits)
				s.post(t, payment(wallet1, 1))
				_, err = s.book.Post(t.Context(), topUp(wallet1, 1))
				require.ErrorIs(t, err, ledger.ErrAccountFrozen)
				s.setState(t, wallet1, ledger.StateOpen)
				s.post(t, payment(wallet1, 30))
			},
		},
	}
}

func closeForGood(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 30))
	shut := ledger.Change{By: "test", ID: ledger.NewID(), Why: "leaver", Account: wallet1, State: ledger.StateClosed}
	_, err := s.book.ChangeAccount(t.Context(), shut)
	require.ErrorIs(t, err, ledger.ErrNotEmpty)
	s.post(t, payment(wallet1, 30))
	_, err = s.book.ChangeAccount(t.Context(), shut) // a refused id may be used again
	require.NoError(t, err)
	account, err := s.book.Account(t.Context(), wallet1)
	require.NoError(t, err)
	require.Equal(t, ledger.StateClosed, account.State)
	require.False(t, account.Floor.IsValid())
	_, err = s.book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "back", Account: wallet1, State: ledger.StateOpen,
	})
	require.ErrorIs(t, err, ledger.ErrAccountClosed)
}

func explained(t *testing.T, s *school) {
	hold := s.preorder(t, 60)
	sale := s.post(t, payment(wallet1, 40)).ID
	s.setLimits(t, wallet2, ledger.Limit{Name: "gifts", Side: ledger.CreditSide, Per: ledger.PerWeek, Max: yuan(5)})
	for _, c := range []struct {
		request ledger.Request
		want    ledger.Refusal
	}{
		{payment(wallet1, 7), ledger.Refusal{Code: "insufficient", Rule: "floor", Account: wallet1, Wanted: yuan(7), Available: yuan(0)}},
		{topUp(wallet1, 2*walletMax), ledger.Refusal{
			Code: "above_ceiling", Rule: "ceiling", Account: wallet1, Wanted: yuan(2 * walletMax), Available: yuan(walletMax - 60),
		}},
		{topUp(wallet2, 6), ledger.Refusal{Code: "limit_exceeded", Rule: "gifts", Account: wallet2, Wanted: yuan(6), Available: yuan(5)}},
		{partOf(hold, 61, 61), ledger.Refusal{Code: "hold_exceeded", Rule: "hold_exceeded", Account: wallet1, Wanted: yuan(61), Available: yuan(60)}},
		{refundOf(sale, 41), ledger.Refusal{Code: "refund_exceeded", Rule: "refund_exceeded", Account: canteen, Wanted: yuan(41), Available: yuan(40)}},
		{payment("nobody", 1), ledger.Refusal{Code: "account_unknown", Rule: "account_unknown", Account: "nobody"}},
		{ledger.Release{Hold: sale}, ledger.Refusal{Code: "hold_unknown", Rule: "hold_unknown"}},
		{ledger.Reversal{Of: numbered(0)}, ledger.Refusal{Code: "record_unknown", Rule: "record_unknown"}},
	} {
		_, err := s.book.Preview(t.Context(), c.request)
		require.Error(t, err)
		require.Equal(t, c.want, ledger.Explain(err))
	}
}
