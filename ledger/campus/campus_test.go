package campus_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

func cny(text string) money.Amount { return money.MustParse(text, money.CNY) }

func newBook(t *testing.T) *ledger.Book {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	first := ledger.Genesis{Name: "第一中学", OpenDate: ledger.DateOf(2026, time.September, 1)}
	book, err := ledger.Create(t.Context(), store, 1, first, nil)
	require.NoError(t, err)
	return book
}

// newChart opens a book under a chart with everything that the tests post to.
func newChart(t *testing.T, options *campus.Options) (*ledger.Book, *campus.Chart) {
	t.Helper()
	book := newBook(t)
	chart, err := campus.New(options)
	require.NoError(t, err)
	require.NoError(t, chart.Enforce(t.Context(), book, "office"))
	accounts := append(chart.Treasury("icbc", "desk"), chart.Gateway("wx")...)
	accounts = append(accounts, chart.Holder("h1", "meal", "milk")...)
	accounts = append(accounts, chart.Merchant("m1")...)
	accounts = append(accounts, chart.Fund("meal"), chart.Fund("milk"), chart.Bill("b1", cny("100.00")),
		chart.FeeItem(campus.Administrative, "tuition"), chart.FeeItem(campus.Service, "meals"), chart.FeeItem(campus.Agency, "books"))
	require.NoError(t, campus.Ensure(t.Context(), book, "office", accounts...))
	return book, chart
}

func post(t *testing.T, book *ledger.Book, transaction ledger.Transaction) ledger.Receipt {
	t.Helper()
	receipt, err := book.Post(t.Context(), transaction)
	require.NoError(t, err)
	return receipt
}

func balance(t *testing.T, book *ledger.Book, path string) string {
	t.Helper()
	amount, err := book.Balance(t.Context(), path)
	require.NoError(t, err)
	return amount.Decimal()
}

func event() campus.Event { return campus.Event{ID: ledger.NewID(), By: "test"} }

func topUp(amount string) campus.TopUp {
	return campus.TopUp{Event: event(), Gateway: "wx", Holder: "h1", Amount: cny(amount)}
}

func meal(price string, credit bool, programmes ...string) campus.Sale {
	return campus.Sale{Event: event(), Holder: "h1", Merchant: "m1", Price: cny(price), Programmes: programmes, Credit: credit}
}

func grant(programme, amount string) campus.SubsidyMoney {
	return campus.SubsidyMoney{Event: event(), Programme: programme, Bank: "icbc", Holder: "h1", Amount: cny(amount)}
}

// given is a step that must succeed before the one under test.
type given func(*campus.Chart) ledger.Transaction

func toppedUp(amount string) given {
	return func(c *campus.Chart) ledger.Transaction { return c.TopUp(topUp(amount)) }
}

func ate(price string) given {
	return func(c *campus.Chart) ledger.Transaction { return c.Sale(meal(price, true)) }
}

func funded(programme, amount string) given {
	return func(c *campus.Chart) ledger.Transaction { return c.SubsidyFunded(grant(programme, amount)) }
}

func granted(programme, amount string) given {
	return func(c *campus.Chart) ledger.Transaction { return c.SubsidyGranted(grant(programme, amount)) }
}

func billed(nature campus.Nature, item, amount string) given {
	return func(c *campus.Chart) ledger.Transaction {
		return c.FeeAssessed(campus.Fee{Event: event(), Bill: "b1", Nature: nature, Item: item, Amount: cny(amount)})
	}
}

// rule is one row of a table: after the given steps the transaction moves
// exactly these accounts, debits positive, or fails.
type rule struct {
	options *campus.Options
	given   []given
	do      given
	moves   map[string]string
	err     error
	at      string // the account at fault
}

func checkRules(t *testing.T, rules map[string]rule) {
	t.Helper()
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book, chart := newChart(t, r.options)
			for _, step := range r.given {
				post(t, book, step(chart))
			}
			before, err := book.Head(t.Context())
			require.NoError(t, err)
			transaction := r.do(chart)
			receipt, err := book.Post(t.Context(), transaction)
			if r.err != nil {
				require.ErrorIs(t, err, r.err)
				var bound *ledger.BoundError
				require.ErrorAs(t, err, &bound)
				require.Equal(t, r.at, bound.Account)
				after, err := book.Head(t.Context())
				require.NoError(t, err)
				require.Equal(t, before, after, "a refusal leaves no trace")
				return
			}
			require.NoError(t, err)
			moves := make(map[string]string)
			for _, line := range receipt.Record.Lines {
				if !line.Amount.IsZero() {
					moves[line.Account] = line.Amount.Decimal()
				}
			}
			require.Equal(t, r.moves, moves)

			again := post(t, book, transaction)
			require.True(t, again.Replayed)
			require.Equal(t, receipt.Record, again.Record)
		})
	}
}

func TestTopUp(t *testing.T) {
	t.Parallel()
	checkRules(t, map[string]rule{
		"fills the wallet": {
			do:    toppedUp("80.00"),
			moves: map[string]string{"clearing/wx": "80.00", "wallet/h1": "-80.00"},
		},
		"repays arrears first": {
			given: []given{ate("12.50")},
			do:    toppedUp("80.00"),
			moves: map[string]string{"clearing/wx": "80.00", "arrears/h1": "-12.50", "wallet/h1": "-67.50"},
		},
		"smaller than arrears leaves the wallet empty": {
			given: []given{ate("12.50")},
			do:    toppedUp("10.00"),
			moves: map[string]string{"clearing/wx": "10.00", "arrears/h1": "-10.00"},
		},
		"leaves arrears alone where the school keeps them": {
			options: &campus.Options{KeepArrears: true},
			given:   []given{ate("12.50")},
			do:      toppedUp("80.00"),
			moves:   map[string]string{"clearing/wx": "80.00", "wallet/h1": "-80.00"},
		},
		"up to the cap fits": {
			given: []given{toppedUp("1500.00")},
			do:    toppedUp("500.00"),
			moves: map[string]string{"clearing/wx": "500.00", "wallet/h1": "-500.00"},
		},
		"above the cap waits in suspense": {
			given: []given{toppedUp("1500.00")},
			do:    toppedUp("500.01"),
			moves: map[string]string{"clearing/wx": "500.01", "wallet/h1": "-500.00", "suspense/wx": "-0.01"},
		},
		"above a cap of the school's own waits too": {
			options: &campus.Options{WalletCap: cny("100.00")},
			given:   []given{ate("20.00")},
			do:      toppedUp("150.00"),
			moves:   map[string]string{"clearing/wx": "150.00", "arrears/h1": "-20.00", "wallet/h1": "-100.00", "suspense/wx": "-30.00"},
		},
		"that no account takes waits whole": {
			do:    func(c *campus.Chart) ledger.Transaction { return c.Unapplied(topUp("80.00")) },
			moves: map[string]string{"clearing/wx": "80.00", "suspense/wx": "-80.00"},
		},
	})
}

func TestSale(t *testing.T) {
	t.Parallel()
	sale := func(price string, credit bool, programmes ...string) given {
		return func(c *campus.Chart) ledger.Transaction { return c.Sale(meal(price, credit, programmes...)) }
	}
	subsidised := []given{funded("meal", "100.00"), granted("meal", "3.00"), funded("milk", "100.00"), granted("milk", "2.00"), toppedUp("5.00")}
	checkRules(t, map[string]rule{
		"takes the wallet": {
			given: []given{toppedUp("20.00")},
			do:    sale("12.50", false),
			moves: map[string]string{"wallet/h1": "12.50", "merchant/m1": "-12.50"},
		},
		"takes the wallet to the last fen": {
			given: []given{toppedUp("12.50")},
			do:    sale("12.50", false),
			moves: map[string]string{"wallet/h1": "12.50", "merchant/m1": "-12.50"},
		},
		"takes a subsidy first": {
			given: subsidised,
			do:    sale("2.50", false, "meal"),
			moves: map[string]string{"subsidy/h1/meal": "2.50", "merchant/m1": "-2.50"},
		},
		"takes subsidies in the order given, then the wallet": {
			given: subsidised,
			do:    sale("6.00", false, "milk", "meal"),
			moves: map[string]string{"subsidy/h1/milk": "2.00", "subsidy/h1/meal": "3.00", "wallet/h1": "1.00", "merchant/m1": "-6.00"},
		},
		"on credit takes everything, then arrears": {
			given: subsidised,
			do:    sale("16.00", true, "meal", "milk"),
			moves: map[string]string{"subsidy/h1/meal": "3.00", "subsidy/h1/milk": "2.00", "wallet/h1": "5.00", "arrears/h1": "6.00", "merchant/m1": "-16.00"},
		},
		"on credit makes no debt while there is money": {
			given: []given{toppedUp("20.00")},
			do:    sale("12.50", true),
			moves: map[string]string{"wallet/h1": "12.50", "merchant/m1": "-12.50"},
		},
		"without enough money is refused": {
			given: subsidised,
			do:    sale("10.01", false, "meal", "milk"),
			err:   ledger.ErrInsufficient, at: "wallet/h1",
		},
		"on credit may owe up to the limit": {
			given: []given{ate("30.00")},
			do:    sale("20.00", true),
			moves: map[string]string{"arrears/h1": "20.00", "merchant/m1": "-20.00"},
		},
		"on credit above the limit is refused": {
			given: []given{ate("30.00")},
			do:    sale("20.01", true),
			err:   ledger.ErrAboveCeiling, at: "arrears/h1",
		},
		"on credit keeps a limit of the school's own": {
			options: &campus.Options{ArrearsLimit: cny("0.00")},
			given:   []given{toppedUp("5.00")},
			do:      sale("5.01", true),
			err:     ledger.ErrAboveCeiling, at: "arrears/h1",
		},
	})
}

func TestArrearsAreRepaid(t *testing.T) {
	t.Parallel()
	repay := func(from campus.Source, amount string) given {
		return func(c *campus.Chart) ledger.Transaction {
			return c.ArrearsRepaid(campus.Repayment{Event: event(), Holder: "h1", From: from, Amount: cny(amount)})
		}
	}
	kept := &campus.Options{KeepArrears: true}
	checkRules(t, map[string]rule{
		"through a gateway": {
			given: []given{ate("12.00")},
			do:    repay(campus.FromGateway("wx"), "12.00"),
			moves: map[string]string{"clearing/wx": "12.00", "arrears/h1": "-12.00"},
		},
		"in part out of the wallet": {
			options: kept,
			given:   []given{ate("12.00"), toppedUp("5.00")},
			do:      repay(campus.FromWallet("h1"), "5.00"),
			moves:   map[string]string{"wallet/h1": "5.00", "arrears/h1": "-5.00"},
		},
		"out of a wallet that lacks it is refused": {
			options: kept,
			given:   []given{ate("12.00"), toppedUp("5.00")},
			do:      repay(campus.FromWallet("h1"), "5.01"),
			err:     ledger.ErrInsufficient, at: "wallet/h1",
		},
		"never more than is owed": {
			given: []given{ate("12.00")},
			do:    repay(campus.FromCash("desk"), "12.01"),
			err:   ledger.ErrInsufficient, at: "arrears/h1",
		},
	})
}

func TestSubsidies(t *testing.T) {
	t.Parallel()
	checkRules(t, map[string]rule{
		"are funded from the bank": {
			do:    funded("meal", "1000.00"),
			moves: map[string]string{"bank/icbc": "1000.00", "fund/meal": "-1000.00"},
		},
		"are granted out of the fund": {
			given: []given{funded("meal", "10.00")},
			do:    granted("meal", "10.00"),
			moves: map[string]string{"fund/meal": "10.00", "subsidy/h1/meal": "-10.00"},
		},
		"are never granted beyond the fund": {
			given: []given{funded("meal", "10.00"), funded("milk", "90.00")},
			do:    granted("meal", "10.01"),
			err:   ledger.ErrInsufficient, at: "fund/meal",
		},
	})
}

func TestFees(t *testing.T) {
	t.Parallel()
	pay := func(from campus.Source, amount string) given {
		return func(c *campus.Chart) ledger.Transaction {
			return c.FeePaid(campus.Fee{Event: event(), Bill: "b1", From: from, Amount: cny(amount)})
		}
	}
	tuition := billed(campus.Administrative, "tuition", "100.00")
	checkRules(t, map[string]rule{
		"of the state are due to the treasury": {
			do:    tuition,
			moves: map[string]string{"fee/b1": "100.00", "treasury/tuition": "-100.00"},
		},
		"for a service are the school's income": {
			do:    billed(campus.Service, "meals", "100.00"),
			moves: map[string]string{"fee/b1": "100.00", "income/meals": "-100.00"},
		},
		"collected for others are owed to them": {
			do:    billed(campus.Agency, "books", "100.00"),
			moves: map[string]string{"fee/b1": "100.00", "agency/books": "-100.00"},
		},
		"are never assessed beyond what was billed": {
			given: []given{tuition},
			do:    billed(campus.Administrative, "tuition", "0.01"),
			err:   ledger.ErrAboveCeiling, at: "fee/b1",
		},
		"are paid through a gateway": {
			given: []given{tuition},
			do:    pay(campus.FromGateway("wx"), "100.00"),
			moves: map[string]string{"clearing/wx": "100.00", "fee/b1": "-100.00"},
		},
		"are paid in part in cash": {
			given: []given{tuition},
			do:    pay(campus.FromCash("desk"), "40.00"),
			moves: map[string]string{"cash/desk": "40.00", "fee/b1": "-40.00"},
		},
		"are paid out of the wallet": {
			given: []given{tuition, toppedUp("100.00")},
			do:    pay(campus.FromWallet("h1"), "100.00"),
			moves: map[string]string{"wallet/h1": "100.00", "fee/b1": "-100.00"},
		},
		"are never paid twice": {
			given: []given{tuition, pay(campus.FromGateway("wx"), "100.00")},
			do:    pay(campus.FromCash("desk"), "0.01"),
			err:   ledger.ErrInsufficient, at: "fee/b1",
		},
	})
}

func TestSettlements(t *testing.T) {
	t.Parallel()
	gateway := func(gross, charge string) given {
		return func(c *campus.Chart) ledger.Transaction {
			return c.GatewaySettled(campus.GatewaySettlement{Event: event(), Gateway: "wx", Bank: "icbc", Gross: cny(gross), Charge: cny(charge)})
		}
	}
	merchant := func(amount string, commission money.Amount) given {
		return func(c *campus.Chart) ledger.Transaction {
			return c.MerchantSettled(campus.Payout{Event: event(), Merchant: "m1", Amount: cny(amount), Commission: commission})
		}
	}
	paid := func(amount string) given {
		return func(c *campus.Chart) ledger.Transaction {
			return c.PaidOut(campus.Payout{Event: event(), Merchant: "m1", Bank: "icbc", Amount: cny(amount)})
		}
	}
	checkRules(t, map[string]rule{
		"of a gateway pay gross less its charge": {
			given: []given{toppedUp("1000.00")},
			do:    gateway("1000.00", "6.00"),
			moves: map[string]string{"clearing/wx": "-1000.00", "expense/gateway": "6.00", "bank/icbc": "994.00"},
		},
		"of a gateway without a charge pay gross": {
			given: []given{toppedUp("1000.00")},
			do:    gateway("1000.00", "0.00"),
			moves: map[string]string{"clearing/wx": "-1000.00", "bank/icbc": "1000.00"},
		},
		"of a gateway that keeps everything pay nothing": {
			given: []given{toppedUp("0.01")},
			do:    gateway("0.01", "0.01"),
			moves: map[string]string{"clearing/wx": "-0.01", "expense/gateway": "0.01"},
		},
		"of a merchant keep the commission": {
			given: []given{ate("40.00")},
			do:    merchant("40.00", cny("0.60")),
			moves: map[string]string{"merchant/m1": "40.00", "income/commission": "-0.60", "transit/payout/m1": "-39.40"},
		},
		"of a merchant without commission pay all": {
			given: []given{ate("40.00")},
			do:    merchant("40.00", money.Amount{}),
			moves: map[string]string{"merchant/m1": "40.00", "transit/payout/m1": "-40.00"},
		},
		"of a merchant never exceed what it is owed": {
			given: []given{ate("40.00")},
			do:    merchant("40.01", money.Amount{}),
			err:   ledger.ErrInsufficient, at: "merchant/m1",
		},
		"are paid out from the bank": {
			given: []given{ate("40.00"), merchant("40.00", cny("0.60"))},
			do:    paid("39.40"),
			moves: map[string]string{"transit/payout/m1": "39.40", "bank/icbc": "-39.40"},
		},
		"are never paid out twice": {
			given: []given{ate("40.00"), merchant("40.00", money.Amount{}), paid("40.00")},
			do:    paid("0.01"),
			err:   ledger.ErrInsufficient, at: "transit/payout/m1",
		},
	})
}
