package storetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func periods() []clause {
	const balances = "Opening and Closing are the account's balance, debit positive, before the first and after the last entry of the whole selection. Closing is Opening and all its entries."
	const dates = "From and To bound the business dates, both included. The zero Date is no bound."
	const known = "Together with dates they give the period as it was known at a position."
	const agree = "In each currency their balances sum to zero."
	return []clause{
		{"a statement of dates has those and its balances", dates, func(t *testing.T, s *school) {
			s.fourDays(t)
			require.Equal(t, period{opening: -95, amounts: []int64{7, 20, 30}, closing: -38},
				s.period(t, ledger.StatementQuery{From: firstDay.AddDays(1), To: firstDay.AddDays(2)}))
			require.Equal(t, period{opening: 0, amounts: []int64{5, -100}, closing: -95},
				s.period(t, ledger.StatementQuery{To: firstDay}))
			require.Equal(t, period{opening: -38, amounts: []int64{1}, closing: -37},
				s.period(t, ledger.StatementQuery{From: firstDay.AddDays(3)}))
			require.Equal(t, period{opening: -37, closing: -37}, s.period(t, ledger.StatementQuery{From: firstDay.AddDays(9)}))
		}},
		{"a statement of positions has those and its balances", balances, func(t *testing.T, s *school) {
			seqs := s.fourDays(t)
			require.Equal(t, period{opening: -100, amounts: []int64{20, 30}, closing: -50},
				s.period(t, ledger.StatementQuery{After: seqs[0], Until: seqs[2]}))
			require.Equal(t, period{opening: 0, amounts: []int64{-100}, closing: -100}, s.period(t, ledger.StatementQuery{Until: seqs[0]}))
			require.Equal(t, period{opening: -37, closing: -37}, s.period(t, ledger.StatementQuery{After: seqs[5] + 100}))
		}},
		{"a period is read as it was known at a position", known, func(t *testing.T, s *school) {
			seqs := s.fourDays(t)
			require.Equal(t, period{opening: 0, amounts: []int64{-100}, closing: -100},
				s.period(t, ledger.StatementQuery{To: firstDay, Until: seqs[3]}))
			require.Equal(t, period{opening: -100, amounts: []int64{5}, closing: -95},
				s.period(t, ledger.StatementQuery{To: firstDay, After: seqs[3]}))
			require.Equal(t, period{opening: -100, amounts: []int64{20, 30}, closing: -50},
				s.period(t, ledger.StatementQuery{From: firstDay.AddDays(1), To: firstDay.AddDays(1), Until: seqs[3]}))
			require.Equal(t, period{opening: -45, amounts: []int64{1, 7}, closing: -37},
				s.period(t, ledger.StatementQuery{From: firstDay.AddDays(1), After: seqs[3]}))
		}},
		{"the pages of a period do not shift and have its balances", "Entries posted meanwhile do not shift the pages.", turnPeriod},
		{"the trial balance at a closed date sums to zero and agrees with the balances", agree, trialBalanceAt},
		{"the trial balance at a position sums to zero and agrees with the balances", agree, trialBalanceAsOf},
		{"the trial balance at a position counts each account once", agree, trialBalanceCounts},
		{
			"what is open ages by its due date",
			"What came in settles what is due first, and of that the oldest entry first. An entry is due on its record's Due, without one on its business date.",
			ageing,
		},
		{
			"ageing comes in the order of paths and leaves out what is settled", "Accounts come in the byte order of their paths.",
			func(t *testing.T, s *school) {
				for _, path := range []string{"arrears/h3", "arrears/h10", "arrears/h2"} {
					spec := wallet(path)
					spec.Side = ledger.DebitSide
					s.openAccounts(t, spec)
					s.post(t, transaction("sale", ledger.Debit(path, yuan(5)), ledger.Credit(canteen, yuan(5))))
				}
				s.post(t, transaction("topup", ledger.Debit(bank, yuan(5)), ledger.Credit("arrears/h2", yuan(5))))
				var paths []string
				for age, err := range s.book.Ageing(t.Context(), "arrears/", firstDay, 30) {
					require.NoError(t, err)
					paths = append(paths, age.Account)
				}
				require.Equal(t, []string{"arrears/h10", "arrears/h3"}, paths)
			},
		},
	}
}

// fourDays moves the first wallet on four dates, the first of which is reopened
// once. It returns the positions of the movements in the order of the journal.
func (s *school) fourDays(t *testing.T) []int64 {
	t.Helper()
	var seqs []int64
	pay := func(fen int64) { seqs = append(seqs, s.post(t, payment(wallet1, fen)).Seq) }
	seqs = append(seqs, s.post(t, topUp(wallet1, 100)).Seq)
	s.closeDay(t, firstDay)
	pay(30)
	pay(20)
	s.reopenDay(t, firstDay)
	seqs = append(seqs, s.head(t).Seq)
	pay(5) // late
	s.closeDay(t, firstDay)
	s.closeDay(t, firstDay.AddDays(1))
	pay(7)
	s.closeDay(t, firstDay.AddDays(2))
	pay(1)
	return seqs
}

// period is a statement without the particulars of its entries.
type period struct {
	opening, closing int64
	amounts          []int64
}

func (s *school) period(t *testing.T, q ledger.StatementQuery) period {
	t.Helper()
	q.Limit = 100
	page, err := s.book.Statement(t.Context(), wallet1, q)
	require.NoError(t, err)
	require.Empty(t, page.Next)
	p := period{opening: page.Opening.Minor(), closing: page.Closing.Minor()}
	sum := p.opening
	for _, entry := range page.Entries {
		p.amounts = append(p.amounts, entry.Amount.Minor())
		sum += entry.Amount.Minor()
	}
	require.Equal(t, p.closing, sum)
	return p
}

func turnPeriod(t *testing.T, s *school) {
	var want []int64
	for day := range 4 {
		for i := range int64(5) {
			fen := int64(10*day+1) + i
			s.post(t, topUp(wallet1, fen))
			if day == 1 || day == 2 {
				want = append(want, -fen)
			}
		}
		s.closeDay(t, firstDay.AddDays(day))
	}
	slices.Reverse(want)
	q := ledger.StatementQuery{From: firstDay.AddDays(1), To: firstDay.AddDays(2), Limit: 3}
	var read []int64
	for {
		page, err := s.book.Statement(t.Context(), wallet1, q)
		require.NoError(t, err)
		require.Equal(t, []int64{-15, -195}, []int64{page.Opening.Minor(), page.Closing.Minor()})
		for _, entry := range page.Entries {
			read = append(read, entry.Amount.Minor())
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
		s.post(t, topUp(wallet1, 1))
	}
	require.Equal(t, want, read)
}

// requireTotals compares totals with the balances of the accounts.
func (s *school) requireTotals(t *testing.T, got []ledger.Total, balance func(path string) money.Amount) {
	t.Helper()
	want := make(map[string]int64)
	for _, account := range all(t, s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{})) {
		want[account.Control+account.Currency.Code()] += int64(account.Side) * balance(account.Path).Minor()
	}
	sums := make(map[money.Currency]int64)
	for _, total := range got {
		sums[total.Currency] += total.Balance().Minor()
		require.Equal(t, want[total.Control+total.Currency.Code()], total.Balance().Minor(), total.Control)
		delete(want, total.Control+total.Currency.Code())
	}
	for currency, sum := range sums {
		require.Zero(t, sum, currency)
	}
	for control, sum := range want {
		require.Zero(t, sum, "%s is missing", control)
	}
}

func trialBalanceAt(t *testing.T, s *school) {
	s.fourDays(t)
	s.post(t, topUp(wallet2, 9))
	for day := range 3 {
		date := firstDay.AddDays(day)
		totals, err := s.book.TrialBalanceAt(t.Context(), date)
		require.NoError(t, err)
		require.NotEmpty(t, totals)
		s.requireTotals(t, totals, func(path string) money.Amount {
			amount, err := s.book.BalanceAt(t.Context(), path, date)
			require.NoError(t, err)
			return amount
		})
	}
	_, err := s.book.TrialBalanceAt(t.Context(), firstDay.AddDays(3))
	require.ErrorIs(t, err, ledger.ErrInvalid)
	_, err = s.book.TrialBalanceAt(t.Context(), firstDay.AddDays(4))
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)
	totals, err := s.book.TrialBalanceAt(t.Context(), firstDay.AddDays(-1))
	require.NoError(t, err)
	require.Empty(t, totals)
}

func trialBalanceAsOf(t *testing.T, s *school) {
	s.fourDays(t)
	last := s.post(t, topUp(wallet2, 9)).Seq
	for seq := range last + 1 {
		totals, err := s.book.TrialBalanceAsOf(t.Context(), seq)
		require.NoError(t, err)
		s.requireTotals(t, totals, func(path string) money.Amount {
			amount, err := s.book.BalanceAsOf(t.Context(), path, seq)
			require.NoError(t, err)
			return amount
		})
	}
	now, err := s.book.TrialBalance(t.Context())
	require.NoError(t, err)
	then, err := s.book.TrialBalanceAsOf(t.Context(), last)
	require.NoError(t, err)
	require.Subset(t, now, then, "those never moved are in one only")
	s.closeDay(t, firstDay.AddDays(3))
	s.post(t, payment(wallet2, 4))
	now, err = s.book.TrialBalance(t.Context())
	require.NoError(t, err)
	then, err = s.book.TrialBalanceAsOf(t.Context(), s.head(t).Seq)
	require.NoError(t, err)
	require.Subset(t, now, then)
	_, err = s.book.TrialBalanceAsOf(t.Context(), last+3)
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
}

// ageing owes 50 without a due date and 30 and 20 with one, and repays 60.
func ageing(t *testing.T, s *school) {
	owe := func(fen int64, due ledger.Date) {
		sale := transaction("sale", ledger.Debit(arrears, yuan(fen)), ledger.Credit(canteen, yuan(fen)))
		sale.Due = due
		s.post(t, sale)
	}
	owe(50, ledger.Date{})
	owe(30, firstDay.AddDays(10))
	hold := ledger.Authorization{Transaction: transaction("sale", ledger.Debit(arrears, yuan(20)), ledger.Credit(canteen, yuan(20)))}
	hold.Due = firstDay.AddDays(40)
	s.capture(t, ledger.Capture{Hold: s.authorize(t, hold).ID})
	age := func(on ledger.Date) ledger.Age {
		list := all(t, s.book.Ageing(t.Context(), "arrears/", on, 5, 30))
		require.Len(t, list, 1)
		return list[0]
	}
	overdue := func(fen ...int64) []money.Amount {
		var list []money.Amount
		for _, minor := range fen {
			list = append(list, yuan(minor))
		}
		return list
	}
	require.Equal(t, ledger.Age{Account: arrears, Open: yuan(100), NotDue: yuan(50), Overdue: overdue(0, 50, 0)}, age(firstDay.AddDays(10)))
	require.Equal(t, ledger.Age{Account: arrears, Open: yuan(100), NotDue: yuan(20), Overdue: overdue(30, 50, 0)}, age(firstDay.AddDays(15)))
	require.Equal(t, ledger.Age{Account: arrears, Open: yuan(100), NotDue: yuan(20), Overdue: overdue(0, 30, 50)}, age(firstDay.AddDays(36)))
	s.post(t, transaction("topup", ledger.Debit(bank, yuan(60)), ledger.Credit(arrears, yuan(60))))
	require.Equal(t, ledger.Age{Account: arrears, Open: yuan(40), NotDue: yuan(40), Overdue: overdue(0, 0, 0)}, age(firstDay.AddDays(10)))
	require.Equal(t, ledger.Age{Account: arrears, Open: yuan(40), NotDue: yuan(0), Overdue: overdue(20, 0, 20)}, age(firstDay.AddDays(41)))
	for _, err := range s.book.Ageing(t.Context(), "", firstDay, 30, 30) {
		require.ErrorIs(t, err, ledger.ErrInvalid)
	}
}

func trialBalanceCounts(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 100))
	s.closeDay(t, firstDay)
	s.post(t, topUp(wallet2, 9))
	s.post(t, payment(wallet1, 30))
	now, err := s.book.TrialBalance(t.Context())
	require.NoError(t, err)
	then, err := s.book.TrialBalanceAsOf(t.Context(), s.head(t).Seq)
	require.NoError(t, err)
	require.ElementsMatch(t, now, then)
}
