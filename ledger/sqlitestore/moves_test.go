package sqlitestore

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// moved is a book with payments between a bank and a wallet, the first at
// position 3 and the last at 152, far enough for two milestones of each, and an
// account that never moved.
func moved(t *testing.T) (*Store, string) {
	t.Helper()
	store, path := openStore(t)
	book := createBook(t, store)
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "wallet", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
		{Path: "idle", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	one := money.Of(1, money.CNY)
	var all []ledger.Transaction
	for range 150 {
		all = append(all, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
			ledger.Debit("bank", one), ledger.Credit("wallet", one),
		}})
	}
	for i := range all {
		_, err := book.Post(t.Context(), all[i])
		require.NoError(t, err)
	}
	milestones, err := collect(store.MilestoneRows(t.Context(), 1))
	require.NoError(t, err)
	require.Len(t, milestones, 4)
	return store, path
}

func seqsOf(t *testing.T, reader ledger.Reader, query ledger.MoveQuery) (seqs []int64) {
	t.Helper()
	for record, err := range reader.Moves(t.Context(), 1, query) {
		require.NoError(t, err)
		seqs = append(seqs, record.Seq)
	}
	return seqs
}

func down(from, to int64) (seqs []int64) {
	for ; from >= to; from-- {
		seqs = append(seqs, from)
	}
	return seqs
}

func TestMovesLieBetweenTwoPositions(t *testing.T) {
	t.Parallel()
	store, _ := moved(t)
	view := viewOf(t, store)
	for name, test := range map[string]struct {
		query ledger.MoveQuery
		want  []int64
	}{
		"all":                       {ledger.MoveQuery{}, down(152, 3)},
		"a page":                    {ledger.MoveQuery{Limit: 2}, down(152, 151)},
		"after a position":          {ledger.MoveQuery{After: 150}, down(152, 151)},
		"after the last":            {ledger.MoveQuery{After: 152}, nil},
		"before the newest":         {ledger.MoveQuery{Before: 152, Limit: 2}, down(151, 150)},
		"before what is to come":    {ledger.MoveQuery{Before: 999, Limit: 1}, down(152, 152)},
		"before a milestone":        {ledger.MoveQuery{Before: 130, Limit: 1}, down(129, 129)},
		"before what is before one": {ledger.MoveQuery{Before: 66, Limit: 3}, down(65, 63)},
		"after, before and most":    {ledger.MoveQuery{Before: 67, After: 60, Limit: 9}, down(66, 61)},
		"nothing in between":        {ledger.MoveQuery{Before: 5, After: 4}, nil},
		"before the first":          {ledger.MoveQuery{Before: 3}, nil},
	} {
		for _, account := range []string{"bank", "wallet"} {
			query := test.query
			query.Account = account
			require.Equal(t, test.want, seqsOf(t, store, query), "%s, %s", name, account)
			require.Equal(t, test.want, seqsOf(t, view, query), "%s, %s, in a view", name, account)
		}
	}
	for _, account := range []string{"idle", "nobody", ""} {
		require.Empty(t, seqsOf(t, store, ledger.MoveQuery{Account: account}))
		require.Empty(t, seqsOf(t, store, ledger.MoveQuery{Account: account, Before: 100}))
	}
}

func TestAWalkBeginsAtTheNextMilestone(t *testing.T) {
	t.Parallel()
	store, path := moved(t)
	byHand(t, path, "update journal set body = '' where seq > 130") // where nobody comes along
	require.Equal(t, down(119, 110), seqsOf(t, store, ledger.MoveQuery{Account: "wallet", Before: 120, Limit: 10}))
	byHand(t, path, "delete from milestone")
	err := failure(store.Moves(t.Context(), 1, ledger.MoveQuery{Account: "wallet", Before: 120, Limit: 10}))
	require.ErrorIs(t, err, ledger.ErrCorrupt, "without one it is further and not wrong")
}

// Whatever stands in the file, a walk ends, and says where it could not go on.
func TestABrokenChainIsCorrupt(t *testing.T) {
	t.Parallel()
	store, path := moved(t)
	other := ledger.Record{Book: 1, Seq: 100, ID: uuid.UUID{1}, Kind: "sale", Date: day, At: noon}
	line := ledger.Line{Account: "wallet", Amount: money.Of(-1, money.CNY), Balance: money.Of(-98, money.CNY), Side: ledger.CreditSide}
	for name, lines := range map[string][]ledger.Line{
		"that record":                 {withPrev(line, 100)},
		"a later one":                 {withPrev(line, 101)},
		"one before the first":        {withPrev(line, -1)},
		"none, as it moves no wallet": {withPrev(ledger.Line{Account: "bank", Amount: line.Amount, Balance: line.Balance, Side: line.Side}, 99)},
		"none, as it moves nothing":   {withPrev(ledger.Line{Account: "wallet", Amount: money.Zero(money.CNY), Balance: line.Balance, Side: ledger.DebitSide}, 99)},
	} {
		other.Lines = lines
		byHand(t, path, fmt.Sprintf("update journal set body = '%s' where seq = 100", other.Canonical()))
		requireBroken(t, store, name)
	}
	byHand(t, path, "update journal set body = '{' where seq = 100")
	requireBroken(t, store, "nothing that can be read")
	byHand(t, path, "delete from journal where seq = 100")
	requireBroken(t, store, "nothing, as it is missing")
}

func withPrev(l ledger.Line, prev int64) ledger.Line {
	l.Prev = prev
	return l
}

func requireBroken(t *testing.T, store *Store, name string) {
	t.Helper()
	for _, query := range []ledger.MoveQuery{{Account: "wallet"}, {Account: "wallet", Before: 101, Limit: 1}} {
		err := failure(store.Moves(t.Context(), 1, query))
		require.ErrorIs(t, err, ledger.ErrCorrupt, name)
		require.ErrorContains(t, err, "record 100", name)
	}
	require.Equal(t, down(152, 101), seqsOf(t, store, ledger.MoveQuery{Account: "wallet", After: 100}), "which is not reached")
}

// A loop over rows may read again: the rows of the outer loop go on.
func TestALoopMayReadTheSameAgain(t *testing.T) {
	t.Parallel()
	store, _ := moved(t)
	view := viewOf(t, store)
	for outer, err := range view.Moves(t.Context(), 1, ledger.MoveQuery{Account: "bank", Limit: 3}) {
		require.NoError(t, err)
		require.Equal(t, down(152, 3), seqsOf(t, view, ledger.MoveQuery{Account: "wallet"}))
		require.GreaterOrEqual(t, outer.Seq, int64(150))
	}
}

func TestAWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	store, _ := moved(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read := 0
	var last error
	for _, err := range store.Moves(ctx, 1, ledger.MoveQuery{Account: "wallet"}) {
		read++
		last = err
		cancel()
	}
	require.ErrorIs(t, last, context.Canceled)
	require.Equal(t, 2, read)
}
