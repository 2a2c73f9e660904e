package storetest

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func closing() []clause {
	return []clause{
		{
			"a balance at a closed date is what it was then",
			"BalanceAt returns an account's balance at the end of a closed date, seen from its own side.",
			balancesAt,
		},
		{
			"a closed date takes nothing, a later one has not begun",
			"A record's date is the date that was open; a closed date takes nothing until it is reopened.",
			lateAndEarly,
		},
		{
			"closing a closed date again is replayed", "Closing a closed date again is replayed until the date is reopened.",
			func(t *testing.T, s *school) {
				var written atomic.Int64
				books := []*ledger.Book{s.book, s.openBook(t)}
				atOnce(8, func(i int) {
					receipt, err := books[i%len(books)].CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
					if err != nil {
						t.Error(err)
					}
					if !receipt.Replayed {
						written.Add(1)
					}
				})
				require.Equal(t, int64(1), written.Load())
				require.Equal(t, firstDay.AddDays(1), s.head(t).OpenDate)
			},
		},
		{
			"a close amid payments splits them cleanly", "A record's date is the date that was open; a closed date takes nothing until it is reopened.",
			closeAmidPayments,
		},
		{
			"a close may skip days", "Date must be the open date.",
			func(t *testing.T, s *school) {
				monday := firstDay.AddDays(6)
				_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: monday})
				require.ErrorIs(t, err, ledger.ErrDateNotOpen)
				_, err = s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay, Next: monday})
				require.NoError(t, err)
				require.Equal(t, monday, s.head(t).OpenDate)
				s.closeDay(t, monday)
			},
		},
	}
}

func (s *school) closeDay(t *testing.T, date ledger.Date) {
	t.Helper()
	_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: date})
	if err != nil {
		t.Error(err)
	}
}

func balancesAt(t *testing.T, s *school) {
	days := []ledger.Date{firstDay, firstDay.AddDays(1), firstDay.AddDays(2)}
	s.post(t, topUp(wallet1, 100))
	s.closeDay(t, days[0])
	s.post(t, topUp(wallet2, 50)) // the first wallet rests
	s.closeDay(t, days[1])
	s.post(t, payment(wallet1, 30))
	s.closeDay(t, days[2])
	for path, want := range map[string][]int64{
		wallet1: {100, 100, 70}, wallet2: {0, 50, 50}, bank: {100, 150, 150}, canteen: {0, 0, 30},
	} {
		for i, day := range days {
			amount, err := s.book.BalanceAt(t.Context(), path, day)
			require.NoError(t, err)
			require.Equal(t, yuan(want[i]), amount, "%s on %s", path, day)
		}
	}
	early, err := s.book.BalanceAt(t.Context(), wallet1, firstDay.AddDays(-1))
	require.NoError(t, err)
	require.Equal(t, yuan(0), early)
	_, err = s.book.BalanceAt(t.Context(), wallet1, firstDay.AddDays(3))
	require.ErrorIs(t, err, ledger.ErrInvalid, "the open date is not final")
	_, err = s.book.BalanceAt(t.Context(), wallet1, firstDay.AddDays(4))
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)

	latest := all(t, s.store.Closings(t.Context(), s.id, ledger.ClosingQuery{On: days[1]}))
	require.Len(t, latest, 6, "every account that was ever closed, once")
	require.Equal(t, ledger.Closing{Account: wallet1, Number: 3, Control: "2307", Currency: money.CNY, Date: days[0], Credits: 100}, latest[4])
	require.Equal(t, ledger.Closing{Account: wallet2, Number: 4, Control: "2307", Currency: money.CNY, Date: days[1], Credits: 50}, latest[5])
	one := all(t, s.store.Closings(t.Context(), s.id, ledger.ClosingQuery{Account: wallet1}))
	require.Equal(t, []ledger.Closing{
		{Account: wallet1, Number: 3, Control: "2307", Currency: money.CNY, Date: days[0], Credits: 100},
		{Account: wallet1, Number: 3, Control: "2307", Currency: money.CNY, Date: days[2], Debits: 30, Credits: 100},
	}, one)
}

func closeAmidPayments(t *testing.T, s *school) {
	books := []*ledger.Book{s.book, s.openBook(t)}
	var firstDays atomic.Int64
	atOnce(33, func(i int) {
		if i == 16 {
			s.closeDay(t, firstDay)
			return
		}
		receipt, err := books[i%len(books)].Post(t.Context(), topUp(wallet1, 1))
		if err != nil {
			t.Error(err)
		}
		if receipt.Record.Date == firstDay {
			firstDays.Add(1)
		}
	})
	amount, err := s.book.BalanceAt(t.Context(), wallet1, firstDay)
	require.NoError(t, err)
	require.Equal(t, firstDays.Load(), amount.Minor())
	require.Equal(t, int64(32), s.balance(t, wallet1))
}

func lateAndEarly(t *testing.T, s *school) {
	s.closeDay(t, firstDay)
	late := topUp(wallet1, 1)
	late.Date = firstDay
	_, err := s.book.Post(t.Context(), late)
	var date *ledger.DateError
	require.ErrorAs(t, err, &date)
	require.Equal(t, ledger.DateError{Date: firstDay, Open: firstDay.AddDays(1), Err: ledger.ErrDateClosed}, *date)
	late.Date = firstDay.AddDays(2)
	_, err = s.book.Post(t.Context(), late)
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)
	late.Date = ledger.Date{}
	require.Equal(t, firstDay.AddDays(1), s.post(t, late).Date)
}
