package campus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestFamiliesAreTheSchoolsChart(t *testing.T) {
	t.Parallel()
	chart, err := campus.New(&campus.Options{
		WalletCap: cny("300.00"), ArrearsLimit: cny("0.00"), Controls: map[campus.Family]string{campus.FamilyTransit: "2307.99"},
	})
	require.NoError(t, err)
	zero, none := cny("0.00"), money.Amount{}
	debit, credit := ledger.DebitSide, ledger.CreditSide
	family := func(path, control string, side ledger.Side, floor, ceiling money.Amount) ledger.Family {
		return ledger.Family{Path: path, Control: control, Side: side, Currency: money.CNY, Floor: floor, Ceiling: ceiling}
	}
	require.Equal(t, []ledger.Family{
		family("wallet", "2307.01", credit, zero, cny("300.00")),
		family("arrears", "1218.01", debit, zero, zero),
		family("subsidy", "2307.02", credit, zero, none),
		family("merchant", "2307.03", credit, zero, none),
		family("fee", "1212", debit, zero, none),
		family("clearing", "1021", debit, none, none),
		family("bank", "1002", debit, none, none),
		family("cash", "1001", debit, zero, none),
		family("transit/refund", "2307.99", credit, zero, none),
		family("transit/payout", "2307.99", credit, zero, none),
		family("fund", "2307.05", credit, zero, none),
		family("treasury", "2103", credit, none, none),
		family("agency", "2307.06", credit, none, none),
		family("income", "4101", credit, none, none),
		family("expense", "5001", debit, none, none),
		family("suspense", "1902", credit, none, none),
	}, chart.Families())

	chart.Families()[0].Control = "1"
	require.Equal(t, "2307.01", chart.Families()[0].Control, "the families are the caller's own")
	for family := range campus.Controls() {
		require.Condition(t, func() bool {
			for _, f := range chart.Families() {
				if f.Path == string(family) || f.Path == campus.Path(family, "refund") {
					return true
				}
			}
			return false
		}, "%s has a control account and no family", family)
	}
}

// An account may be opened by its path alone: the family has the rest.
func TestAFamilyCompletesAnAccount(t *testing.T) {
	t.Parallel()
	book, chart := newChart(t, nil)
	require.NoError(t, campus.Ensure(t.Context(), book, "office", ledger.AccountSpec{Path: "transit/refund/wx"}, ledger.AccountSpec{Path: "wallet/h9"}))
	refund, err := book.Account(t.Context(), "transit/refund/wx")
	require.NoError(t, err)
	require.Equal(t, ledger.AccountSpec{
		Path: "transit/refund/wx", Control: "2307.04", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny("0.00"), State: ledger.StateOpen,
	}, refund.AccountSpec)
	wallet, err := book.Account(t.Context(), "wallet/h9")
	require.NoError(t, err)
	asked := chart.Holder("h9")[0]
	asked.State = ledger.StateOpen
	require.Equal(t, asked, wallet.AccountSpec)
}

func TestAnEnforcedChartRefusesOtherAccounts(t *testing.T) {
	t.Parallel()
	book, chart := newChart(t, nil)
	good := chart.Holder("h9")[0]
	for name, test := range map[string]struct {
		change func(*ledger.AccountSpec)
		want   error
	}{
		"of no family":             {func(s *ledger.AccountSpec) { s.Path = "pocket/h9" }, ledger.ErrFamilyUnknown},
		"whose family only begins": {func(s *ledger.AccountSpec) { s.Path = "wallets/h9" }, ledger.ErrFamilyUnknown},
		"lost in transit":          {func(s *ledger.AccountSpec) { s.Path = "transit/h9" }, ledger.ErrFamilyUnknown},
		"of the other side":        {func(s *ledger.AccountSpec) { s.Side = ledger.DebitSide }, ledger.ErrFamilyMismatch},
		"of another currency": {func(s *ledger.AccountSpec) {
			s.Currency, s.Floor, s.Ceiling = money.USD, money.Amount{}, money.Amount{}
		}, ledger.ErrFamilyMismatch},
		"of a control account else": {func(s *ledger.AccountSpec) { s.Control = "2305" }, ledger.ErrFamilyMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := good
			test.change(&spec)
			err := campus.Ensure(t.Context(), book, "office", spec)
			require.ErrorIs(t, err, test.want)
			require.Equal(t, spec.Path, ledger.Explain(err).Account)
		})
	}
}

func TestEnforceWritesAChartOnce(t *testing.T) {
	t.Parallel()
	book := newBook(t)
	chart, err := campus.New(nil)
	require.NoError(t, err)
	before, err := book.Head(t.Context())
	require.NoError(t, err)
	processes := []string{"one", "one", "another", "another"}
	enforced := make(chan error, len(processes))
	for _, by := range processes {
		go func() { enforced <- chart.Enforce(t.Context(), book, by) }()
	}
	for range processes {
		require.NoError(t, <-enforced)
	}
	require.NoError(t, chart.Enforce(t.Context(), book, "a third"))
	after, err := book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, before.Seq+1, after.Seq)
	require.Equal(t, after.Seq, after.ChartSeq)
	present, err := book.Chart(t.Context())
	require.NoError(t, err)
	require.Equal(t, chart.Families(), present)
}

func TestAnotherConfigurationIsAnotherChart(t *testing.T) {
	t.Parallel()
	book, chart := newChart(t, nil)
	remapped, err := campus.New(&campus.Options{Controls: map[campus.Family]string{campus.FamilyWallet: "2305"}})
	require.NoError(t, err)
	require.ErrorIs(t, campus.Ensure(t.Context(), book, "office", remapped.Holder("h8")...), ledger.ErrFamilyMismatch)

	require.NoError(t, remapped.Enforce(t.Context(), book, "office"))
	require.NoError(t, campus.Ensure(t.Context(), book, "office", remapped.Holder("h8")...))
	require.ErrorIs(t, campus.Ensure(t.Context(), book, "office", chart.Holder("h9")...), ledger.ErrFamilyMismatch)
	post(t, book, chart.TopUp(topUp("5.00")))
	require.Equal(t, "5.00", balance(t, book, "wallet/h1"), "what is open stays open")

	require.NoError(t, chart.Enforce(t.Context(), book, "office"), "and back again")
	require.NoError(t, campus.Ensure(t.Context(), book, "office", chart.Holder("h9")...))
	present, err := book.Chart(t.Context())
	require.NoError(t, err)
	require.Equal(t, chart.Families(), present)
}

func TestEnforceFailsAsTheLedgerDoes(t *testing.T) {
	t.Parallel()
	book, _ := newChart(t, nil)
	broken, err := campus.New(&campus.Options{Controls: map[campus.Family]string{campus.FamilyWallet: "a b"}})
	require.NoError(t, err)
	require.ErrorIs(t, broken.Enforce(t.Context(), book, "office"), ledger.ErrInvalid)
}
