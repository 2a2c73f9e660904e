package sheet_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/campusledger/campusledger/adapters/books/sheet"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func Example() {
	ctx, store := context.Background(), storetest.NewMemory()
	topUp(ctx, store)
	var file bytes.Buffer
	plain := &sheet.Options{NoBOM: true}
	check(sheet.TrialBalance{Reader: store, Book: 1}.Write(ctx, &file, plain))
	check(sheet.Statement{Reader: store, Book: 1, Account: "wallet/h1"}.Write(ctx, &file, plain))
	fmt.Print(strings.ReplaceAll(file.String(), "\r\n", "\n"))
	// Output:
	// 科目编码,科目名称,往来单位,项目,部门,币种,期初借方余额,期初贷方余额,本期借方发生额,本期贷方发生额,期末借方余额,期末贷方余额
	// 1002,银行存款,,,,CNY,,,100.00,0.00,100.00,
	// 2307.01,其他应付款（wallet）,,,,CNY,,,0.00,100.00,,100.00
	// 合计,,,,,CNY,0.00,0.00,100.00,100.00,100.00,100.00
	// 营业日期,入账时间,记录号,行号,业务,币种,借方,贷方,方向,余额,到期日,编号
	// ,,,,期初余额,CNY,,,平,0.00,,
	// 2026-09-01,2026-09-01 12:00:00,3,2,topup,CNY,,100.00,贷,100.00,,fceb60e4-c718-5b72-8a24-588ba647ed0b
	// ,,,,期末余额,CNY,0.00,100.00,贷,100.00,,
}

func topUp(ctx context.Context, store ledger.Store) {
	noon := time.Date(2026, time.September, 1, 4, 0, 0, 0, time.UTC)
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, time.September, 1)},
		&ledger.Options{Now: func() time.Time { return noon }})
	check(err)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("open"), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "wallet/h1", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	check(err)
	amount := money.MustParse("100.00", money.CNY)
	_, err = book.Post(ctx, ledger.Transaction{ID: ledger.KeyID("first"), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank", amount), ledger.Credit("wallet/h1", amount),
	}})
	check(err)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
