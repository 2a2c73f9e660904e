package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func reopen() []clause {
	const undoes = "Reopen undoes the latest day close by a journaled record: its date opens again, takes transactions and must be closed anew."
	const later = "What was posted since on the later date keeps that date and is no part of the new closing."
	const latest = "Only the latest close can be reopened ([ErrCloseNotLatest]); the one before is then the latest."
	return []clause{
		{"a reopened date takes transactions and is closed anew", undoes, reopenAndClose},
		{"what was posted on the later date is no part of the new closing", later, reopenAhead},
		{"several dates are reopened one after the other, from the latest", latest, reopenSeveral},
		{"only the latest close is reopened", latest, func(t *testing.T, s *school) {
			s.closeDay(t, firstDay)
			s.closeDay(t, firstDay.AddDays(1))
			for _, date := range []ledger.Date{firstDay, firstDay.AddDays(2), firstDay.AddDays(9)} {
				_, err := s.book.Reopen(t.Context(), ledger.Reopen{Date: date, By: "finance:1", Why: "late slip"})
				require.ErrorIs(t, err, ledger.ErrCloseNotLatest)
			}
			s.reopenDay(t, firstDay.AddDays(1))
			s.reopenDay(t, firstDay)
			require.Equal(t, firstDay, s.head(t).OpenDate)
		}},
		{"the same reopening again is replayed", "The same reopening again is replayed until the date is closed again.", reopenReplayed},
		{
			"a reopening names who ordered it and why", "By and Why say who ordered it and for what reason; both are required.",
			func(t *testing.T, s *school) {
				s.closeDay(t, firstDay)
				for _, request := range []ledger.Reopen{{Date: firstDay, By: "finance:1"}, {Date: firstDay, Why: "late slip"}} {
					_, err := s.book.Reopen(t.Context(), request)
					require.ErrorIs(t, err, ledger.ErrInvalid)
				}
				record := s.reopenDay(t, firstDay)
				require.Equal(t, []string{ledger.KindReopen, "finance:1", "late slip"}, []string{record.Kind, record.By, record.Why})
				require.Equal(t, []ledger.Date{firstDay.AddDays(1), firstDay}, []ledger.Date{record.Date, record.Next})
			},
		},
		{"reopening and closing amid payments keeps every balance", later, reopenAmidPayments},
		{"a balance is asked for on two axes", "BalanceAtAsOf returns the balance of a business date as it was known at a journal position:", bothAxes},
		{
			"a balance is read after any record", "BalanceAsOf returns an account's balance after the record at a journal position, seen from its own side.",
			func(t *testing.T, s *school) {
				var seqs []int64
				for i := range int64(5) {
					seqs = append(seqs, s.post(t, topUp(wallet1, 10*(i+1))).Seq)
				}
				want := int64(0)
				for i, seq := range seqs {
					want += int64(10 * (i + 1))
					require.Equal(t, want, s.asOf(t, wallet1, seq))
					require.Equal(t, want, s.asOf(t, bank, seq))
				}
				require.Zero(t, s.asOf(t, wallet1, seqs[0]-1))
				require.Zero(t, s.asOf(t, wallet1, 0))
				_, err := s.book.BalanceAsOf(t.Context(), wallet1, seqs[4]+1)
				require.ErrorIs(t, err, ledger.ErrRecordUnknown)
			},
		},
	}
}

func (s *school) reopenDay(t testing.TB, date ledger.Date) ledger.Record {
	t.Helper()
	receipt, err := s.book.Reopen(t.Context(), ledger.Reopen{Date: date, By: "finance:1", Why: "late slip"})
	require.NoError(t, err)
	return receipt.Record
}

// at, asOf and atAsOf are balances at a date, at a position, and at both.
func (s *school) at(t testing.TB, path string, date ledger.Date) int64 {
	t.Helper()
	amount, err := s.book.BalanceAt(t.Context(), path, date)
	require.NoError(t, err)
	return amount.Minor()
}

func (s *school) asOf(t testing.TB, path string, seq int64) int64 {
	t.Helper()
	amount, err := s.book.BalanceAsOf(t.Context(), path, seq)
	require.NoError(t, err)
	return amount.Minor()
}

func (s *school) atAsOf(t testing.TB, path string, date ledger.Date, seq int64) int64 {
	t.Helper()
	amount, err := s.book.BalanceAtAsOf(t.Context(), path, date, seq)
	require.NoError(t, err)
	return amount.Minor()
}

func reopenAndClose(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 100))
	s.closeDay(t, firstDay)
	s.reopenDay(t, firstDay)
	require.Equal(t, firstDay, s.head(t).OpenDate)
	require.Empty(t, all(t, s.store.Closings(t.Context(), s.id, ledger.ClosingQuery{})))
	_, err := s.book.BalanceAt(t.Context(), wallet1, firstDay)
	require.ErrorIs(t, err, ledger.ErrInvalid, "it is open and not final")

	late := payment(wallet1, 30)
	late.Date = firstDay
	require.Equal(t, firstDay, s.post(t, late).Date)
	tomorrow := payment(wallet1, 1)
	tomorrow.Date = firstDay.AddDays(1)
	_, err = s.book.Post(t.Context(), tomorrow)
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)

	receipt, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
	require.NoError(t, err)
	require.False(t, receipt.Replayed)
	again, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
	require.NoError(t, err)
	require.Equal(t, ledger.Receipt{Record: receipt.Record, Replayed: true}, again)
	require.Equal(t, int64(70), s.at(t, wallet1, firstDay))
	require.Equal(t, []ledger.Closing{
		{Account: wallet1, Number: 3, Control: "2307", Currency: money.CNY, Date: firstDay, Debits: 30, Credits: 100},
	}, all(t, s.store.Closings(t.Context(), s.id, ledger.ClosingQuery{Account: wallet1})))
	s.reopenDay(t, firstDay) // and once more
	s.post(t, payment(wallet1, 5))
	s.closeDay(t, firstDay)
	require.Equal(t, int64(65), s.at(t, wallet1, firstDay))
}

// reopenAhead posts on the second day, then to the first again, and closes both.
// What the second wallet did on the second day comes before the first day's
// last close.
func reopenAhead(t *testing.T, s *school) {
	second := firstDay.AddDays(1)
	s.post(t, topUp(wallet1, 100))
	s.closeDay(t, firstDay)
	s.post(t, topUp(wallet2, 50))
	s.post(t, payment(wallet1, 10))
	s.reopenDay(t, firstDay)
	s.post(t, payment(wallet1, 30))
	s.closeDay(t, firstDay)
	require.Equal(t, []int64{70, 0, 100, 30}, s.allAt(t, firstDay))
	require.Equal(t, int64(60), s.balance(t, wallet1))
	require.Equal(t, second, s.head(t).OpenDate)
	s.post(t, payment(wallet1, 2))
	s.closeDay(t, second)
	require.Equal(t, []int64{70, 0, 100, 30}, s.allAt(t, firstDay))
	require.Equal(t, []int64{58, 50, 150, 42}, s.allAt(t, second))
}

// allAt returns the balances of the wallets, the bank and the canteen, once from
// the closings and once from the entries, which must agree.
func (s *school) allAt(t *testing.T, date ledger.Date) []int64 {
	t.Helper()
	var list []int64
	for _, path := range []string{wallet1, wallet2, bank, canteen} {
		list = append(list, s.at(t, path, date))
		require.Equal(t, list[len(list)-1], s.atAsOf(t, path, date, s.head(t).Seq), "%s on %s", path, date)
	}
	return list
}

// reopenSeveral goes back over three dates that each have transactions.
func reopenSeveral(t *testing.T, s *school) {
	days := []ledger.Date{firstDay, firstDay.AddDays(1), firstDay.AddDays(2)}
	s.post(t, topUp(wallet1, 100))
	s.closeDay(t, days[0])
	s.post(t, topUp(wallet2, 10))
	s.closeDay(t, days[1])
	s.post(t, payment(wallet2, 3))
	s.reopenDay(t, days[1])
	s.reopenDay(t, days[0])
	s.post(t, payment(wallet1, 1))
	for _, day := range days {
		s.closeDay(t, day)
	}
	require.Equal(t, []int64{99, 0, 100, 1}, s.allAt(t, days[0]))
	require.Equal(t, []int64{99, 10, 110, 1}, s.allAt(t, days[1]))
	require.Equal(t, []int64{99, 7, 110, 4}, s.allAt(t, days[2]))
}

func reopenReplayed(t *testing.T, s *school) {
	s.closeDay(t, firstDay)
	record := s.reopenDay(t, firstDay)
	request := ledger.Reopen{Date: firstDay, By: "finance:1", Why: "late slip"}
	again, err := s.openBook(t).Reopen(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, ledger.Receipt{Record: record, Replayed: true}, again)
	request.Why = "another reason"
	_, err = s.book.Reopen(t.Context(), request)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	s.closeDay(t, firstDay)
	anew, err := s.book.Reopen(t.Context(), request) // of the new close
	require.NoError(t, err)
	require.False(t, anew.Replayed)
}

func reopenAmidPayments(t *testing.T, s *school) {
	books := []*ledger.Book{s.book, s.openBook(t)}
	second := firstDay.AddDays(1)
	for range 3 {
		atOnce(21, func(i int) {
			if i == 10 {
				s.closeDay(t, firstDay)
			} else if _, err := books[i%2].Post(t.Context(), topUp(wallet1, 1)); err != nil {
				t.Error(err)
			}
		})
		atOnce(21, func(i int) {
			if i == 10 {
				s.reopenDay(t, firstDay)
			} else if _, err := books[i%2].Post(t.Context(), topUp(wallet1, 1)); err != nil {
				t.Error(err)
			}
		})
	}
	s.closeDay(t, firstDay)
	s.closeDay(t, second)
	perDate := make(map[ledger.Date]int64)
	for record, err := range s.book.Records(t.Context(), 0) {
		require.NoError(t, err)
		for _, line := range record.Lines {
			perDate[record.Date] += max(line.Amount.Minor(), 0)
		}
	}
	require.Equal(t, perDate[firstDay], s.at(t, wallet1, firstDay))
	require.Equal(t, int64(120), s.at(t, wallet1, second))
	require.Equal(t, int64(120), perDate[firstDay]+perDate[second])
}

func bothAxes(t *testing.T, s *school) {
	second := firstDay.AddDays(1)
	first := s.post(t, topUp(wallet1, 100)).Seq
	s.closeDay(t, firstDay)
	next := s.post(t, payment(wallet1, 10)).Seq
	s.reopenDay(t, firstDay)
	late := s.post(t, payment(wallet1, 30)).Seq
	for _, c := range []struct {
		date ledger.Date
		seq  int64
		want int64
	}{
		{firstDay, first - 1, 0},
		{firstDay, first, 100},
		{firstDay, next, 100},
		{firstDay, late - 1, 100},
		{firstDay, late, 70},
		{second, first, 100},
		{second, next, 90},
		{second, late, 60},
		{firstDay.AddDays(-1), late, 0},
		{second.AddDays(100), late, 60},
	} {
		require.Equal(t, c.want, s.atAsOf(t, wallet1, c.date, c.seq), "%s as known at %d", c.date, c.seq)
	}
	_, err := s.book.BalanceAtAsOf(t.Context(), wallet1, firstDay, late+1)
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
}
