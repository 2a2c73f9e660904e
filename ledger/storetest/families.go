package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func families() []clause {
	const only = "from its record on, an account is only opened under one of the families, with its control account, side and currency."
	return []clause{
		{"what an account leaves out is its family's", "Once the book has a chart, each must have a family in it, and what the account leaves out is the family's.", familyDefaults},
		{"an account without a family is not opened", only, func(t *testing.T, s *school) {
			s.setChart(t, schoolFamilies()...)
			before := s.head(t)
			for _, path := range []string{"shop/kiosk", "walle/h1", "wallets/h1", "walletx"} {
				_, err := s.openAccount(t, ledger.AccountSpec{Path: path, Control: "1", Side: ledger.DebitSide, Currency: money.CNY})
				var unknown *ledger.AccountError
				require.ErrorAs(t, err, &unknown)
				require.Equal(t, ledger.AccountError{Account: path, Err: ledger.ErrFamilyUnknown}, *unknown)
			}
			require.Equal(t, before, s.head(t))
			_, err := s.openAccount(t, ledger.AccountSpec{Path: "wallet"})
			require.NoError(t, err)
		}},
		{"an account that differs from its family is not opened", only, familyMismatch},
		{
			"a family without a currency leaves it to the account",
			"Currency is their currency; the zero Currency leaves it to each account, and then there are no bounds and no limits.",
			familyWithoutCurrency,
		},
		{"of two families the longer one is an account's", "Of two families that fit, the longer one is an account's.", func(t *testing.T, s *school) {
			staff := ledger.Family{Path: "wallet/staff", Control: "2308", Side: ledger.CreditSide, Currency: money.CNY}
			s.setChart(t, append(schoolFamilies(), staff)...)
			for path, control := range map[string]string{"wallet/staff/t1": "2308", "wallet/staff": "2308", "wallet/staffroom": "2307", "wallet/h7": "2307"} {
				opened, err := s.openAccount(t, ledger.AccountSpec{Path: path})
				require.NoError(t, err)
				require.Equal(t, control, opened.Control, path)
			}
		}},
		{"a later chart takes the place of the earlier", "A later chart takes the place of the earlier.", laterChart},
		{"accounts that are open stay as they are", "Accounts that are open already stay as they are.", func(t *testing.T, s *school) {
			before, err := s.book.Account(t.Context(), wallet1)
			require.NoError(t, err)
			s.setChart(t, ledger.Family{Path: "wallet", Control: "9999", Side: ledger.DebitSide, Currency: money.JPY})
			after, err := s.book.Account(t.Context(), wallet1)
			require.NoError(t, err)
			require.Equal(t, before, after)
			s.post(t, topUp(wallet1, 100))
		}},
		{
			"an opening is replayed under another chart", "An id stands for one transaction for ever:",
			openingReplayed,
		},
	}
}

// schoolFamilies are the wallets and the banks.
func schoolFamilies() []ledger.Family {
	return []ledger.Family{
		{
			Path: "wallet", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: yuan(0), Ceiling: yuan(walletMax),
			Limits: ledger.Limits{spending("day", ledger.PerDay, 50)},
		},
		{Path: "bank", Control: "1002", Side: ledger.DebitSide},
	}
}

func (s *school) setChart(t testing.TB, families ...ledger.Family) ledger.Record {
	t.Helper()
	receipt, err := s.book.SetChart(t.Context(), ledger.Chart{ID: ledger.NewID(), By: "finance:1", Why: "term", Families: families})
	require.NoError(t, err)
	return receipt.Record
}

// openAccount opens one account and reads it.
func (s *school) openAccount(t testing.TB, spec ledger.AccountSpec) (ledger.AccountSpec, error) {
	t.Helper()
	_, err := s.book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{spec}})
	if err != nil {
		return ledger.AccountSpec{}, err
	}
	account, err := s.book.Account(t.Context(), spec.Path)
	return account.AccountSpec, err
}

func familyDefaults(t *testing.T, s *school) {
	record := s.setChart(t, schoolFamilies()...)
	require.Equal(t, ledger.KindChart, record.Kind)
	require.Equal(t, []string{"finance:1", "term"}, []string{record.By, record.Why})
	opened, err := s.openAccount(t, ledger.AccountSpec{Path: "wallet/h7"})
	require.NoError(t, err)
	want := wallet("wallet/h7")
	want.State, want.Limits = ledger.StateOpen, schoolFamilies()[0].Limits
	require.True(t, opened.Equal(want), "%+v", opened)

	own := ledger.AccountSpec{
		Path: "wallet/h8", Floor: yuan(-10), Ceiling: yuan(20), State: ledger.StateFrozen,
		Limits: ledger.Limits{spending("each", ledger.PerTransaction, 5)},
	}
	opened, err = s.openAccount(t, own)
	require.NoError(t, err)
	own.Control, own.Side, own.Currency = "2307", ledger.CreditSide, money.CNY
	require.True(t, opened.Equal(own), "%+v", opened)
	read, err := s.book.Chart(t.Context())
	require.NoError(t, err)
	require.Equal(t, schoolFamilies(), read)
}

func laterChart(t *testing.T, s *school) {
	none, err := s.book.Chart(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
	first := s.setChart(t, schoolFamilies()...)
	shop := ledger.Family{Path: "shop", Control: "2202", Side: ledger.CreditSide, Currency: money.CNY}
	second := s.setChart(t, shop)
	require.Equal(t, first.Seq, second.Prev)
	require.Equal(t, second.Seq, s.head(t).ChartSeq)
	_, err = s.openAccount(t, ledger.AccountSpec{Path: "wallet/h7"})
	require.ErrorIs(t, err, ledger.ErrFamilyUnknown)
	_, err = s.openAccount(t, ledger.AccountSpec{Path: "shop/kiosk"})
	require.NoError(t, err)
	answers := s.book.PostAll(t.Context(), // also within one commit
		ledger.Chart{By: "test", ID: ledger.NewID(), Why: "term", Families: schoolFamilies()},
		ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{Path: "wallet/h7"}}},
		ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{Path: "shop/other"}}})
	require.NoError(t, answers[0].Err)
	require.NoError(t, answers[1].Err)
	require.ErrorIs(t, answers[2].Err, ledger.ErrFamilyUnknown)
}

func familyWithoutCurrency(t *testing.T, s *school) {
	s.setChart(t, schoolFamilies()...)
	_, err := s.openAccount(t, ledger.AccountSpec{Path: "bank/boc"})
	require.ErrorIs(t, err, ledger.ErrInvalid)
	opened, err := s.openAccount(t, ledger.AccountSpec{Path: "bank/boc", Currency: money.JPY})
	require.NoError(t, err)
	require.Equal(t, "1002", opened.Control)
}

func familyMismatch(t *testing.T, s *school) {
	s.setChart(t, schoolFamilies()...)
	for _, spec := range []ledger.AccountSpec{
		{Path: "wallet/h7", Control: "1002"}, {Path: "wallet/h7", Side: ledger.DebitSide}, {Path: "wallet/h7", Currency: money.JPY},
	} {
		_, err := s.openAccount(t, spec)
		require.ErrorIs(t, err, ledger.ErrFamilyMismatch)
	}
	_, err := s.openAccount(t, wallet("wallet/h7"))
	require.NoError(t, err)
}

func openingReplayed(t *testing.T, s *school) {
	s.setChart(t, schoolFamilies()...)
	opening := ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{Path: "wallet/h7"}}}
	first, err := s.book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	s.setChart(t, ledger.Family{Path: "shop", Control: "1", Side: ledger.DebitSide})
	again, err := s.book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	require.Equal(t, ledger.Receipt{Record: first.Record, Replayed: true}, again)
}
