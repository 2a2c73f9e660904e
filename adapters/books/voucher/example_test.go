package voucher_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// A day with a top-up and a bus fee paid out of the wallet: the fee is the
// school's own money, and so is in the budget too.
func ExampleExporter_Export() {
	ctx, store := context.Background(), storetest.NewMemory()
	today := ledger.DateOf(2026, time.September, 1)
	aDay(ctx, store, today)
	exporter, err := voucher.New(store, 1, nil)
	check(err)
	check(exporter.Check(ctx))

	var file bytes.Buffer
	export, err := exporter.Export(ctx, &file, voucher.Request{Format: voucher.U8, Period: voucher.Period{From: today, To: today}})
	check(err)
	check(exporter.Verify(ctx, export)) // whenever: the same bytes
	text, err := simplifiedchinese.GBK.NewDecoder().String(file.String())
	check(err)
	fmt.Print(strings.ReplaceAll(text, "\r\n", "\n"))
	fmt.Println(voucher.MayReopen(today, []voucher.Export{export}))
	// Output:
	// 填制凭证,V800
	// 2026-09-01,记,1,0,充值 记录4,1021,100.00,0.00,,,,校园账,,,,,,,,,
	// 2026-09-01,记,1,0,应收费用 记录5,1212,60.00,0.00,,,,校园账,,,,,,,,,
	// 2026-09-01,记,1,0,缴费 记录6,230701,60.00,0.00,,,,校园账,,,,,,,,,
	// 2026-09-01,记,1,0,缴费 记录6,1212,0.00,60.00,,,,校园账,,,,,,,,,
	// 2026-09-01,记,1,0,充值 记录4,230701,0.00,100.00,,,,校园账,,,,,,,,,
	// 2026-09-01,记,1,0,应收费用 记录5,4101,0.00,60.00,,,,校园账,,,,,,,,,bus
	// 2026-09-01,记,1,0,缴费 记录6,8001,60.00,0.00,,,,校园账,,,,,,,,,
	// 2026-09-01,记,1,0,缴费 记录6,6101,0.00,60.00,,,,校园账,,,,,,,,,
	// 2026-09-01: the period was exported: as u8/1 from 2026-09-01 to 2026-09-01
}

// A mapping is checked before anything is written, line by line.
func ExampleParseMapping() {
	_, err := voucher.ParseMapping(strings.NewReader(`账户,科目编码,科目名称,性质
bank,1002,,资金
wallet,2307,,代管
fund,230701,补助资金,代管
income,4101,,代管
`))
	fmt.Println(err)
	// Output:
	// mapping line 5, 性质: 4101 is income or an expense, which nobody holds for others
	// mapping line 3, 科目编码: 2307 takes no postings: line 4 has 230701 below it
}

func aDay(ctx context.Context, store ledger.Store, today ledger.Date) {
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: today}, nil)
	check(err)
	chart, err := campus.New(nil)
	check(err)
	check(chart.Enforce(ctx, book, "office"))
	accounts := append(chart.Gateway("wechat"), chart.Holder("h1")...)
	amount := money.MustParse("60", money.CNY)
	accounts = append(accounts, chart.FeeItem(campus.Service, "bus"), chart.Bill("bus-h1", amount))
	check(campus.Ensure(ctx, book, "office", accounts...))
	event := func(key string) campus.Event { return campus.Event{ID: ledger.KeyID(key), By: "office"} }
	fee := campus.Fee{Event: event("bill"), Bill: "bus-h1", Nature: campus.Service, Item: "bus", From: campus.FromWallet("h1"), Amount: amount}
	for _, transaction := range []ledger.Transaction{
		chart.TopUp(campus.TopUp{Event: event("top-up"), Gateway: "wechat", Holder: "h1", Amount: money.MustParse("100", money.CNY)}),
		chart.FeeAssessed(fee),
	} {
		_, err = book.Post(ctx, transaction)
		check(err)
	}
	fee.Event = event("payment")
	_, err = book.Post(ctx, chart.FeePaid(fee))
	check(err)
	_, err = book.CloseDay(ctx, ledger.DayClose{Date: today})
	check(err)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
