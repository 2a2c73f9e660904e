package storetest_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestModelOnMemory(t *testing.T) { t.Parallel(); storetest.Model(t, openMemory) }

// A model that never captures a hold says nothing about captures.
func TestProgramsReachEveryCommandAndEveryCode(t *testing.T) {
	t.Parallel()
	const books, commands = 50, 400
	tally := make(storetest.Tally)
	for seed := range uint64(books) {
		dice := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // not a secret
		tally.Add(storetest.Program(t, storetest.NewMemory(), dice, commands))
	}
	for _, name := range []string{
		"Transaction", "Authorization", "Capture", "Release", "ExpireHolds", "Reversal", "Refund", "Opening", "Change", "Chart",
		"CloseDay", "Reopen", "PostAll", "PostLinked", "Preview",
		"Balance", "BalanceAt", "BalanceAsOf", "BalanceAtAsOf", "Statement", "Entries", "TrialBalance", "TrialBalanceAt", "TrialBalanceAsOf",
		"Hold", "AccountPage", "History", "Ageing", "Record", "Chart",
	} {
		require.Greater(t, tally.Done(name), books/2, "%s was hardly ever carried out: %v", name, tally[name])
	}
	unreachable := []string{
		"busy", "outcome_unknown", "corrupt", // of stores, not of rules
		"book_unknown", "book_exists", // a program has one book
		"record_rejected",  // of imports
		"hold_not_expired", // ExpireHolds asks for those that have
	}
	for _, condition := range ledger.Conditions() {
		if !slices.Contains(unreachable, condition.Code) {
			require.Positive(t, tally.Code(condition.Code), "nothing was answered with %s", condition.Code)
		}
	}
}

// early is a store whose readers look before the records that they ask for by id
// are there, though whoever locks the book then finds them.
type early struct{ ledger.Store }

func (s *early) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if len(query.IDs) > 0 {
		return func(func(ledger.StoredRecord, error) bool) {}
	}
	return s.Store.Records(ctx, book, query)
}

func TestRequestsThatOvertakeWhatTheyReferToAreAnsweredAll(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "Early", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	spec := ledger.AccountSpec{Path: "a", Control: "1", Side: ledger.DebitSide, Currency: money.CNY}
	other := spec
	other.Path = "b"
	_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{spec, other}})
	require.NoError(t, err)
	yuan := money.Of(100, money.CNY)
	sale := ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{ledger.Debit("a", yuan), ledger.Credit("b", yuan)}}
	hold := ledger.Authorization{Transaction: sale}
	hold.ID = ledger.NewID()
	capture := ledger.Capture{ID: ledger.NewID(), Hold: hold.ID, Amounts: []money.Amount{yuan, yuan}}
	refund := ledger.Refund{ID: ledger.NewID(), Of: sale.ID, Lines: []ledger.RefundLine{{Line: 0, Amount: yuan}, {Line: 1, Take: ledger.Rest}}}
	requests := []ledger.Request{
		sale, hold, capture, refund, ledger.Reversal{Of: capture.ID},
	}
	for _, request := range requests {
		require.NoError(t, book.PostAll(t.Context(), request)[0].Err)
	}

	overtaking, err := ledger.Open(t.Context(), &early{store}, 1, nil)
	require.NoError(t, err)
	for _, answer := range overtaking.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
		require.True(t, answer.Receipt.Replayed)
	}
	capture.Amounts = capture.Amounts[:1]
	_, err = overtaking.Capture(t.Context(), capture)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	refund.Lines[1].Line = 7
	_, err = overtaking.Refund(t.Context(), refund)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	_, err = overtaking.Release(t.Context(), ledger.Release{Hold: hold.ID})
	require.ErrorIs(t, err, ledger.ErrHoldUnknown, "it was looked for too early")
}

// Only what Ahead has is in an order.
func TestALockMayAnswerInAnyOrder(t *testing.T) {
	t.Parallel()
	store := reading(storetest.NewMemory(), func(s *ledger.Snapshot) {
		slices.Reverse(s.Accounts)
		slices.Reverse(s.Records)
		slices.Reverse(s.Holds)
		slices.Reverse(s.Refunds)
		slices.Reverse(s.All)
	})
	storetest.Program(t, store, rand.New(rand.NewPCG(1, 0)), 400) //nolint:gosec // not a secret
}

func TestASeedReplaysAProgram(t *testing.T) {
	t.Parallel()
	journal := func(seed uint64) string {
		store := storetest.NewMemory()
		storetest.Program(t, store, rand.New(rand.NewPCG(seed, 0)), 100) //nolint:gosec // not a secret
		head, err := store.Head(t.Context(), 1)
		require.NoError(t, err)
		return string(head.Tree)
	}
	first := journal(1)
	require.Equal(t, first, journal(1))
	require.NotEqual(t, first, journal(2))
}

func TestModelFillsBookAfterBookForAsLongAsItIsTold(t *testing.T) {
	t.Setenv("CAMPUSLEDGER_TEST_SEED", "")
	t.Setenv("CAMPUSLEDGER_TEST_COMMANDS", "10")
	t.Setenv("CAMPUSLEDGER_TEST_DURATION", "100ms")
	stores := 0
	storetest.Model(t, func(testing.TB) ledger.Store {
		stores++
		return storetest.NewMemory()
	})
	require.Greater(t, stores, 1)
}
