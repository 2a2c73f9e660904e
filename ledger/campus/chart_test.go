package campus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestNewRefusesContradictingOptions(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]campus.Options{
		"a negative cap":               {WalletCap: cny("-0.01")},
		"a negative limit":             {ArrearsLimit: cny("-1.00")},
		"a cap in another currency":    {WalletCap: money.MustParse("1", money.USD)},
		"a limit in another currency":  {Currency: money.USD, ArrearsLimit: cny("1.00")},
		"a control account of nothing": {Controls: map[campus.Family]string{"pocket": "2307"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := campus.New(&options)
			require.ErrorIs(t, err, ledger.ErrInvalid)
		})
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	chart, err := campus.New(nil)
	require.NoError(t, err)
	require.Equal(t, money.CNY, chart.Currency())
	require.Equal(t, cny("2000.00"), chart.WalletCap())
	require.Equal(t, cny("50.00"), chart.ArrearsLimit())

	dollars, err := campus.New(&campus.Options{Currency: money.USD})
	require.NoError(t, err)
	require.Equal(t, money.MustParse("2000.00", money.USD), dollars.WalletCap(), "limits follow the currency")
}

func TestEveryFamilyHasAControlAccount(t *testing.T) {
	t.Parallel()
	mine := map[campus.Family]string{campus.FamilyWallet: "2305"}
	chart, err := campus.New(&campus.Options{Controls: mine})
	require.NoError(t, err)
	accounts := append(chart.Holder("h1", "meal"), chart.Merchant("m1")...)
	accounts = append(accounts, chart.Gateway("wx")...)
	accounts = append(accounts, chart.Treasury("icbc", "desk")...)
	accounts = append(accounts, chart.Fund("meal"), chart.Bill("b1", cny("1.00")), chart.FeeItem(campus.Agency, "books"), chart.FeeItem(campus.Administrative, "tuition"))
	controls := make(map[string]string, len(accounts))
	for _, account := range accounts {
		controls[account.Path] = account.Control
	}
	require.Equal(t, map[string]string{
		"wallet/h1": "2305", "arrears/h1": "1218.01", "subsidy/h1/meal": "2307.02",
		"merchant/m1": "2307.03", "transit/payout/m1": "2307.04",
		"clearing/wx": "1021", "suspense/wx": "1902",
		"bank/icbc": "1002", "cash/desk": "1001", "expense/gateway": "5001", "income/commission": "4101",
		"fund/meal": "2307.05", "fee/b1": "1212", "agency/books": "2307.06", "treasury/tuition": "2103",
	}, controls)
	require.Equal(t, "2307.01", campus.Controls()[campus.FamilyWallet], "a remapping is the chart's own")
}

func TestEnsureMayBeRepeated(t *testing.T) {
	t.Parallel()
	book, chart := newChart(t, nil)
	require.NoError(t, campus.Ensure(t.Context(), book, "office", chart.Holder("h2")...))
	before, err := book.Head(t.Context())
	require.NoError(t, err)

	require.NoError(t, campus.Ensure(t.Context(), book, "office", chart.Holder("h2")...))
	richer, err := campus.New(&campus.Options{WalletCap: cny("9.00")})
	require.NoError(t, err)
	require.NoError(t, campus.Ensure(t.Context(), book, "another", richer.Holder("h2")...), "options of then stay")
	after, err := book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)

	err = campus.Ensure(t.Context(), book, "office", append(chart.Holder("h3"), chart.Holder("h2")...)...)
	require.ErrorIs(t, err, ledger.ErrAccountExists)
	_, err = book.Account(t.Context(), "wallet/h3")
	require.ErrorIs(t, err, ledger.ErrAccountUnknown, "all are opened or none")
}

func TestNaturesAreKnown(t *testing.T) {
	t.Parallel()
	for _, nature := range []campus.Nature{campus.Administrative, campus.Service, campus.Agency} {
		require.True(t, nature.Valid())
	}
	require.False(t, campus.Nature("").Valid())
	require.False(t, campus.Nature("gift").Valid())
}

func TestADayOfASchoolBalances(t *testing.T) {
	t.Parallel()
	book, chart := newChart(t, nil)
	for _, step := range []given{
		funded("meal", "500.00"), granted("meal", "3.00"), toppedUp("80.00"), billed(campus.Service, "meals", "60.00"),
		func(c *campus.Chart) ledger.Transaction { return c.Sale(meal("12.50", false, "meal")) },
	} {
		post(t, book, step(chart))
	}
	require.Equal(t, "70.50", balance(t, book, "wallet/h1"))
	totals, err := book.TrialBalance(t.Context())
	require.NoError(t, err)
	sum := money.Zero(money.CNY)
	for _, total := range totals {
		sum, err = sum.Add(total.Balance())
		require.NoError(t, err)
	}
	require.True(t, sum.IsZero(), sum)
}
