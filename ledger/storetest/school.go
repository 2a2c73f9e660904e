package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// The accounts of every school. Wallets hold 0 to 1,000.00, the subsidy and the
// arrears are never below zero, the others have no bounds.
const (
	bank    = "bank/icbc"
	canteen = "merchant/canteen"
	wallet1 = "wallet/h1"
	wallet2 = "wallet/h2"
	subsidy = "subsidy/h1"
	arrears = "arrears/h1"
)

// walletMax is the ceiling of a wallet.
const walletMax = 1_000_00

var firstDay = ledger.DateOf(2026, time.September, 1)

// school is a book with a few accounts, and the shortest words to use it.
type school struct {
	id    ledger.BookID
	store ledger.Store
	book  *ledger.Book
}

func newSchool(t testing.TB, store ledger.Store, id ledger.BookID) *school {
	t.Helper()
	// A book that remembers accounts would hide what the store forgets.
	book, err := ledger.Create(t.Context(), store, id, ledger.Genesis{Name: "No. 1 School", OpenDate: firstDay}, &ledger.Options{KnownMax: -1})
	require.NoError(t, err)
	s := &school{id: id, store: store, book: book}
	zero := yuan(0)
	s.openAccounts(t,
		ledger.AccountSpec{Path: bank, Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		ledger.AccountSpec{Path: canteen, Control: "2202", Side: ledger.CreditSide, Currency: money.CNY},
		wallet(wallet1), wallet(wallet2),
		ledger.AccountSpec{Path: subsidy, Control: "2308", Side: ledger.CreditSide, Currency: money.CNY, Floor: zero},
		ledger.AccountSpec{Path: arrears, Control: "1221", Side: ledger.DebitSide, Currency: money.CNY, Floor: zero},
	)
	return s
}

func wallet(path string) ledger.AccountSpec {
	return ledger.AccountSpec{
		Path: path, Control: "2307", Side: ledger.CreditSide, Currency: money.CNY,
		Floor: yuan(0), Ceiling: yuan(walletMax),
	}
}

// yuan returns an amount of fen, the minor unit.
func yuan(fen int64) money.Amount { return money.Of(fen, money.CNY) }

// transaction returns one with a new id.
func transaction(kind string, postings ...ledger.Posting) ledger.Transaction {
	return ledger.Transaction{ID: ledger.NewID(), Kind: kind, Postings: postings}
}

func topUp(path string, fen int64) ledger.Transaction {
	return transaction("topup", ledger.Debit(bank, yuan(fen)), ledger.Credit(path, yuan(fen)))
}

func payment(path string, fen int64) ledger.Transaction {
	return transaction("sale", ledger.Debit(path, yuan(fen)), ledger.Credit(canteen, yuan(fen)))
}

// openBook opens the school's book once more, as another process would.
func (s *school) openBook(t testing.TB) *ledger.Book {
	t.Helper()
	book, err := ledger.Open(t.Context(), s.store, s.id, nil)
	require.NoError(t, err)
	return book
}

func (s *school) openAccounts(t testing.TB, specs ...ledger.AccountSpec) {
	t.Helper()
	_, err := s.book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: specs})
	require.NoError(t, err)
}

func (s *school) post(t testing.TB, transaction ledger.Transaction) ledger.Record {
	t.Helper()
	receipt, err := s.book.Post(t.Context(), transaction)
	require.NoError(t, err)
	return receipt.Record
}

func (s *school) balance(t testing.TB, path string) int64 {
	t.Helper()
	amount, err := s.book.Balance(t.Context(), path)
	require.NoError(t, err)
	return amount.Minor()
}

func (s *school) head(t testing.TB) ledger.Head {
	t.Helper()
	head, err := s.store.Head(t.Context(), s.id)
	require.NoError(t, err)
	return head
}

func (s *school) setState(t testing.TB, path string, state ledger.State) {
	t.Helper()
	account, err := s.book.Account(t.Context(), path)
	require.NoError(t, err)
	_, err = s.book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "test", Account: path, Floor: account.Floor, Ceiling: account.Ceiling,
		Limits: account.Limits, Metadata: account.Metadata, State: state,
	})
	require.NoError(t, err)
}

// hold locks the school's book, so that whoever writes has to wait.
func (s *school) hold(t testing.TB, need ledger.Need) ledger.Locked {
	t.Helper()
	locked, err := s.store.Lock(t.Context(), s.id, need)
	require.NoError(t, err)
	return locked
}

// atOnce calls f n times at the same moment and returns once all have ended.
func atOnce(n int, f func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	group.Wait()
}

// numbered returns a fixed id.
func numbered(n int) uuid.UUID { return ledger.KeyID("storetest", fmt.Sprint(n)) }
