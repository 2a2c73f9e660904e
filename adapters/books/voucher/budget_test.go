package voucher_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// budgetOf are the budget lines of a day on which only this happens, after what
// has to be before.
func budgetOf(t *testing.T, mapping *voucher.Mapping, before, do func(*school)) []string {
	t.Helper()
	s := newSchool(t, storetest.NewMemory())
	before(s)
	s.closeDay(1)
	do(s)
	s.closeDay(2)
	vouchers, err := s.exporter(&voucher.Options{Mapping: mapping}).Vouchers(t.Context(), voucher.Period{From: day(2), To: day(2)})
	require.NoError(t, err)
	require.Len(t, vouchers, 1)
	requireBalanced(t, vouchers[0])
	lines := []string{}
	for _, line := range vouchers[0].Lines {
		if line.Subject.System() == voucher.Budget {
			lines = append(lines, shown(line))
		}
	}
	return lines
}

func billed(s *school) {
	s.topUp("h1", "900")
	s.sell("h2", "canteen1", "10")
	s.bill(campus.Administrative, "tuition", "h1", "800")
	s.bill(campus.Service, "bus", "h1", "300")
	s.bill(campus.Agency, "books", "h1", "120")
}

func TestBudgetEntriesFollowTheSchoolsOwnCash(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(*school)
		want []string
	}{
		"a top-up is held for others":     {func(s *school) { s.topUp("h1", "50") }, nil},
		"a sale is between others":        {func(s *school) { s.sell("h1", "canteen1", "5") }, nil},
		"a repayment is the merchant's":   {func(s *school) { s.topUp("h2", "50") }, nil},
		"subsidies are held for pupils":   {func(s *school) { fund(s) }, nil},
		"a bill for a service moves none": {func(s *school) { s.bill(campus.Service, "bus", "h2", "300") }, nil},
		"a service paid is income":        {func(s *school) { s.pay("bus-h1", campus.FromGateway("wechat"), "200") }, []string{"借 8001 200.00", "贷 6101 200.00"}},
		"also out of a wallet":            {func(s *school) { s.pay("bus-h1", campus.FromWallet("h1"), "200") }, []string{"借 8001 200.00", "贷 6101 200.00"}},
		"tuition is due to the treasury":  {func(s *school) { s.pay("tuition-h1", campus.FromGateway("wechat"), "800") }, nil},
		"money for others' books is not":  {func(s *school) { s.pay("books-h1", campus.FromCash("desk"), "120") }, nil},
		"billed and paid on a day is paid": {func(s *school) {
			s.bill(campus.Service, "bus", "h2", "300")
			s.pay("bus-h2", campus.FromCash("desk"), "1")
		}, []string{"借 8001 1.00", "贷 6101 1.00"}},
		"a reversal takes it back": {func(s *school) {
			paid := s.pay("bus-h1", campus.FromCash("desk"), "20")
			s.pay("bus-h1", campus.FromCash("desk"), "3")
			_, err := s.book.Reverse(s.t.Context(), ledger.Reversal{Of: paid.ID})
			require.NoError(s.t, err)
		}, []string{"借 6101 20.00", "借 8001 23.00", "贷 6101 23.00", "贷 8001 20.00"}},
		"a refund takes a part back": {func(s *school) {
			paid := s.pay("bus-h1", campus.FromCash("desk"), "20")
			_, err := s.book.Refund(s.t.Context(), ledger.Refund{ID: s.event().ID, Of: paid.ID, Lines: []ledger.RefundLine{
				{Line: 0, Amount: cny("5")}, {Line: 1, Amount: cny("5")},
			}})
			require.NoError(s.t, err)
		}, []string{"借 6101 5.00", "借 8001 20.00", "贷 6101 20.00", "贷 8001 5.00"}},
		"the gateway's charge is spending": {func(s *school) {
			s.post(s.chart.GatewaySettled(campus.GatewaySettlement{Event: s.event(), Gateway: "wechat", Bank: "main", Gross: cny("900"), Charge: cny("5.40")}))
		}, []string{"借 7201 5.40", "贷 8001 5.40"}},
		"a commission is income, a payout none": {func(s *school) {
			s.post(s.chart.MerchantSettled(campus.Payout{Event: s.event(), Merchant: "canteen1", Amount: cny("10"), Commission: cny("0.10")}))
			s.post(s.chart.PaidOut(campus.Payout{Event: s.event(), Merchant: "canteen1", Bank: "main", Amount: cny("9.90")}))
		}, []string{"借 8001 0.10", "贷 6101 0.10"}},
		"what the treasury gives back is income": {func(s *school) {
			s.post(ledger.Transaction{ID: s.event().ID, Kind: "treasury.returned", Postings: []ledger.Posting{
				ledger.Debit("bank/main", cny("800")), ledger.Credit("income/bus", cny("800")),
			}})
		}, []string{"借 8001 800.00", "贷 6101 800.00"}},
		"what is written off is spending": {func(s *school) {
			s.post(ledger.Transaction{ID: s.event().ID, Kind: "arrears.written-off", Postings: []ledger.Posting{
				ledger.Debit("expense/gateway", cny("10")), ledger.Credit("arrears/h2", cny("10")),
			}})
		}, []string{"借 7201 10.00", "贷 8001 10.00"}},
		"a bill that is waived moves none": {func(s *school) {
			s.post(ledger.Transaction{ID: s.event().ID, Kind: "fee.waived", Postings: []ledger.Posting{
				ledger.Debit("income/bus", cny("300")), ledger.Credit("fee/bus-h1", cny("300")),
			}})
		}, nil},
		"income that pays an expense is both": {func(s *school) {
			s.post(ledger.Transaction{ID: s.event().ID, Kind: "netted", Postings: []ledger.Posting{
				ledger.Debit("expense/gateway", cny("3")), ledger.Credit("income/bus", cny("3")),
			}})
		}, []string{"借 7201 3.00", "贷 6101 3.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ElementsMatch(t, c.want, budgetOf(t, nil, billed, c.do))
		})
	}
}

func fund(s *school) {
	s.post(s.chart.SubsidyFunded(campus.SubsidyMoney{Event: s.event(), Programme: "meal", Bank: "main", Amount: cny("500")}))
	s.post(s.chart.SubsidyGranted(campus.SubsidyMoney{Event: s.event(), Programme: "meal", Holder: "h1", Amount: cny("4")}))
}

// A bill whose budget subject is not that of its income would be booked to the
// budget before anybody pays.
func TestRulesThatDisagreeAboutTheBudgetAreRefused(t *testing.T) {
	t.Parallel()
	file := strings.Replace(string(voucher.DefaultMappingFile()), "income,,4101,4101,事业收入,预算内,,{2},,6101,事业预算收入,", "income,,4101,4605,租金收入,预算内,,{2},,6609,,", 1)
	mapping, err := parse(t, file)
	require.NoError(t, err)
	s := played(t)
	exporter := s.exporter(&voucher.Options{Mapping: mapping})
	require.NoError(t, exporter.Check(t.Context()))
	_, err = exporter.Vouchers(t.Context(), september)
	require.ErrorIs(t, err, voucher.ErrBudget)
	require.ErrorContains(t, err, "record 11: ")

	mapping, err = parse(t, strings.Replace(file, "fee,income,1212,1212,应收账款,预算内,,,,6101,事业预算收入", "fee,income,1212,1212,应收账款,预算内,,,,6609,", 1))
	require.NoError(t, err)
	require.Equal(t, []string{"借 8001 1.00", "贷 6609 1.00"},
		budgetOf(t, mapping, billed, func(s *school) { s.pay("bus-h1", campus.FromCash("desk"), "1") }))
}
