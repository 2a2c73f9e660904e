package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// dir is where the examples keep their books.
var dir string

func TestMain(m *testing.M) {
	var err error
	dir, err = os.MkdirTemp("", "ledger")
	check(err)
	code := m.Run()
	check(os.RemoveAll(dir))
	os.Exit(code)
}

// exampleBook is a book with a wallet of 0 to 2,000, a subsidy, arrears up to
// 50, a merchant and a bank account; the wallet holds 10.00, the subsidy 8.00.
func exampleBook() (*ledger.Book, func()) {
	now := time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC)
	return exampleBookAt(&now)
}

// exampleBookAt is the same with a clock.
func exampleBookAt(now *time.Time) (*ledger.Book, func()) {
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, ledger.NewID().String()+".db"), nil)
	check(err)
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)},
		&ledger.Options{Now: func() time.Time { return *now }})
	check(err)
	zero := money.Zero(money.CNY)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("chart"), Accounts: []ledger.AccountSpec{
		{Path: "wallet/ann", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: zero, Ceiling: cny("2000")},
		{Path: "subsidy/ann", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: zero},
		{Path: "arrears/ann", Control: "1218", Side: ledger.DebitSide, Currency: money.CNY, Floor: zero, Ceiling: cny("50")},
		{Path: "merchant/canteen", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
		{Path: "bank/main", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
	}})
	check(err)
	_, err = book.Post(ctx, ledger.Transaction{ID: ledger.KeyID("first top-up"), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", cny("18")), ledger.Credit("wallet/ann", cny("10")), ledger.Credit("subsidy/ann", cny("8")),
	}})
	check(err)
	return book, func() { check(store.Close()) }
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func Example() {
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "school.db"), nil)
	check(err)
	defer func() { _ = store.Close() }()
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	check(err)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("chart"), Accounts: []ledger.AccountSpec{
		{Path: "wallet/ann", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
		{Path: "bank/main", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
	}})
	check(err)
	amount := money.MustParse("50.00", money.CNY)
	receipt, err := book.Post(ctx, ledger.Transaction{ID: ledger.KeyID("bank", "20260901-17"), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", amount), ledger.Credit("wallet/ann", amount),
	}})
	check(err) // the same id again would answer the same record
	fmt.Println(receipt.Record.Seq, receipt.Record.Lines[0].Balance)
	// Output: 3 50.00 CNY
}

// Subsidy first, then the wallet, the rest becomes arrears: one transaction,
// decided where it is written, so that no concurrent sale can get in between.
func ExampleBook_Post_waterfall() {
	book, done := exampleBook()
	defer done()
	price := cny("25.50")
	receipt, err := book.Post(context.Background(), ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
		ledger.DebitUpTo("subsidy/ann", price),
		ledger.DebitUpTo("wallet/ann", price),
		ledger.DebitRest("arrears/ann"),
		ledger.Credit("merchant/canteen", price),
	}})
	check(err)
	for _, line := range receipt.Record.Lines {
		fmt.Println(line.Account, line.Amount)
	}
	// Output:
	// subsidy/ann 8.00 CNY
	// wallet/ann 10.00 CNY
	// arrears/ann 7.50 CNY
	// merchant/canteen -25.50 CNY
}

// A refusal says which account, and how much would have been possible.
func ExampleBook_Post_refused() {
	book, done := exampleBook()
	defer done()
	_, err := book.Post(context.Background(), ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
		ledger.Debit("wallet/ann", cny("12.00")), ledger.Credit("merchant/canteen", cny("12.00")),
	}})
	var bound *ledger.BoundError
	if errors.As(err, &bound) {
		fmt.Println(ledger.CodeOf(err), bound.Account, "has", bound.Available(), "and", bound.Wanted, "was wanted")
	}
	// Output: insufficient wallet/ann has 10.00 CNY and 12.00 CNY was wanted
}

// The id is the idempotency key: derive it from what makes the event unique.
func ExampleBook_Post_replay() {
	book, done := exampleBook()
	defer done()
	topUp := ledger.Transaction{ID: ledger.KeyID("wechatpay", "4200000925202101284997714292"), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", cny("20")), ledger.Credit("wallet/ann", cny("20")),
	}}
	for range 2 {
		receipt, err := book.Post(context.Background(), topUp)
		fmt.Println(receipt.Record.Seq, receipt.Replayed, err)
	}
	topUp.Postings[0].Amount = cny("21")
	_, err := book.Post(context.Background(), topUp)
	var reused *ledger.IDReusedError
	fmt.Println(errors.As(err, &reused), reused.Field)
	// Output:
	// 4 false <nil>
	// 4 true <nil>
	// true postings[0].amount
}

func ExampleBook_Reverse() {
	book, done := exampleBook()
	defer done()
	receipt, err := book.Reverse(context.Background(), ledger.Reversal{Of: ledger.KeyID("first top-up"), By: "office:1"})
	check(err)
	fmt.Println(receipt.Record.Kind, receipt.Record.Lines[1].Account, receipt.Record.Lines[1].Balance)
	// Output: ledger.reverse wallet/ann 0.00 CNY
}

func ExampleBook_CloseDay() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	_, err := book.CloseDay(ctx, ledger.DayClose{Date: ledger.DateOf(2026, 9, 1), By: "finance:1"})
	check(err)
	_, err = book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Date: ledger.DateOf(2026, 9, 1), Postings: []ledger.Posting{
		ledger.Debit("bank/main", cny("1")), ledger.Credit("wallet/ann", cny("1")),
	}})
	fmt.Println(ledger.CodeOf(err))
	balance, err := book.BalanceAt(ctx, "wallet/ann", ledger.DateOf(2026, 9, 1))
	fmt.Println(balance, err)
	// Output:
	// date_closed
	// 10.00 CNY <nil>
}

func ExampleBook_Statement() {
	ctx := context.Background()
	book, done := exampleBook()
	defer done()
	cursor := ""
	for {
		page, err := book.Statement(ctx, "wallet/ann", ledger.StatementQuery{Cursor: cursor, Limit: 10})
		check(err)
		for _, entry := range page.Entries {
			fmt.Println(entry.Date, entry.Kind, entry.Amount, entry.Balance)
		}
		if cursor = page.Next; cursor == "" {
			return
		}
	}
	// Output: 2026-09-01 topup -10.00 CNY -10.00 CNY
}
