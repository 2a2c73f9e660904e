package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// With a chart an account is opened by its path alone, and only where the chart
// has a family for it.
func ExampleBook_SetChart() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	_, err := book.SetChart(ctx, ledger.Chart{ID: ledger.KeyID("chart", "2026"), By: "finance:1", Why: "new rules", Families: []ledger.Family{
		{Path: "wallet", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny("0"), Ceiling: cny("500")},
	}})
	check(err)
	opened, err := book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "wallet/bob", Metadata: json.RawMessage(`{"class": "3-2"}`)},
	}})
	check(err)
	wallet := opened.Record.Accounts[0]
	fmt.Println(wallet.Control, wallet.Side, wallet.Ceiling, string(wallet.Metadata))
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{Path: "walet/bob"}}})
	fmt.Println(ledger.CodeOf(err))
	// Output:
	// 2307.01 credit 500.00 CNY {"class":"3-2"}
	// family_unknown
}

// A page of accounts by prefix, control account, state and balance.
func ExampleBook_AccountPage() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	filter, cursor := ledger.AccountFilter{Control: "2307", Min: cny("0.01")}, ""
	for {
		page, err := book.AccountPage(ctx, filter, cursor, 1)
		check(err)
		for _, account := range page.Accounts {
			fmt.Println(account.Path, account.Balance())
		}
		if cursor = page.Next; cursor == "" {
			return
		}
	}
	// Output:
	// subsidy/ann 8.00 CNY
	// wallet/ann 10.00 CNY
}

// An exchange is one transaction over position accounts: it sums to zero in each
// currency, and the positions say what the book holds of either. The yen has no
// minor unit, the dinar of Kuwait has three decimals.
func ExampleBook_Post_currencies() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	jpy, err := money.ParseCurrency("JPY")
	check(err)
	kwd, err := money.ParseCurrency("KWD")
	check(err)
	var specs []ledger.AccountSpec
	for _, currency := range []money.Currency{jpy, kwd} {
		specs = append(specs,
			ledger.AccountSpec{Path: "bank/" + currency.Code(), Control: "1002", Side: ledger.DebitSide, Currency: currency},
			ledger.AccountSpec{Path: "position/" + currency.Code(), Control: "3999", Side: ledger.CreditSide, Currency: currency})
	}
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: specs})
	check(err)
	yen, dinars := money.MustParse("50000", jpy), money.MustParse("102.345", kwd)
	receipt, err := book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "exchange", Postings: []ledger.Posting{
		ledger.Debit("position/JPY", yen), ledger.Credit("bank/JPY", yen),
		ledger.Debit("bank/KWD", dinars), ledger.Credit("position/KWD", dinars),
	}})
	check(err)
	for _, line := range receipt.Record.Lines {
		fmt.Println(line.Account, line.Amount)
	}
	// Output:
	// position/JPY 50000 JPY
	// bank/JPY -50000 JPY
	// bank/KWD 102.345 KWD
	// position/KWD -102.345 KWD
}
