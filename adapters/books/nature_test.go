package books_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestTheNatureIsTheGovernmentChartsOrThatOfTheSide(t *testing.T) {
	t.Parallel()
	for control, want := range map[string][2]books.Nature{ // of a debit and a credit account
		"1002":    {books.Asset, books.Asset},
		"1902.07": {books.Asset, books.Asset},
		"230701":  {books.Liability, books.Liability},
		"2307-x":  {books.Liability, books.Liability},
		"3001":    {books.Equity, books.Equity},
		"4101":    {books.Income, books.Income},
		"5001":    {books.Expense, books.Expense},
		"6001":    {books.Asset, books.Liability},
		"0001":    {books.Asset, books.Liability},
		"410":     {books.Asset, books.Liability},
		"410x":    {books.Asset, books.Liability},
		"fees":    {books.Asset, books.Liability},
	} {
		require.Equal(t, want, [2]books.Nature{
			books.GovernmentNature(control, ledger.DebitSide), books.GovernmentNature(control, ledger.CreditSide),
		}, control)
	}
}

// earnings writes a book that has accounts of every nature.
func earnings(t *testing.T) ledger.Store {
	t.Helper()
	store := openSQLite(t)
	b, err := ledger.Create(t.Context(), store, book, ledger.Genesis{Name: "No. 1 School", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	var accounts []ledger.AccountSpec
	for path, control := range map[string]string{
		"bank": "1002", "wallet": "2307", "surplus": "3301", "fees": "4101", "gateway": "5001",
	} {
		side := ledger.CreditSide
		if path == "bank" || path == "gateway" {
			side = ledger.DebitSide
		}
		accounts = append(accounts, ledger.AccountSpec{Path: path, Control: control, Side: side, Currency: money.CNY})
	}
	_, err = b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: accounts})
	require.NoError(t, err)
	cny := func(minor int64) money.Amount { return money.Of(minor, money.CNY) }
	_, err = b.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "year", Postings: []ledger.Posting{
		ledger.Debit("bank", cny(1000_00)), ledger.Credit("wallet", cny(200_00)), ledger.Credit("surplus", cny(50_00)),
		ledger.Credit("fees", cny(753_00)), ledger.Debit("gateway", cny(3_00)),
	}})
	require.NoError(t, err)
	return store
}

// rowsOf is a report of hledger's, by account.
func rowsOf(t *testing.T, file, report string) map[string]string {
	t.Helper()
	out, err := run(t.Context(), "hledger", "-f", file, report, "-O", "csv")
	require.NoError(t, err)
	read := csv.NewReader(strings.NewReader(out))
	read.FieldsPerRecord = -1
	rows, err := read.ReadAll()
	require.NoError(t, err)
	found := map[string]string{}
	for _, row := range rows {
		if strings.Contains(row[0], ":") && row[1] != "" {
			found[row[0]] = row[1]
		}
	}
	return found
}

func TestHledgerHasABalanceSheetAndAnIncomeStatement(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	store := earnings(t)
	for name, c := range map[string]struct {
		options *books.Options
		roots   []string
	}{
		"with the default roots": {nil, []string{"assets", "liabilities", "equity", "income", "expenses"}},
		"with Chinese roots": {
			&books.Options{Roots: books.Roots{Assets: "资产", Liabilities: "负债", Equity: "净资产", Income: "收入", Expenses: "费用"}},
			[]string{"资产", "负债", "净资产", "收入", "费用"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text bytes.Buffer
			require.NoError(t, books.WriteHledger(t.Context(), &text, store, book, c.options))
			file := fileOf(t, t.TempDir(), "hledger", text.String())
			require.NoError(t, programs()[0].check(t.Context(), file))
			require.Equal(t, map[string]string{
				c.roots[0] + ":1002:bank": "1000.00 CNY", c.roots[1] + ":2307:wallet": "200.00 CNY", c.roots[2] + ":3301:surplus": "50.00 CNY",
				"Net:": "750.00 CNY",
			}, rowsOf(t, file, "balancesheetequity"))
			require.Equal(t, map[string]string{
				c.roots[3] + ":4101:fees": "753.00 CNY", c.roots[4] + ":5001:gateway": "3.00 CNY", "Net:": "750.00 CNY",
			}, rowsOf(t, file, "incomestatement"))
		})
	}
}

func TestEveryProgramTakesOtherRootsAndNatures(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	store := earnings(t)
	options := &books.Options{
		Roots: books.Roots{Assets: "assets-总", Equity: "eigenkapital", Expenses: "费用"},
		Nature: func(control string, side ledger.Side) books.Nature { // of a chart in which 4xxx is equity
			if control == "4101" {
				return books.Equity
			}
			return books.GovernmentNature(control, side)
		},
	}
	for _, p := range programs() {
		var text bytes.Buffer
		require.NoError(t, p.write(t.Context(), &text, store, book, options))
		file := fileOf(t, t.TempDir(), p.name, text.String())
		require.NoError(t, p.check(t.Context(), file))
		require.Empty(t, p.differences(t, file, store, book))
		names := []string{"assets-总:1002:bank", "liabilities:2307:wallet", "eigenkapital:3301:surplus", "eigenkapital:4101:fees", "费用:5001:gateway"}
		if p.name == "beancount" {
			names = []string{"Assets-总:1002:Bank", "Liabilities:2307:Wallet", "Eigenkapital:3301:Surplus", "Eigenkapital:4101:Fees", "费用:5001:Gateway"}
		}
		for _, name := range names {
			require.Contains(t, text.String(), " "+name+" ")
		}
	}
}
