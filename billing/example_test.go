package billing_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/domaindb"
)

// openOffice opens a fee office on two new files. The caller calls closeAll.
func openOffice(ctx context.Context) (office *billing.Office, closeAll func(), err error) {
	dir, err := os.MkdirTemp("", "billing")
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "books.db"), nil)
	if err != nil {
		return nil, nil, err
	}
	db, err := domaindb.OpenSQLite(ctx, filepath.Join(dir, "domain.db"))
	if err != nil {
		return nil, nil, err
	}
	first := ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, time.September, 1)}
	book, err := ledger.Create(ctx, store, 1, first, nil)
	if err != nil {
		return nil, nil, err
	}
	chart, err := campus.New(nil)
	if err != nil {
		return nil, nil, err
	}
	if err := campus.Ensure(ctx, book, "office", chart.Gateway("wechatpay")...); err != nil {
		return nil, nil, err
	}
	office, err = billing.New(db, book, chart, nil)
	return office, func() { _, _, _ = db.Close(), store.Close(), os.RemoveAll(dir) }, err
}

// A fee from the sheet to the payment.
func ExampleNew() {
	ctx := context.Background()
	office, closeAll, err := openOffice(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer closeAll()

	sheet := strings.NewReader("缴费项目,性质,年级,金额,截止日期,自愿\n" +
		"2026秋季学费,行政事业性收费,高一;高二;高三,1000.00,2026-09-20,否\n")
	report, err := office.ImportItems(ctx, billing.ItemImport{Sheet: sheet})
	if err != nil {
		fmt.Println(err)
		return
	}
	item := report.Items[0]
	holders := gradeList{"高一": {"h102938", "h561204"}, "高二": {"h774310"}, "高三": nil}
	payers, err := billing.Payers(ctx, item, nil, holders)
	if err != nil {
		fmt.Println(err)
		return
	}
	done, err := office.Assess(ctx, billing.Assessment{Item: item.ID, Holders: payers, By: "staff:7"})
	fmt.Println("bills:", done.Booked, err)

	bills, err := office.BillsOf(ctx, "h102938")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("outstanding:", bills[0].Outstanding, "until", bills[0].Due)
	_, err = office.Pay(ctx, billing.Payment{
		ID:   ledger.KeyID("wechatpay", "4200000925202101284997714292"),
		Bill: bills[0].ID, From: campus.FromGateway("wechatpay"), Amount: bills[0].Outstanding,
	})
	fmt.Println("paid:", err == nil)

	totals, err := office.Totals(ctx, item.ID)
	fmt.Println("billed", totals.Billed, "paid", totals.Paid, "outstanding", totals.Outstanding, err)
	for bill, err := range office.Overdue(ctx, item.ID, item.Due.AddDays(1)) {
		fmt.Println("overdue:", bill.Holder, bill.Outstanding, err)
	}
	// Output:
	// bills: 3 <nil>
	// outstanding: 1000.00 CNY until 2026-09-20
	// paid: true
	// billed 3000.00 CNY paid 1000.00 CNY outstanding 2000.00 CNY <nil>
	// overdue: h561204 1000.00 CNY <nil>
	// overdue: h774310 1000.00 CNY <nil>
}

// What is wrong with a sheet is told by row, column and code.
func ExampleReadItems() {
	sheet := strings.NewReader("缴费项目,性质,年级,金额,截止日期,自愿\n" +
		"校服费,代收费,初一；高一,286.5元,2026-09-30,是\n" +
		"作业本费,其他,初一,18.35,2026-09-15,否\n")
	_, err := billing.ReadItems(sheet, money.CNY)
	var failed *billing.ImportError
	if errors.As(err, &failed) {
		for _, row := range failed.Rows {
			fmt.Println(row.Row, row.Column, row.Code, row.Code.Chinese())
		}
	}
	// Output:
	// 2 金额 amount_invalid 金额应为数字，最多两位小数
	// 3 性质 nature_unknown 性质应为行政事业性收费、服务性收费或代收费
}

// Voluntary items are billed to those who chose them, mandatory ones to
// everybody in their grades.
func ExamplePayers() {
	holders := gradeList{"高一": {"h1", "h2"}}
	tuition := billing.Item{Grades: []string{"高一"}}
	uniform := billing.Item{Grades: []string{"高一"}, Voluntary: true}
	fmt.Println(billing.Payers(context.Background(), tuition, nil, holders))
	fmt.Println(billing.Payers(context.Background(), uniform, []billing.Ref{"h2"}, holders))
	// Output:
	// [h1 h2] <nil>
	// [h2] <nil>
}
