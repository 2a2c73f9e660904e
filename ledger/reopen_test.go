package ledger_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func (c *clocked) reopen(t *testing.T, date ledger.Date) ledger.Record {
	t.Helper()
	receipt, err := c.Reopen(t.Context(), ledger.Reopen{Date: date, By: "finance:1", Why: "forgotten sale"})
	require.NoError(t, err)
	return receipt.Record
}

func (c *clocked) closeDay(t *testing.T, date, next ledger.Date) ledger.Record {
	t.Helper()
	receipt, err := c.CloseDay(t.Context(), ledger.DayClose{Date: date, Next: next})
	require.NoError(t, err)
	require.False(t, receipt.Replayed)
	return receipt.Record
}

// at is the balance of wallet/a for a date as it was known at a position.
func (c *clocked) at(t *testing.T, date ledger.Date, seq int64) string {
	t.Helper()
	balance, err := c.BalanceAtAsOf(t.Context(), "wallet/a", date, seq)
	require.NoError(t, err)
	return balance.Decimal()
}

func (c *clocked) closing(t *testing.T, date ledger.Date) string {
	t.Helper()
	balance, err := c.BalanceAt(t.Context(), "wallet/a", date)
	require.NoError(t, err)
	return balance.Decimal()
}

func (c *clocked) seq(t *testing.T) int64 {
	t.Helper()
	head, err := c.Head(t.Context())
	require.NoError(t, err)
	return head.Seq
}

// Two dates are closed, the later is reopened, then the earlier, and all are
// closed again. What was posted on a date stays on it.
func TestReopenedDatesTakeWhatTheyLacked(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	first, second, third := firstDay, firstDay.AddDays(1), firstDay.AddDays(2)
	require.NoError(t, book.spend(t, "sale", "1")) // 99 at the end of the first
	book.closeDay(t, first, ledger.Date{})
	require.NoError(t, book.spend(t, "sale", "2")) // 97 at the end of the second
	book.closeDay(t, second, ledger.Date{})
	require.NoError(t, book.spend(t, "sale", "4")) // on the third: 93
	known := book.seq(t)
	require.Equal(t, []string{"99.00", "97.00", "93.00"}, []string{book.at(t, first, known), book.at(t, second, known), book.at(t, third, known)})

	reopened := book.reopen(t, second)
	require.Equal(t, third, reopened.Date, "the act is on the date that was open")
	require.Equal(t, second, reopened.Next)
	require.NoError(t, book.spend(t, "sale", "8")) // on the second
	_, err := book.BalanceAt(t.Context(), "wallet/a", second)
	require.ErrorIs(t, err, ledger.ErrInvalid, "it is open again")
	require.Equal(t, "99.00", book.closing(t, first))
	book.reopen(t, first)
	require.NoError(t, book.spend(t, "sale", "16")) // on the first
	_, err = book.Post(t.Context(), dated(second))
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)
	book.closeDay(t, first, ledger.Date{})
	require.Equal(t, "83.00", book.closing(t, first), "100 - 1 - 16")
	book.closeDay(t, second, ledger.Date{})
	require.Equal(t, "73.00", book.closing(t, second), "and 2 and 8 of the second")
	book.closeDay(t, third, ledger.Date{})
	require.Equal(t, "69.00", book.closing(t, third), "and 4 of the third")

	now := book.seq(t)
	require.Equal(t, []string{"83.00", "73.00", "69.00"}, []string{book.at(t, first, now), book.at(t, second, now), book.at(t, third, now)})
	require.Equal(t, []string{"99.00", "97.00", "93.00"}, []string{book.at(t, first, known), book.at(t, second, known), book.at(t, third, known)},
		"what was known then does not change")
	require.Equal(t, "97.00", book.at(t, first.AddDays(1), known))
	require.Equal(t, "0.00", book.at(t, first.AddDays(-1), now), "before everything")
	require.Equal(t, "69.00", book.at(t, ledger.DateOf(9999, 12, 31), now))
}

func dated(date ledger.Date) ledger.Transaction {
	late := spending("sale", "1")
	late.Date = date
	return late
}

func TestSkippedDatesHaveTheBalanceBefore(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	friday, monday := firstDay.AddDays(3), firstDay.AddDays(6)
	book.closeDay(t, firstDay, friday)
	require.NoError(t, book.spend(t, "sale", "1"))
	book.closeDay(t, friday, monday)
	require.NoError(t, book.spend(t, "sale", "2"))
	now := book.seq(t)
	require.Equal(t, "100.00", book.at(t, firstDay.AddDays(1), now))
	require.Equal(t, "99.00", book.at(t, friday.AddDays(1), now), "Saturday was never open")
	require.Equal(t, "99.00", book.closing(t, friday.AddDays(1)))

	// Friday is closed again, now with Saturday after it: what Monday has
	// stays on Monday.
	book.reopen(t, friday)
	saturday := friday.AddDays(1)
	book.closeDay(t, friday, saturday)
	require.NoError(t, book.spend(t, "sale", "4"))
	book.closeDay(t, saturday, monday)
	now = book.seq(t)
	require.Equal(t, "99.00", book.at(t, friday, now))
	require.Equal(t, "95.00", book.at(t, saturday, now))
	require.Equal(t, "95.00", book.closing(t, saturday))
	require.Equal(t, "93.00", book.at(t, monday, now))
}

func TestOnlyTheLatestCloseIsReopened(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	reopen := ledger.Reopen{Date: firstDay, By: "finance:1", Why: "test"}
	_, err := book.Reopen(t.Context(), reopen)
	require.ErrorIs(t, err, ledger.ErrCloseNotLatest, "it is open")
	book.closeDays(t, 2)
	_, err = book.Reopen(t.Context(), reopen)
	var dates *ledger.DateError
	require.ErrorAs(t, err, &dates)
	require.ErrorIs(t, err, ledger.ErrCloseNotLatest)
	require.Equal(t, firstDay.AddDays(2), dates.Open)

	reopen.Date = firstDay.AddDays(1)
	for i := range 2 {
		receipt, err := book.Reopen(t.Context(), reopen)
		require.NoError(t, err)
		require.Equal(t, i == 1, receipt.Replayed)
	}
	reopen.Why = "another reason"
	_, err = book.Reopen(t.Context(), reopen)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	again, err := book.CloseDay(t.Context(), ledger.DayClose{Date: reopen.Date})
	require.NoError(t, err)
	require.False(t, again.Replayed, "a reopened date is closed anew")
	again, err = book.CloseDay(t.Context(), ledger.DayClose{Date: reopen.Date})
	require.NoError(t, err)
	require.True(t, again.Replayed)
	receipt, err := book.Reopen(t.Context(), reopen)
	require.NoError(t, err)
	require.False(t, receipt.Replayed, "the second close has a reopening of its own")

	for name, bad := range map[string]ledger.Reopen{
		"no date":   {By: "a", Why: "b"},
		"nobody":    {Date: firstDay, Why: "b"},
		"no reason": {Date: firstDay, By: "a"},
	} {
		_, err := book.Reopen(t.Context(), bad)
		require.ErrorIs(t, err, ledger.ErrInvalid, name)
	}
}

func TestBalanceAsOfKnowsItsPositions(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	for seq, want := range []string{"0.00", "0.00", "0.00", "100.00"} {
		balance, err := book.BalanceAsOf(t.Context(), "wallet/a", int64(seq))
		require.NoError(t, err)
		require.Equal(t, want, balance.Decimal())
	}
	for _, seq := range []int64{-1, 4, 1<<63 - 1} {
		_, err := book.BalanceAsOf(t.Context(), "wallet/a", seq)
		require.ErrorIs(t, err, ledger.ErrRecordUnknown)
		_, err = book.BalanceAtAsOf(t.Context(), "wallet/a", firstDay, seq)
		require.ErrorIs(t, err, ledger.ErrRecordUnknown)
		_, err = book.TrialBalanceAsOf(t.Context(), seq)
		require.ErrorIs(t, err, ledger.ErrRecordUnknown)
	}
	_, err := book.BalanceAsOf(t.Context(), "nobody", 1)
	require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	_, err = book.BalanceAtAsOf(t.Context(), "wallet/a", ledger.Date{}, 1)
	require.ErrorIs(t, err, ledger.ErrInvalid)
}

func TestTrialBalancesAgree(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	first := book.seq(t)
	require.NoError(t, book.spend(t, "sale", "1"))
	closed := book.closeDay(t, firstDay, ledger.Date{})
	require.NoError(t, book.spend(t, "sale", "2"))
	book.closeDays(t, 1)
	require.NoError(t, book.spend(t, "sale", "4"))
	book.reopen(t, firstDay.AddDays(1))
	require.NoError(t, book.spend(t, "sale", "8"))

	merchant := func(totals []ledger.Total, err error) int64 {
		t.Helper()
		require.NoError(t, err)
		sum, of := int64(0), int64(0)
		for _, total := range totals {
			sum += total.Debits - total.Credits
			if total.Control == "2307" {
				of = total.Debits - total.Credits
			}
		}
		require.Zero(t, sum, "a trial balance sums to zero")
		return of
	}
	now := merchant(book.TrialBalance(t.Context()))
	require.Equal(t, int64(-100_00), now, "wallets and merchants together")
	require.Equal(t, now, merchant(book.TrialBalanceAsOf(t.Context(), book.seq(t))))
	require.Equal(t, int64(-100_00), merchant(book.TrialBalanceAsOf(t.Context(), first)))
	require.Zero(t, merchant(book.TrialBalanceAsOf(t.Context(), first-1)))
	at, err := book.TrialBalanceAt(t.Context(), firstDay)
	require.NoError(t, err)
	asOf, err := book.TrialBalanceAsOf(t.Context(), closed.Seq)
	require.NoError(t, err)
	require.Equal(t, at, asOf, "what was posted by a close is what was known there")
	_, err = book.TrialBalanceAt(t.Context(), firstDay.AddDays(1))
	require.ErrorIs(t, err, ledger.ErrInvalid, "reopened")
	_, err = book.TrialBalanceAt(t.Context(), ledger.Date{})
	require.ErrorIs(t, err, ledger.ErrInvalid)
}

func TestStatementsOnBothAxes(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	second := firstDay.AddDays(1)
	require.NoError(t, book.spend(t, "sale", "1"))
	book.closeDay(t, firstDay, ledger.Date{})
	require.NoError(t, book.spend(t, "sale", "2"))
	known := book.seq(t)
	book.closeDay(t, second, ledger.Date{})
	require.NoError(t, book.spend(t, "sale", "4"))
	book.reopen(t, second)
	require.NoError(t, book.spend(t, "sale", "8"))

	for name, c := range map[string]struct {
		query            ledger.StatementQuery
		amounts          string
		opening, closing string
	}{
		"everything":        {ledger.StatementQuery{}, "8.00 4.00 2.00 1.00 -100.00", "0.00", "-85.00"},
		"one date":          {ledger.StatementQuery{From: second, To: second}, "8.00 2.00", "-99.00", "-89.00"},
		"from a date":       {ledger.StatementQuery{From: second}, "8.00 4.00 2.00", "-99.00", "-85.00"},
		"to a date":         {ledger.StatementQuery{To: firstDay}, "1.00 -100.00", "0.00", "-99.00"},
		"after a position":  {ledger.StatementQuery{After: known}, "8.00 4.00", "-97.00", "-85.00"},
		"until a position":  {ledger.StatementQuery{Until: known}, "2.00 1.00 -100.00", "0.00", "-97.00"},
		"a date as known":   {ledger.StatementQuery{From: second, To: second, Until: known}, "2.00", "-99.00", "-97.00"},
		"a date since then": {ledger.StatementQuery{From: second, To: second, After: known}, "8.00", "-97.00", "-89.00"},
		"nothing":           {ledger.StatementQuery{From: firstDay.AddDays(9)}, "", "-85.00", "-85.00"},
		"before it all":     {ledger.StatementQuery{To: firstDay.AddDays(-1)}, "", "0.00", "0.00"},
	} {
		for _, limit := range []int{1, 2, 1000} {
			query, amounts := c.query, ""
			query.Limit = limit
			for more := true; more; {
				page, err := book.Statement(t.Context(), "wallet/a", query)
				require.NoError(t, err, name)
				require.Equal(t, c.opening, page.Opening.Decimal(), "%s: opening", name)
				require.Equal(t, c.closing, page.Closing.Decimal(), "%s: closing", name)
				for _, entry := range page.Entries {
					amounts += " " + entry.Amount.Decimal()
				}
				query.Cursor, more = page.Next, page.Next != ""
			}
			require.Equal(t, c.amounts, amounts[min(1, len(amounts)):], "%s in pages of %d", name, limit)
		}
	}
	for name, bad := range map[string]ledger.StatementQuery{
		"no limit":        {},
		"too many":        {Limit: 1001},
		"a strange page":  {Limit: 1, Cursor: "x"},
		"dates backwards": {Limit: 1, From: second, To: firstDay},
		"below zero":      {Limit: 1, After: -1},
	} {
		_, err := book.Statement(t.Context(), "wallet/a", bad)
		require.ErrorIs(t, err, ledger.ErrInvalid, name)
	}
}

func TestLastDateOfTheCalendarIsNotClosed(t *testing.T) {
	t.Parallel()
	last := ledger.DateOf(9999, 12, 31)
	book, err := ledger.Create(t.Context(), newMemory(), 1, ledger.Genesis{Name: "Test school", OpenDate: last}, nil)
	require.NoError(t, err)
	_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: last})
	require.ErrorIs(t, err, ledger.ErrInvalid, "no date could open after it")
}

// interrupted is a store in which something happens just before closings are
// read, once.
type interrupted struct {
	*memory
	then func()
}

func (i *interrupted) View(ctx context.Context) (ledger.View, error) {
	view, err := i.memory.View(ctx)
	return &interruptedView{view, i}, err
}

func (i *interrupted) interrupt() {
	if then := i.then; then != nil {
		i.then = nil
		then()
	}
}

func (i *interrupted) Closings(ctx context.Context, book ledger.BookID, q ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	i.interrupt()
	return i.memory.Closings(ctx, book, q)
}

type interruptedView struct {
	ledger.View
	store *interrupted
}

func (v *interruptedView) Closings(ctx context.Context, book ledger.BookID, q ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	v.store.interrupt()
	return v.View.Closings(ctx, book, q)
}

func TestBalancesOfADateAreReadAtOneMoment(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	store := &interrupted{memory: book.store}
	reader, err := ledger.Open(t.Context(), store, 1, nil)
	require.NoError(t, err)
	second := firstDay.AddDays(1)
	book.closeDays(t, 1)
	require.NoError(t, book.spend(t, "sale", "1"))
	for name, read := range map[string]func() int64{
		"balance": func() int64 {
			balance, err := reader.BalanceAt(t.Context(), "wallet/a", second)
			require.NoError(t, err)
			return balance.Minor()
		},
		"trial balance": func() int64 { return owed(t)(reader.TrialBalanceAt(t.Context(), second)) },
		"as of": func() int64 {
			head, err := book.Head(t.Context())
			require.NoError(t, err)
			return owed(t)(reader.TrialBalanceAsOf(t.Context(), head.Seq))
		},
	} {
		book.closeDays(t, 1)
		want := read()
		store.then = func() { book.reopen(t, second) }
		require.Equal(t, want, read(), name)
		require.Nil(t, store.then, "the date was reopened meanwhile")
	}
}

// owed returns what the accounts of control account 2307 are owed.
func owed(t *testing.T) func([]ledger.Total, error) int64 {
	return func(totals []ledger.Total, err error) int64 {
		t.Helper()
		require.NoError(t, err)
		for _, total := range totals {
			if total.Control == "2307" {
				return total.Credits
			}
		}
		return 0
	}
}
