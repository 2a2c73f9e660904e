package storetest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func balances() []clause {
	const commits = "Balances commit a day close to what every account stood at, in a few bytes: the root of a Merkle tree (RFC 6962, 2.1) with one leaf for each account, in the order of the accounts' numbers."
	const line = "BalanceLine returns the leaf of an account in the tree of [Balances]: its path, its currency, and all that was ever debited and credited up to and including the date closed, in minor units, as a JSON array without white space."
	const kept = "A store keeps those whose level is a multiple of [NodeLevels]."
	const later = "What was posted since on the later date keeps that date and is no part of the new closing."
	const query = "First and Last, if given, those with numbers from First to Last."
	return []clause{
		{"a close commits to the closings of all accounts, with movement or without", commits, closeCommits},
		{"an account's leaf is its path, its currency and its totals", line, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, 250))
			s.post(t, payment(wallet1, 30))
			record := s.closeBalances(t, firstDay)
			var leaves [][]byte
			for _, line := range []string{
				`["bank/icbc","CNY",250,0]`, `["merchant/canteen","CNY",0,30]`, `["wallet/h1","CNY",30,250]`, `["wallet/h2","CNY",0,0]`,
				`["subsidy/h1","CNY",0,0]`, `["arrears/h1","CNY",0,0]`,
			} {
				leaves = append(leaves, naiveLeaf([]byte(line)))
			}
			require.Equal(t, naiveCommitment(leaves), record.Balances)
		}},
		{"the nodes of a close's balances are kept, each close's by itself", kept, closeNodes},
		{"a date that is closed anew has balances anew, and the old nodes stay", kept, func(t *testing.T, s *school) {
			s.openMany(t, 300)
			first := s.closeBalances(t, firstDay)
			before := s.nodes(t, ledger.NodeQuery{Tree: first.Seq, Level: 8, Last: 9})
			require.Len(t, before, 1)
			s.reopenDay(t, firstDay)
			require.Equal(t, before, s.nodes(t, ledger.NodeQuery{Tree: first.Seq, Level: 8, Last: 9}))
			s.post(t, topUp("many/0001", 5))
			again := s.closeBalances(t, firstDay)
			require.NotEqual(t, first.Balances.Root, again.Balances.Root)
			s.requireBalances(t, again)
			require.Equal(t, before, s.nodes(t, ledger.NodeQuery{Tree: first.Seq, Level: 8, Last: 9}))
		}},
		{"what is posted ahead of a reopened date is no part of its balances", later, balancesAhead},
		{"closings are selected by the numbers of their accounts", query, closingNumbers},
	}
}

// closeBalances closes a date and returns the record.
func (s *school) closeBalances(t testing.TB, date ledger.Date) ledger.Record {
	t.Helper()
	receipt, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: date})
	require.NoError(t, err)
	return receipt.Record
}

// openMany opens wallets many/0001 and on.
func (s *school) openMany(t testing.TB, count int) {
	t.Helper()
	specs := make([]ledger.AccountSpec, count)
	for i := range specs {
		specs[i] = wallet(fmt.Sprintf("many/%04d", i+1))
	}
	s.openAccounts(t, specs...)
}

// requireBalances compares what a close says of all accounts, and the nodes
// that are kept of it, with the closings of its date.
func (s *school) requireBalances(t testing.TB, closed ledger.Record) {
	t.Helper()
	closings := all(t, s.store.Closings(t.Context(), s.id, ledger.ClosingQuery{On: closed.Date}))
	slices.SortFunc(closings, func(x, y ledger.Closing) int { return cmp.Compare(x.Number, y.Number) })
	var leaves [][]byte
	for i, c := range closings {
		require.EqualValues(t, i+1, c.Number, "every account has one")
		leaves = append(leaves, ledger.LeafHash(ledger.BalanceLine(c.Account, c.Currency, c.Debits, c.Credits)))
	}
	require.Equal(t, naiveCommitment(leaves), closed.Balances)
	require.Equal(t, naiveNodes(closed.Seq, leaves), s.nodes(t, ledger.NodeQuery{Tree: closed.Seq, Level: 8, Last: math.MaxInt64}))
}

func closeCommits(t *testing.T, s *school) {
	var closes []ledger.Record
	for day := range 4 {
		switch day {
		case 0:
			s.post(t, topUp(wallet1, 100))
		case 1:
			yen := ledger.AccountSpec{Path: "cash/yen", Control: "1001", Side: ledger.DebitSide, Currency: money.JPY}
			other := yen
			other.Path = "sales/yen"
			s.openAccounts(t, yen, other)
			s.post(t, transaction("sale", ledger.Debit(yen.Path, money.Of(800, money.JPY)), ledger.Credit(other.Path, money.Of(800, money.JPY))))
		case 2:
			s.post(t, payment(wallet1, 40)) // most accounts rest
		}
		record := s.closeBalances(t, firstDay.AddDays(day))
		require.Equal(t, s.head(t).Accounts, record.Balances.Accounts)
		closes = append(closes, record)
	}
	s.openMany(t, 3)
	require.Equal(t, []int64{6, 8, 8, 8}, []int64{
		closes[0].Balances.Accounts, closes[1].Balances.Accounts, closes[2].Balances.Accounts, closes[3].Balances.Accounts,
	})
	for _, record := range closes { // also once more was closed and opened
		s.requireBalances(t, record)
		read, err := s.book.Record(t.Context(), record.ID)
		require.NoError(t, err)
		require.Equal(t, record, read)
	}
	require.NotEqual(t, closes[1].Balances.Root, closes[2].Balances.Root)
	require.Equal(t, closes[2].Balances, closes[3].Balances, "nothing moved")
}

func closeNodes(t *testing.T, s *school) {
	s.openMany(t, 600)
	s.post(t, topUp("many/0300", 7))
	first := s.closeBalances(t, firstDay)
	s.post(t, transaction("gift", ledger.Debit("many/0300", yuan(2)), ledger.Credit("many/0301", yuan(2)))) // both in the second node
	second := s.closeBalances(t, firstDay.AddDays(1))
	for _, record := range []ledger.Record{first, second} {
		s.requireBalances(t, record)
	}
	whole := ledger.NodeQuery{Level: 8, Last: math.MaxInt64}
	require.Empty(t, s.nodes(t, whole), "the journal's tree is another one")
	whole.Tree = first.Seq
	before := s.nodes(t, whole)
	whole.Tree = second.Seq
	after := s.nodes(t, whole)
	require.Len(t, before, 2)
	require.Len(t, after, 2)
	require.Equal(t, before[0].Hash, after[0].Hash)
	require.NotEqual(t, before[1].Hash, after[1].Hash)
}

func balancesAhead(t *testing.T, s *school) {
	second := firstDay.AddDays(1)
	s.post(t, topUp(wallet1, 100))
	s.closeDay(t, firstDay)
	s.openMany(t, 2)
	s.post(t, topUp("many/0001", 50))
	s.post(t, payment(wallet1, 10))
	s.reopenDay(t, firstDay)
	s.post(t, payment(wallet1, 30))
	first := s.closeBalances(t, firstDay)
	require.EqualValues(t, 8, first.Balances.Accounts, "those opened on the later date too: they exist")
	s.requireBalances(t, first)
	require.Equal(t, []int64{70, 0, 100, 30}, s.allAt(t, firstDay))
	next := s.closeBalances(t, second)
	s.requireBalances(t, first)
	s.requireBalances(t, next)
	require.NotEqual(t, first.Balances.Root, next.Balances.Root)
}

func closingNumbers(t *testing.T, s *school) {
	second := firstDay.AddDays(1)
	s.closeDay(t, firstDay)
	s.post(t, topUp(wallet2, 5))
	s.closeDay(t, second)
	paths := []string{bank, canteen, wallet1, wallet2, subsidy, arrears} // by number, from 1
	for _, c := range []struct {
		query ledger.ClosingQuery
		want  []int64
	}{
		{ledger.ClosingQuery{}, []int64{6, 1, 1, 2, 5, 3, 4, 4}},
		{ledger.ClosingQuery{First: 4}, []int64{6, 5, 4, 4}},
		{ledger.ClosingQuery{Last: 3}, []int64{1, 1, 2, 3}},
		{ledger.ClosingQuery{First: 2, Last: 4}, []int64{2, 3, 4, 4}},
		{ledger.ClosingQuery{First: 2, Last: 4, On: second}, []int64{2, 3, 4}},
		{ledger.ClosingQuery{First: 1, Last: 1, On: firstDay}, []int64{1}},
		{ledger.ClosingQuery{First: 6, Last: math.MaxInt64, On: second}, []int64{6}},
		{ledger.ClosingQuery{First: 7, On: second}, nil},
		{ledger.ClosingQuery{First: 4, Last: 3}, nil},
		{ledger.ClosingQuery{Account: wallet2, First: 4, Last: 4}, []int64{4, 4}},
		{ledger.ClosingQuery{Account: wallet2, First: 5}, nil},
		{ledger.ClosingQuery{Account: wallet2, Last: 3, On: second}, nil},
	} {
		var numbers []int64
		for _, closing := range all(t, s.store.Closings(t.Context(), s.id, c.query)) {
			numbers = append(numbers, closing.Number)
			require.Equal(t, paths[closing.Number-1], closing.Account)
		}
		require.Equal(t, c.want, numbers, "%+v", c.query)
	}
}
