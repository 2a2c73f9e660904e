package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func refusals() []clause {
	return []clause{
		{
			"of two faults the earlier in the list is reported",
			"The conditions a caller may branch on with errors.Is, in the order in which a post is checked: of several faults the first is reported.",
			precedence,
		},
		{
			"a bound's error says how much was available", "BoundError says which bound of which account stands in the way.",
			func(t *testing.T, s *school) {
				s.post(t, topUp(wallet1, 30))
				_, err := s.book.Post(t.Context(), payment(wallet1, 50))
				var bound *ledger.BoundError
				require.ErrorAs(t, err, &bound)
				require.Equal(t, ledger.BoundError{
					Account: wallet1, Balance: yuan(30), Bound: yuan(0), Wanted: yuan(50), Err: ledger.ErrInsufficient,
				}, *bound)
				require.Equal(t, yuan(30), bound.Available())
			},
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

// precedence posts pairs of faults. Each pair's first is the next one's second,
// so that the whole list is in order.
func precedence(t *testing.T, s *school) {
	dollars, err := money.ParseCurrency("USD")
	require.NoError(t, err)
	s.openAccounts(t, wallet("closed"), wallet("frozen"))
	s.setState(t, "closed", ledger.StateClosed)
	s.setState(t, "frozen", ledger.StateFrozen)
	used := s.post(t, topUp(wallet1, 1)).ID
	_, err = s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
	require.NoError(t, err)
	past, future := firstDay, ledger.DateOf(2026, time.December, 1)
	most := yuan(math.MaxInt64)

	for _, c := range []struct {
		code     string
		id       uuid.UUID
		kind     string
		date     ledger.Date
		postings []ledger.Posting
	}{
		{"invalid", used, "", past, nil},
		{"id_reused", used, "sale", past, []ledger.Posting{ledger.Debit(bank, yuan(5)), ledger.Credit("nobody", yuan(1))}},
		{"date_closed", uuid.Nil, "sale", past, []ledger.Posting{ledger.Debit("nobody", yuan(5)), ledger.Credit(bank, yuan(1))}},
		{"date_not_open", uuid.Nil, "sale", future, []ledger.Posting{ledger.Debit("nobody", yuan(5)), ledger.Credit(bank, yuan(1))}},
		{"account_unknown", uuid.Nil, "sale", past.AddDays(1), []ledger.Posting{
			ledger.Debit("nobody", money.Of(5, dollars)), ledger.Credit("closed", money.Of(1, dollars)),
		}},
		{"currency_mismatch", uuid.Nil, "sale", past.AddDays(1), []ledger.Posting{
			ledger.Debit("closed", money.Of(5, dollars)), ledger.Credit(bank, yuan(1)),
		}},
		{"account_closed", uuid.Nil, "sale", ledger.Date{}, []ledger.Posting{
			ledger.Debit("closed", most), ledger.Debit("frozen", most),
		}},
		{"account_frozen", uuid.Nil, "sale", ledger.Date{}, []ledger.Posting{
			ledger.Debit("frozen", most), ledger.Debit(bank, most),
		}},
		{"overflow", uuid.Nil, "sale", ledger.Date{}, []ledger.Posting{
			ledger.Debit(wallet1, most), ledger.Debit(bank, most), ledger.Credit(canteen, yuan(1)),
		}},
		{"unbalanced", uuid.Nil, "sale", ledger.Date{}, []ledger.Posting{
			ledger.Debit(wallet1, yuan(50)), ledger.Credit(canteen, yuan(1)),
		}},
		{"insufficient", uuid.Nil, "sale", ledger.Date{}, []ledger.Posting{
			ledger.Debit(wallet1, yuan(2*walletMax)), ledger.Credit(wallet2, yuan(2*walletMax)),
		}},
		{"above_ceiling", uuid.Nil, "sale", ledger.Date{}, []ledger.Posting{
			ledger.Debit(bank, yuan(2*walletMax)), ledger.Credit(wallet2, yuan(2*walletMax)),
		}},
	} {
		if c.id == uuid.Nil {
			c.id = ledger.NewID()
		}
		_, err := s.book.Post(t.Context(), ledger.Transaction{ID: c.id, Kind: c.kind, Date: c.date, Postings: c.postings})
		require.Equal(t, c.code, ledger.CodeOf(err), "%v", err)
	}
}

func closeForGood(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 30))
	shut := ledger.Change{ID: ledger.NewID(), Why: "leaver", Account: wallet1, State: ledger.StateClosed}
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
		ID: ledger.NewID(), Why: "back", Account: wallet1, State: ledger.StateOpen,
	})
	require.ErrorIs(t, err, ledger.ErrAccountClosed)
}
