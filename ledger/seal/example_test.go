package seal_test

import (
	"context"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// The school seals its books; a guardian checks a payment and a balance without
// them, and an auditor that nothing was rewritten.
func Example() {
	ctx := context.Background()
	store := storetest.NewMemory()
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "No. 1 School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
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

	keys, err := seal.GenerateKeys("no1.example/books/1", time.Now())
	check(err)
	sealer, err := seal.NewSealer(store, 1, keys)
	check(err)
	handedOut, err := sealer.Seal(ctx) // before the close
	check(err)
	_, err = book.CloseDay(ctx, ledger.DayClose{Date: ledger.DateOf(2026, 9, 1)})
	check(err)
	_, err = sealer.SealCloses(ctx)
	check(err)

	prover := seal.NewProver(store, 1)
	receipt, err := prover.Receipt(ctx, topUp.ID)
	check(err)
	balance, err := prover.Balance(ctx, "wallet/ann", ledger.DateOf(2026, 9, 1))
	check(err)

	// Elsewhere, with nothing but the school's public key and the files.
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	check(err)
	read, err := seal.ParseReceipt(receipt.Marshal())
	check(err)
	record, checkpoint, err := verifier.Receipt(&read)
	check(err)
	fmt.Println(record.Kind, record.Lines[1].Account, record.Lines[1].Amount, "is sealed by", checkpoint.Origin)
	sealed, _, err := verifier.Balance(&balance)
	check(err)
	fmt.Println(sealed.Account, "stood at", sealed.Balance, "on", sealed.Date)

	later, err := sealer.Seal(ctx)
	check(err)
	consistency, err := prover.Consistency(ctx, handedOut.Size, later.Note)
	check(err)
	_, err = verifier.Consistency(handedOut, &consistency)
	fmt.Println("nothing was rewritten:", err == nil)
	// Output:
	// topup wallet/ann -50.00 CNY is sealed by no1.example/books/1
	// wallet/ann stood at -50.00 CNY on 2026-09-01
	// nothing was rewritten: true
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
