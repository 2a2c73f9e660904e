package load

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

const (
	bank      = "bank/main"
	merchants = 1000
	// together is how many accounts one preparing record is about.
	together = 500
	// purse is what a wallet begins with: more than it ever pays, and no wider in a
	// database than what people have. It may take in as much again.
	purse    = 1 << 30
	purseMax = 1<<31 - 1
)

func wallet(i int) string   { return fmt.Sprintf("wallet/s%06d", i) }
func merchant(i int) string { return fmt.Sprintf("merchant/m%04d", i) }

func fen(minor int64) money.Amount { return money.Of(minor, money.CNY) }

func walletSpec(path string) ledger.AccountSpec {
	return ledger.AccountSpec{
		Path: path, Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: fen(0), Ceiling: fen(purseMax),
	}
}

// openSchool creates the book with a bank account, merchants, and wallets that
// never run out of money.
func openSchool(ctx context.Context, l *Load) error {
	first := ledger.Genesis{Name: "load", OpenDate: ledger.DateOf(2026, time.September, 1)}
	book, err := ledger.Create(ctx, l.store, bookID, first, nil)
	if err != nil {
		return err
	}
	l.book = book
	specs := []ledger.AccountSpec{{Path: bank, Control: "1002", Side: ledger.DebitSide, Currency: money.CNY}}
	for _, path := range l.shops {
		specs = append(specs, ledger.AccountSpec{Path: path, Control: "2202", Side: ledger.CreditSide, Currency: money.CNY})
	}
	for len(specs) > 0 {
		n := min(together, len(specs))
		if _, err := book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: specs[:n]}); err != nil {
			return err
		}
		specs = specs[n:]
	}
	for paths := range slices.Chunk(l.wallets, together) {
		if err := fillWallets(ctx, book, paths); err != nil {
			return err
		}
	}
	return nil
}

func fillWallets(ctx context.Context, book *ledger.Book, paths []string) error {
	var specs []ledger.AccountSpec
	postings := []ledger.Posting{ledger.DebitRest(bank)}
	for _, path := range paths {
		specs = append(specs, walletSpec(path))
		postings = append(postings, ledger.Credit(path, fen(purse)))
	}
	if _, err := book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: specs}); err != nil {
		return err
	}
	_, err := book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: postings})
	return err
}
