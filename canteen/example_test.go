package canteen_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb"
)

func ExampleReadDishes() {
	file, err := canteen.ReadDishes(strings.NewReader("菜品,单价,条码\n米饭,1.00,2000000100012\n馒头,八毛,2000000100028\n"), money.CNY)
	if err != nil {
		log.Fatal(err)
	}
	for _, dish := range file.Dishes {
		fmt.Println(dish.Barcode, dish.Name, dish.Price)
	}
	for _, problem := range file.Problems {
		fmt.Println(problem)
	}
	// Output:
	// 2000000100012 米饭 1.00 CNY
	// line 3: 单价: price_format
	// line 3: 条码: barcode_check_digit
}

// A child with 10.00 in the wallet buys lunch, comes again, and is served on
// credit by the cashier's choice.
func ExampleCounter_Sell() {
	ctx := context.Background()
	counter, code, done := openCanteen(ctx)
	defer done()

	lunch := canteen.Sale{
		ID: ledger.NewID(), Code: code, Lines: []canteen.Line{{Barcode: "2000000100050", Quantity: 1}, {Barcode: "2000000100012", Quantity: 2}},
		Merchant: "canteen1", Terminal: "T0001", Cashier: "cashier:12",
	}
	sold, err := counter.Sell(ctx, lunch)
	check(err)
	fmt.Println("sold", sold.Total, "balance", sold.Balance)

	lunch.ID = ledger.NewID()
	_, err = counter.Sell(ctx, lunch)
	var refusal *canteen.Refusal
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Reason, refusal.Chinese(), refusal.Shortfall)
	}
	lunch.AllowCredit = true
	sold, err = counter.Sell(ctx, lunch)
	check(err)
	fmt.Println("sold", sold.Total, "owed", sold.FromArrears)
	// Output:
	// sold 7.50 CNY balance 2.50 CNY
	// insufficient 余额不足。可以选择先就餐、记欠款。 5.00 CNY
	// sold 7.50 CNY owed 5.00 CNY
}

// openCanteen assembles a canteen with one holder and returns the code on the
// holder's card.
func openCanteen(ctx context.Context) (counter *canteen.Counter, code string, done func()) {
	const school = 102
	dir := must(os.MkdirTemp("", "canteen"))
	db := must(domaindb.OpenSQLite(ctx, filepath.Join(dir, "campus.db")))
	store := must(sqlitestore.Open(ctx, filepath.Join(dir, "ledger.db"), nil))
	done = func() { _ = store.Close(); _ = db.Close(); _ = os.RemoveAll(dir) }

	chart := must(campus.New(nil))
	first := ledger.Genesis{Name: "第一中学", OpenDate: ledger.DateOf(2026, time.September, 1)}
	book := must(ledger.Create(ctx, store, school, first, nil))
	merchants := must(canteen.NewMerchants(canteen.MerchantParts{DB: db, School: school, Book: book, Chart: chart}, nil))
	check(merchants.Put(ctx, canteen.Merchant{ID: "canteen1", Name: "第一食堂"}, "office"))
	menu := must(canteen.OpenMenu(ctx, db, school, nil))
	file := must(canteen.ReadDishes(strings.NewReader("菜品,单价,条码\n米饭,1.00,2000000100012\n番茄炒蛋,5.50,2000000100050\n"), money.CNY))
	must(menu.Import(ctx, file))

	directory := must(identity.New(ctx, db, must(identity.NewKeys()), nil))
	person := identity.Person{Name: "张小三", StudentNo: "2026000001"}
	holder := must(directory.Upsert(ctx, school, []identity.Registration{{Person: person, Grade: "高一", Class: "1班"}}))[0]
	accounts := append(chart.Holder(holder.Ref()), chart.Gateway("wechatpay")...)
	check(campus.Ensure(ctx, book, "office", accounts...))
	check(directory.Activate(ctx, school, []identity.Number{holder.Number}))
	card := must(directory.IssueCards(ctx, school, []identity.Number{holder.Number}, "office"))[0]
	must(book.Post(ctx, chart.TopUp(campus.TopUp{
		Event: campus.Event{ID: ledger.NewID()}, Gateway: "wechatpay", Holder: holder.Ref(), Amount: money.MustParse("10.00", money.CNY),
	})))

	codec := must(qrcode.NewSealed(must(qrcode.NewKeyring(must(qrcode.GenerateKey(1))))))
	code = must(codec.Seal(qrcode.Payload{
		School: school, Holder: uint64(holder.Number), Serial: card.Serial, Expires: must(qrcode.NewDay(2064, time.July, 31)),
	}))
	counter = must(canteen.NewCounter(canteen.CounterParts{
		Book: book, Chart: chart, Menu: menu, Codes: must(qrcode.NewReader(codec)), Directory: directory,
	}, nil))
	return counter, code, done
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
