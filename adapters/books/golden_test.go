package books_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// goldenBook is the book of testdata: the same bytes at every time.
func goldenBook(t *testing.T) ledger.Store {
	t.Helper()
	ctx, store := t.Context(), storetest.NewMemory()
	minute, ids := 0, 0
	now := func() time.Time {
		minute++
		return time.Date(2026, time.September, 1, 4, minute, 0, 0, time.UTC)
	}
	b, err := ledger.Create(ctx, store, book, ledger.Genesis{Name: "第一中学\n\"No. 1\"", OpenDate: firstDay, By: "office"}, &ledger.Options{Now: now})
	require.NoError(t, err)
	written := func(receipt ledger.Receipt, err error) ledger.Record {
		t.Helper()
		require.NoError(t, err)
		return receipt.Record
	}
	transaction := func(kind string, postings ...ledger.Posting) ledger.Transaction {
		ids++
		return ledger.Transaction{ID: ledger.KeyID("golden", fmt.Sprint(ids)), Kind: kind, By: "cashier:12", Postings: postings}
	}
	spec := func(path, control string, side ledger.Side, currency money.Currency) ledger.AccountSpec {
		return ledger.AccountSpec{Path: path, Control: control, Side: side, Currency: currency}
	}
	wallet := spec("wallet/h1", "2307.01", ledger.CreditSide, money.CNY)
	wallet.Floor = money.Zero(money.CNY)
	written(b.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("golden", "open"), By: "office", Accounts: []ledger.AccountSpec{
		spec("bank", "1002", ledger.DebitSide, money.CNY), spec("bank/dinar", "1002", ledger.DebitSide, money.KWD),
		spec("cash/yen", "1001", ledger.DebitSide, money.JPY), wallet, spec("merchant/m-1", "2307.03", ledger.CreditSide, money.CNY),
		spec("position/dinar", "3001", ledger.CreditSide, money.KWD), spec("position/yen", "3001", ledger.CreditSide, money.JPY),
		spec("income/fees", "4101", ledger.CreditSide, money.CNY), spec("expense/gateway", "5001", ledger.DebitSide, money.CNY),
		spec("Lost_1", "misc", ledger.DebitSide, money.CNY),
	}}))
	cny := func(minor int64) money.Amount { return money.Of(minor, money.CNY) }
	sale := func(minor int64) ledger.Transaction {
		return transaction("sale", ledger.Debit("wallet/h1", cny(minor)), ledger.Credit("merchant/m-1", cny(minor)))
	}
	written(b.Post(ctx, transaction("topup", ledger.Debit("bank", cny(99_40)), ledger.Debit("expense/gateway", cny(60)), ledger.Credit("wallet/h1", cny(100_00)))))
	held := written(b.Authorize(ctx, ledger.Authorization{Transaction: sale(12_50)}))
	written(b.Capture(ctx, ledger.Capture{ID: ledger.KeyID("golden", "capture"), Hold: held.ID, By: "kitchen"}))
	lunch := written(b.Post(ctx, sale(8_00)))
	written(b.Refund(ctx, ledger.Refund{ID: ledger.KeyID("golden", "refund"), Of: lunch.ID, By: "kitchen", Lines: []ledger.RefundLine{
		{Line: 0, Amount: cny(3_00)}, {Line: 1, Amount: cny(3_00)},
	}}))
	dear := sale(500_00)
	dear.Remember = true
	_, err = b.Post(ctx, dear)
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	closeDay := func(day int) { written(b.CloseDay(ctx, ledger.DayClose{Date: firstDay.AddDays(day), By: "office"})) }
	closeDay(0)
	written(b.Post(ctx, transaction("fee", ledger.Debit("wallet/h1", cny(20_00)), ledger.Credit("income/fees", cny(20_00)))))
	written(b.Reopen(ctx, ledger.Reopen{Date: firstDay, By: "head", Why: "a late invoice"}))
	written(b.Post(ctx, sale(1_01)))
	closeDay(0)
	closeDay(1)
	written(b.Post(ctx, transaction("exchange",
		ledger.Debit("cash/yen", money.Of(2000, money.JPY)), ledger.Credit("position/yen", money.Of(2000, money.JPY)),
		ledger.Debit("bank/dinar", money.Of(1005, money.KWD)), ledger.Credit("position/dinar", money.Of(1005, money.KWD)))))
	return store
}

// With CAMPUSLEDGER_TEST_GOLDEN=write the files are written anew: look at what
// git says of them.
func TestExportsAreGolden(t *testing.T) {
	t.Parallel()
	store := goldenBook(t)
	var journal bytes.Buffer
	require.NoError(t, books.WriteJournal(t.Context(), &journal, store, book, nil))
	exports := map[string]string{"jsonl": journal.String()}
	for _, p := range programs() {
		exports[p.name] = exported(t, p, store)
	}
	for name, text := range exports {
		file := filepath.Join("testdata", "book."+name)
		if os.Getenv("CAMPUSLEDGER_TEST_GOLDEN") == "write" {
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), text)
	}
	require.Equal(t, exports["hledger"], exported(t, programs()[0], store), "a second export is the same bytes")
}

func TestProgramsAgreeWithTheGoldenBook(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	requireAgreement(t, t.TempDir(), goldenBook(t), book)
}
