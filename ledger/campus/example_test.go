package campus_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// A meal is paid by the subsidy, the wallet and, because the cashier allows it,
// by arrears; the next top-up repays those first.
func ExampleChart_Sale() {
	ctx := context.Background()
	book, done := openBook(ctx)
	defer done()
	chart, err := campus.New(nil)
	check(err)
	accounts := append(chart.Holder("h102938", "meal"), chart.Merchant("canteen1")...)
	accounts = append(accounts, chart.Gateway("wechatpay")...)
	accounts = append(accounts, chart.Treasury("icbc", "desk")...)
	accounts = append(accounts, chart.Fund("meal"))
	check(campus.Ensure(ctx, book, "office", accounts...))
	yuan := func(text string) money.Amount { return money.MustParse(text, chart.Currency()) }
	subsidy := campus.SubsidyMoney{Programme: "meal", Bank: "icbc", Holder: "h102938", Amount: yuan("3.00")}
	subsidy.Event = campus.Event{ID: ledger.NewID()}
	fund := chart.SubsidyFunded(subsidy)
	subsidy.Event = campus.Event{ID: ledger.NewID()}
	topUp := campus.TopUp{Event: campus.Event{ID: ledger.NewID()}, Gateway: "wechatpay", Holder: "h102938", Amount: yuan("5.00")}
	for _, transaction := range []ledger.Transaction{fund, chart.SubsidyGranted(subsidy), chart.TopUp(topUp)} {
		_, err := book.Post(ctx, transaction)
		check(err)
	}

	lunch := campus.Sale{
		Event:  campus.Event{ID: ledger.NewID(), By: "cashier:12"},
		Holder: "h102938", Merchant: "canteen1", Price: yuan("12.50"), Programmes: []string{"meal"},
	}
	_, err = book.Post(ctx, chart.Sale(lunch))
	fmt.Println("enough money:", !errors.Is(err, ledger.ErrInsufficient))
	lunch.Credit = true
	receipt, err := book.Post(ctx, chart.Sale(lunch))
	check(err)
	show(receipt)
	topUp.ID, topUp.Amount = ledger.NewID(), yuan("50.00")
	receipt, err = book.Post(ctx, chart.TopUp(topUp))
	check(err)
	show(receipt)
	// Output:
	// enough money: false
	// sale
	//   subsidy/h102938/meal 3.00 CNY
	//   wallet/h102938 5.00 CNY
	//   arrears/h102938 4.50 CNY
	//   merchant/canteen1 -12.50 CNY
	// topup
	//   clearing/wechatpay 50.00 CNY
	//   arrears/h102938 -4.50 CNY
	//   wallet/h102938 -45.50 CNY
	//   suspense/wechatpay 0.00 CNY
}

func ExampleNew() {
	chart, err := campus.New(&campus.Options{
		WalletCap: money.MustParse("500", money.CNY),
		Controls:  map[campus.Family]string{campus.FamilyWallet: "2305"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, account := range chart.Holder("h102938") {
		fmt.Println(account.Path, account.Control, account.Side, "up to", account.Ceiling)
	}
	// Output:
	// wallet/h102938 2305 credit up to 500.00 CNY
	// arrears/h102938 1218.01 debit up to 50.00 CNY
}

// A book that was given the school's chart opens no account outside it.
func ExampleChart_Enforce() {
	ctx := context.Background()
	book, done := openBook(ctx)
	defer done()
	chart, err := campus.New(nil)
	check(err)
	check(chart.Enforce(ctx, book, "office"))

	check(campus.Ensure(ctx, book, "office", chart.Holder("h102938")...))
	pocket := ledger.AccountSpec{Path: "pocket/h102938", Control: "2307", Side: ledger.CreditSide, Currency: chart.Currency()}
	err = campus.Ensure(ctx, book, "office", pocket)
	fmt.Println(ledger.CodeOf(err))
	err = campus.Ensure(ctx, book, "office", ledger.AccountSpec{Path: "wallet/h102939", Side: ledger.DebitSide})
	fmt.Println(ledger.CodeOf(err))
	for _, family := range chart.Families()[:2] {
		fmt.Println(family.Path, family.Control, family.Side, "from", family.Floor, "up to", family.Ceiling)
	}
	// Output:
	// family_unknown
	// family_mismatch
	// wallet 2307.01 credit from 0.00 CNY up to 2000.00 CNY
	// arrears 1218.01 debit from 0.00 CNY up to 50.00 CNY
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func show(receipt ledger.Receipt) {
	fmt.Println(receipt.Record.Kind)
	for _, line := range receipt.Record.Lines {
		fmt.Println(" ", line.Account, line.Amount)
	}
}

func openBook(ctx context.Context) (*ledger.Book, func()) {
	dir, err := os.MkdirTemp("", "books")
	if err != nil {
		log.Fatal(err)
	}
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "ledger.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	first := ledger.Genesis{Name: "第一中学", OpenDate: ledger.DateOf(2026, time.September, 1)}
	book, err := ledger.Create(ctx, store, 1, first, nil)
	if err != nil {
		log.Fatal(err)
	}
	return book, func() { _ = store.Close(); _ = os.RemoveAll(dir) }
}
