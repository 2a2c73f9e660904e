package archive_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// A closed stretch goes to a file, which proves a payment without the store.
func Example() {
	ctx := context.Background()
	store := storetest.NewMemory()
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 12, 31)}, nil)
	check(err)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("chart"), Accounts: []ledger.AccountSpec{
		{Path: "wallet/ann", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY)},
		{Path: "bank/main", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
	}})
	check(err)
	amount := money.MustParse("50.00", money.CNY)
	topUp := ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank/main", amount), ledger.Credit("wallet/ann", amount),
	}}
	_, err = book.Post(ctx, topUp)
	check(err)
	closed, err := book.CloseDay(ctx, ledger.DayClose{Date: ledger.DateOf(2026, 12, 31)})
	check(err)
	keys, err := seal.GenerateKeys("no1.example/books/1", time.Now())
	check(err)
	sealer, err := seal.NewSealer(store, 1, keys)
	check(err)
	_, err = sealer.SealCloses(ctx)
	check(err)

	dir, err := os.MkdirTemp("", "archive")
	check(err)
	defer func() { _ = os.RemoveAll(dir) }()
	file, err := os.Create(filepath.Join(dir, "2026.zip"))
	check(err)
	_, err = archive.Write(ctx, file, store, 1, archive.Stretch{First: 1, Last: closed.Record.Seq})
	check(err)
	check(file.Close())

	a, err := archive.Open(ctx, file.Name())
	check(err)
	defer func() { _ = a.Close() }()
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	check(err)
	verified, err := a.Verify(ctx, verifier)
	check(err)
	fmt.Println(verified.Records, "records,", verified.Closes, "closed day,", verified.Checkpoints, "checkpoint")
	receipt, err := seal.NewProver(a, a.Book()).Receipt(ctx, topUp.ID)
	check(err)
	record, _, err := verifier.Receipt(&receipt)
	check(err)
	fmt.Println(record.Kind, record.Lines[1].Account, record.Lines[1].Amount)
	// Output:
	// 4 records, 1 closed day, 1 checkpoint
	// topup wallet/ann -50.00 CNY
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
