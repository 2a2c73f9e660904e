package voucher_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// Whatever family campus has, and under whatever control account, the default
// mapping has a rule for it.
func TestDefaultMappingFitsEveryFamily(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	var accounts []ledger.AccountSpec
	for _, family := range s.chart.Families() {
		accounts = append(accounts, ledger.AccountSpec{Path: family.Path + "/x1/x2"})
	}
	require.Len(t, accounts, 16)
	_, err := s.book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.KeyID("all"), Accounts: accounts})
	require.NoError(t, err)
	s.play()
	require.NoError(t, s.exporter(nil).Check(t.Context()))

	controls := map[string]bool{}
	for _, rule := range voucher.DefaultMapping().Rules() {
		controls[rule.Control] = true
	}
	for family, control := range campus.Controls() {
		require.True(t, controls[control], "%s of family %s", control, family)
	}
}

// accountsErrors are those joined in an error.
func accountsErrors(err error) []*voucher.AccountsError {
	var found []*voucher.AccountsError
	var joined interface{ Unwrap() []error }
	var one *voucher.AccountsError
	switch {
	case errors.As(err, &joined):
		for _, part := range joined.Unwrap() {
			found = append(found, accountsErrors(part)...)
		}
	case errors.As(err, &one):
		found = append(found, one)
	}
	return found
}

// without is the default mapping less the lines that begin so.
func without(t *testing.T, beginnings ...string) *voucher.Mapping {
	t.Helper()
	var kept []string
	for line := range strings.Lines(string(voucher.DefaultMappingFile())) {
		drop := false
		for _, beginning := range beginnings {
			drop = drop || strings.HasPrefix(line, beginning)
		}
		if !drop {
			kept = append(kept, line)
		}
	}
	mapping, err := parse(t, strings.Join(kept, ""))
	require.NoError(t, err)
	return mapping
}

func TestNothingIsMappedByAGuess(t *testing.T) {
	t.Parallel()
	s := played(t)
	exporter := s.exporter(&voucher.Options{Mapping: without(t, "wallet,", "merchant,", "fee,income,")})
	want := []*voucher.AccountsError{{
		Accounts: []string{"fee/bus-h1", "fee/bus-h2", "merchant/canteen1", "merchant/canteen2", "wallet/h1", "wallet/h2"}, Err: voucher.ErrUnmapped,
	}}
	for name, do := range map[string]func(context.Context) error{
		"a check":  exporter.Check,
		"vouchers": func(ctx context.Context) error { _, err := exporter.Vouchers(ctx, september); return err },
		"a file": func(ctx context.Context) error {
			_, err := exporter.Export(ctx, full{}, voucher.Request{Format: voucher.U8, Period: september})
			return err
		},
		"balances up to now": func(ctx context.Context) error { _, err := exporter.Balances(ctx, voucher.Period{}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := do(t.Context())
			require.ErrorIs(t, err, voucher.ErrUnmapped)
			require.Equal(t, want, accountsErrors(err), "all are listed")
			require.ErrorContains(t, err, "fee/bus-h1, fee/bus-h2, merchant/canteen1, merchant/canteen2, wallet/h1, wallet/h2: no rule of the mapping fits")
		})
	}
}

// An account that nobody used in a period does not matter to it.
func TestVouchersNeedTheAccountsOfTheirPeriodOnly(t *testing.T) {
	t.Parallel()
	s := played(t)
	exporter := s.exporter(&voucher.Options{Mapping: without(t, "expense,", "transit/payout,")})
	require.ErrorIs(t, exporter.Check(t.Context()), voucher.ErrUnmapped)
	vouchers, err := exporter.Vouchers(t.Context(), voucher.Period{From: day(1), To: day(3)})
	require.NoError(t, err)
	require.Len(t, vouchers, 2)
	_, err = exporter.Vouchers(t.Context(), september)
	require.ErrorIs(t, err, voucher.ErrUnmapped)
}

func TestCheckListsEveryReason(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	mapping := mustParse(t, "bank,,,1002,,资金,,,,,,\ncash,,,1001,,资金,,,,,,\nclearing,,,1021,,资金,,,,,,\n"+
		"wallet,,,121802,学生预存款,代管,,,,,,\narrears,,,121801,学生欠款,代管,{3},,,,,\n"+
		"fee,income/bus,,1212,,代管,,,,,,\nfee,agency,,1212,,代管,,,,,,\nfee,treasury,,1212,,代管,,,,,,\n"+
		",,2307.03,230703,商户待清算,代管,,,,,,\nincome/commission,,,4101,,预算内,,,,6101,,\n"+poolLine)
	err := s.exporter(&voucher.Options{Mapping: mapping}).Check(t.Context())
	require.Equal(t, []*voucher.AccountsError{
		{Accounts: []string{
			"agency/books", "expense/gateway", "fund/meal", "income/bus", "subsidy/h1/meal", "subsidy/h2/meal", "suspense/wechat", "transit/payout/canteen1",
			"transit/payout/canteen2", "treasury/tuition",
		}, Err: voucher.ErrUnmapped},
		{Accounts: []string{"wallet/h1", "wallet/h2"}, Line: 5, Err: voucher.ErrSide},
		{Accounts: []string{"arrears/h1", "arrears/h2"}, Line: 6, Err: voucher.ErrAuxiliary},
	}, accountsErrors(err))
	require.ErrorContains(t, err, "wallet/h1, wallet/h2 (mapping line 5): the subject is of the other side")
}

func TestCheckNamesTheFirstOfManyAccounts(t *testing.T) {
	t.Parallel()
	err := &voucher.AccountsError{Err: voucher.ErrUnmapped}
	for i := range 25 {
		err.Accounts = append(err.Accounts, fmt.Sprint("a", i))
	}
	require.True(t, strings.HasSuffix(err.Error(), ", a18, a19 and 5 more: no rule of the mapping fits"), err.Error())
}

func TestAccountsOfAnotherCurrencyAreRefused(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	b, err := ledger.Create(t.Context(), store, bookID, ledger.Genesis{Name: "x", OpenDate: day(1)}, nil)
	require.NoError(t, err)
	_, err = b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank/yen", Control: "1002", Side: ledger.DebitSide, Currency: money.JPY},
		{Path: "wallet/yen", Control: "2307.01", Side: ledger.CreditSide, Currency: money.JPY},
	}})
	require.NoError(t, err)
	yen := money.MustParse("5", money.JPY)
	_, err = b.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{ledger.Debit("bank/yen", yen), ledger.Credit("wallet/yen", yen)}})
	require.NoError(t, err)
	_, err = b.CloseDay(t.Context(), ledger.DayClose{Date: day(1)})
	require.NoError(t, err)
	exporter, err := voucher.New(store, bookID, nil)
	require.NoError(t, err)
	require.ErrorIs(t, exporter.Check(t.Context()), voucher.ErrCurrency)
	first := voucher.Period{From: day(1), To: day(1)}
	_, err = exporter.Vouchers(t.Context(), first)
	require.ErrorIs(t, err, voucher.ErrCurrency)

	exporter, err = voucher.New(store, bookID, &voucher.Options{Currency: money.JPY})
	require.NoError(t, err)
	vouchers, err := exporter.Vouchers(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, yen, vouchers[0].Lines[0].Amount)
	require.ErrorIs(t, exporter.WriteU8(t.Context(), full{}, first), ledger.ErrInvalid, "U8 has two decimals")
}

// The closest rule holds, wherever it stands in the file.
func TestTheClosestRuleHolds(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.bill(campus.Service, "bus", "h1", "300")
	s.pay("bus-h1", campus.FromCash("desk"), "1")
	s.post(s.chart.SubsidyFunded(campus.SubsidyMoney{Event: s.event(), Programme: "meal", Bank: "main", Amount: cny("5")}))
	s.closeDay(1)
	rules := []string{
		"cash,,,1001,,资金,,,,,,\n", ",,1002,1002,,资金,,,,,,\n", "bank,,,100201,基本户,资金,,,,,,\n", // a path before a control account alone
		"fund,,,230798,其他,代管,,,,,,\n", "fund,,2307.05,230705,补助资金,代管,,,,,,\n", "fund,,2307.04,230797,其他,代管,,,,,,\n",
		"fee,,1212,121897,其他,代管,,,,,,\n", "fee,income,1212,121898,其他,代管,,,,,,\n", "fee,income/bus,1212,1212,,预算内,,,,6101,,\n",
		"fund/me,,2307.05,230796,其他,代管,,,,,,\n", // another family
		"income/bus,,,4101,,预算内,,,,6101,,\n", "income,,4101,4609,,预算内,,,,6609,,\n", poolLine,
	}
	want := []string{"借 1001 1.00", "借 100201 5.00", "借 1212 300.00", "贷 1212 1.00", "贷 230705 5.00", "贷 4101 300.00", "借 8001 1.00", "贷 6101 1.00"}
	for range 2 {
		file := strings.ReplaceAll(strings.Join(rules, ""), ",,1002,1002,,资金", ",,1002,100299,其他,资金")
		vouchers, err := s.exporter(&voucher.Options{Mapping: mustParse(t, file)}).Vouchers(t.Context(), voucher.Period{From: day(1), To: day(1)})
		require.NoError(t, err)
		require.Equal(t, want, shownAll(vouchers[0]))
		slices.Reverse(rules)
	}
}

// A bill that was named but not moved has no origin and needs none.
func TestALineThatTookNothingNeedsNoRule(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.post(ledger.Transaction{ID: s.event().ID, Kind: "fee.overpaid", Postings: []ledger.Posting{
		ledger.Debit("cash/desk", cny("5")), ledger.CreditUpTo("fee/bus-h2", cny("5")), ledger.CreditRest("suspense/wechat"),
	}})
	s.closeDay(1)
	require.NoError(t, s.exporter(nil).Check(t.Context()))
	require.Equal(t, []string{"借 1001 5.00", "贷 1902 5.00"}, shownAll(vouchersOf(t, s, voucher.Period{From: day(1), To: day(1)})[0]))
}

// A bill that was assessed for accounts of different natures is nobody's.
func TestABillOfTwoNaturesIsRefused(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.post(ledger.Transaction{ID: s.event().ID, Kind: campus.KindFeeAssessed, Postings: []ledger.Posting{
		ledger.Debit("fee/bus-h1", cny("30")), ledger.Credit("income/bus", cny("10")), ledger.Credit("agency/books", cny("20")),
	}})
	err := s.exporter(nil).Check(t.Context())
	require.ErrorIs(t, err, voucher.ErrOrigin)
	require.Equal(t, []string{"fee/bus-h1"}, accountsErrors(err)[0].Accounts)
}

// errFull is what a full disk answers.
var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// forgetful is a store whose account table has lost its rows.
type forgetful struct{ ledger.Reader }

func (forgetful) Accounts(context.Context, ledger.BookID, ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(func(ledger.Account, error) bool) {}
}

func TestExportErrors(t *testing.T) {
	t.Parallel()
	s := played(t)
	request := voucher.Request{Format: voucher.U8, Period: september}
	t.Run("an unknown book", func(t *testing.T) {
		t.Parallel()
		exporter, err := voucher.New(s.store, 99, nil)
		require.NoError(t, err)
		_, err = exporter.Export(t.Context(), full{}, request)
		require.ErrorIs(t, err, ledger.ErrBookUnknown)
	})
	t.Run("a writer that fails", func(t *testing.T) {
		t.Parallel()
		_, err := s.exporter(nil).Export(t.Context(), full{}, request)
		require.ErrorIs(t, err, errFull)
	})
	t.Run("an account that is gone", func(t *testing.T) {
		t.Parallel()
		exporter, err := voucher.New(forgetful{s.store}, bookID, nil)
		require.NoError(t, err)
		_, err = exporter.Export(t.Context(), full{}, request)
		require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	})
	t.Run("an ended context", func(t *testing.T) {
		t.Parallel()
		store := openSQLite(t)
		newSchool(t, store).play()
		exporter, err := voucher.New(store, bookID, nil)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = exporter.Export(ctx, full{}, request)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("a format that is none", func(t *testing.T) {
		t.Parallel()
		_, err := s.exporter(nil).Export(t.Context(), full{}, voucher.Request{Format: "kingdee", Period: september})
		require.ErrorIs(t, err, ledger.ErrInvalid)
		require.ErrorIs(t, s.exporter(nil).WriteGBT(t.Context(), full{}, voucher.U8, september), ledger.ErrInvalid)
	})
	t.Run("options that break a line", func(t *testing.T) {
		t.Parallel()
		for _, options := range []voucher.Options{{Word: "记,1"}, {Maker: "a\r\nb"}, {Maker: `"`}} {
			_, err := voucher.New(s.store, bookID, &options)
			require.ErrorIs(t, err, ledger.ErrInvalid)
		}
	})
}
