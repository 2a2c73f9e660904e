package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// sieve is a store that keeps accounts in memory and nothing else: what is left
// is the cost of the rules.
type sieve struct {
	ledger.Store // none
	head         ledger.Head
	accounts     map[string]ledger.Account
}

func (s *sieve) Create(context.Context, ledger.BookID) error { return nil }

func (s *sieve) Lock(_ context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	snapshot := ledger.Snapshot{Head: s.head, Accounts: make([]ledger.Account, 0, len(need.Accounts))}
	snapshot.Head.Book = book
	for _, path := range need.Accounts {
		if account, ok := s.accounts[path]; ok {
			snapshot.Accounts = append(snapshot.Accounts, account)
		}
	}
	return &sieved{store: s, snapshot: snapshot}, nil
}

type sieved struct {
	store    *sieve
	snapshot ledger.Snapshot
}

func (*sieved) Write(context.Context, ledger.Changes) bool { return false }

func (s *sieved) Snapshot() ledger.Snapshot { return s.snapshot }
func (s *sieved) Records(context.Context, []uuid.UUID) ([]ledger.StoredRecord, error) {
	return nil, nil
}
func (s *sieved) Rollback(context.Context) error { return nil }

func (s *sieved) Commit(_ context.Context, c ledger.Changes) error {
	s.store.head = c.Head
	for _, accounts := range [][]ledger.Account{c.Opened, c.Updated} {
		for _, a := range accounts {
			s.store.accounts[a.Path] = a
		}
	}
	return nil
}

// BenchmarkRules posts payments in batches of 150 to a store that does nothing: what
// the rules cost a payment, where a commit costs none.
func BenchmarkRules(b *testing.B) {
	const wallets, batch = 10_000, 150
	store := &sieve{accounts: map[string]ledger.Account{}}
	book, err := ledger.Create(b.Context(), store, 1, ledger.Genesis{Name: "Rules", OpenDate: firstDay}, nil)
	require.NoError(b, err)
	for first := 0; first < wallets; first += 1000 {
		opening := ledger.Opening{ID: ledger.NewID()}
		for i := range 1000 {
			opening.Accounts = append(opening.Accounts, creditAccount(fmt.Sprintf("wallet/h%06d", first+i)))
		}
		_, err := book.OpenAccounts(b.Context(), opening)
		require.NoError(b, err)
	}
	_, err = book.OpenAccounts(b.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{creditAccount("merchant/m")}})
	require.NoError(b, err)
	document := json.RawMessage(`{"dishes":[["tomato-egg",1,"8.00"],["rice",1,"1.00"]],"terminal":1}`)
	payments := make([]ledger.Request, batch)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%batch > 0 {
			continue // an operation is a payment
		}
		for i := range payments {
			payments[i] = ledger.Transaction{
				ID: ledger.NewID(), Kind: "sale", By: "terminal:1", Document: document, Postings: []ledger.Posting{
					ledger.Debit(fmt.Sprintf("wallet/h%06d", (n*7+i*131)%wallets), cny("9")), ledger.Credit("merchant/m", cny("9")),
				},
			}
		}
		for _, answer := range book.PostAll(b.Context(), payments...) {
			require.NoError(b, answer.Err)
		}
	}
}

func creditAccount(path string) ledger.AccountSpec {
	return ledger.AccountSpec{Path: path, Control: "2307", Side: ledger.CreditSide, Currency: money.CNY}
}
