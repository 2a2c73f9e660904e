package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func limits() []clause {
	const caps = "Limit caps what one side of an account takes within a window."
	const windows = "Days and weeks are of business dates; a week begins on Monday (ISO 8601)."
	const counted = "What counts are the lines of transactions and of holds, when they are authorized."
	const given = "A reversal or a refund, and what a hold gives back when it ends, are never limited: within the same window they return what they undo, unless the account was changed in between."
	return []clause{
		{"a transaction takes no more than its limit", caps, func(t *testing.T, s *school) {
			s.limit(t, spending("", ledger.PerTransaction, 50))
			s.post(t, payment(wallet1, 50))
			s.refuseLimit(t, payment(wallet1, 51))
			s.refuseLimit(t, transaction("sale",
				ledger.Debit(wallet1, yuan(30)), ledger.Debit(wallet1, yuan(21)), ledger.Credit(canteen, yuan(51))))
			s.post(t, payment(wallet1, 50))
			s.post(t, topUp(wallet1, 60)) // the other side is free
		}},
		{"a day's limit begins anew with the next date", windows, func(t *testing.T, s *school) {
			s.limit(t, spending("", ledger.PerDay, 50))
			s.post(t, payment(wallet1, 30))
			s.refuseLimit(t, payment(wallet1, 21))
			s.post(t, payment(wallet1, 20))
			s.closeDay(t, firstDay)
			s.post(t, payment(wallet1, 50))
			s.refuseLimit(t, payment(wallet1, 1))
		}},
		{"a week's limit begins anew on Monday", windows, limitWeek},
		{
			"a limit looks at the kinds it names", "Kinds are the kinds of transaction that count, at most 16; none means every kind.",
			limitKinds,
		},
		{
			"a subsidy only buys meals", `A subsidy that only buys meals has a Max of zero for all kinds except "sale".`,
			subsidyBuysMeals,
		},
		{"what is taken up to its amount stops at the limit", caps, func(t *testing.T, s *school) {
			s.limit(t, spending("", ledger.PerDay, 70))
			s.post(t, topUp(subsidy, 10))
			require.Equal(t, []int64{-60, 10, 50, 0}, amounts(s.post(t, meal(60))))
			require.Equal(t, []int64{-60, 0, 20, 40}, amounts(s.post(t, meal(60))))
			require.Equal(t, []int64{-60, 0, 0, 60}, amounts(s.post(t, meal(60))))
		}},
		{"a limit's error says how much it allows", "LimitError says which limit of which account stands in the way.", limitError},
		{"a daily cap for ten payments lets ten of forty through", caps, limitAtOnce},
		{"a hold is counted once, when it is authorized", counted, limitHold},
		{"a refund or a reversal gives back within the window", given, limitGivesBack},
		{"a hold that ends gives back what it did not take", given, limitHoldGivesBack},
		{
			"a date that opens again leaves a later window alone",
			"On a date that was reopened, a limit of a day or a week does not look at an account that has used it in a later window since.",
			limitReopened,
		},
		{
			"what was used stays used when a limit is changed",
			"what was used of a limit stays used if its name, side and window stay.",
			limitChanged,
		},
		{"what was used is read with the account", "Used is how much of the limits was used.", func(t *testing.T, s *school) {
			s.limit(t, spending("day", ledger.PerDay, 70), spending("each", ledger.PerTransaction, 40), spending("week", ledger.PerWeek, 90))
			s.post(t, payment(wallet1, 30))
			account, err := s.book.Account(t.Context(), wallet1)
			require.NoError(t, err)
			require.Equal(t, ledger.Uses{
				{Limit: "day", Since: firstDay, Minor: 30}, {Limit: "week", Since: firstDay.AddDays(-1), Minor: 30}, // a Tuesday
			}, account.Used)
			require.Len(t, account.Limits, 3)
		}},
	}
}

// spending limits the debits of a wallet.
func spending(name string, per ledger.Window, fen int64) ledger.Limit {
	if name == "" {
		name = "guardian"
	}
	return ledger.Limit{Name: name, Side: ledger.DebitSide, Per: per, Max: yuan(fen)}
}

// limit fills the first wallet and limits it.
func (s *school) limit(t testing.TB, limits ...ledger.Limit) {
	t.Helper()
	s.post(t, topUp(wallet1, 500))
	s.setLimits(t, wallet1, limits...)
}

func (s *school) setLimits(t testing.TB, path string, limits ...ledger.Limit) {
	t.Helper()
	account, err := s.book.Account(t.Context(), path)
	require.NoError(t, err)
	_, err = s.book.ChangeAccount(t.Context(), ledger.Change{
		ID: ledger.NewID(), By: "guardian:7", Why: "wish of the guardian", Account: path,
		Floor: account.Floor, Ceiling: account.Ceiling, Limits: limits, State: account.State,
	})
	require.NoError(t, err)
}

// refuseLimit checks that a limit refuses the transaction.
func (s *school) refuseLimit(t testing.TB, refused ledger.Transaction) ledger.LimitError {
	t.Helper()
	_, err := s.book.Post(t.Context(), refused)
	require.ErrorIs(t, err, ledger.ErrLimitExceeded)
	var limit *ledger.LimitError
	require.ErrorAs(t, err, &limit)
	return *limit
}

// limitWeek goes from a Tuesday to the Sunday and the Monday after it.
func limitWeek(t *testing.T, s *school) {
	require.Equal(t, time.Tuesday, firstDay.Time().Weekday())
	s.limit(t, spending("", ledger.PerWeek, 50))
	s.post(t, payment(wallet1, 30))
	sunday := firstDay.AddDays(5)
	_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay, Next: sunday})
	require.NoError(t, err)
	s.refuseLimit(t, payment(wallet1, 21))
	s.post(t, payment(wallet1, 20))
	s.closeDay(t, sunday)
	s.post(t, payment(wallet1, 50))
	s.refuseLimit(t, payment(wallet1, 1))
}

func subsidyBuysMeals(t *testing.T, s *school) {
	s.post(t, topUp(subsidy, 300))
	s.setLimits(t, subsidy, ledger.Limit{
		Name: "meals-only", Side: ledger.DebitSide, Per: ledger.PerTransaction, Kinds: []string{"sale"}, Except: true, Max: yuan(0),
	})
	book := payment(subsidy, 1)
	book.Kind = "books"
	require.Equal(t, "meals-only", s.refuseLimit(t, book).Limit)
	require.Equal(t, []int64{-100, 100, 0, 0}, amounts(s.post(t, meal(100))))
	shop := meal(100)
	shop.Kind = "books"
	require.Equal(t, []int64{-100, 0, 0, 100}, amounts(s.post(t, shop)))
	require.Equal(t, int64(200), s.balance(t, subsidy))
}

func limitError(t *testing.T, s *school) {
	s.limit(t, spending("each", ledger.PerTransaction, 40), spending("day", ledger.PerDay, 70), spending("week", ledger.PerWeek, 90))
	s.post(t, payment(wallet1, 30))
	limit := s.refuseLimit(t, payment(wallet1, 45))
	require.Equal(t, ledger.LimitError{
		Account: wallet1, Limit: "each", Per: ledger.PerTransaction, Max: yuan(40), Used: yuan(0), Wanted: yuan(45),
	}, limit)
	require.Equal(t, yuan(40), limit.Available())
	s.post(t, payment(wallet1, 35))
	limit = s.refuseLimit(t, payment(wallet1, 6))
	require.Equal(t, ledger.LimitError{
		Account: wallet1, Limit: "day", Per: ledger.PerDay, Max: yuan(70), Used: yuan(65), Wanted: yuan(6),
	}, limit)
	require.Equal(t, yuan(5), limit.Available())
	s.closeDay(t, firstDay)
	limit = s.refuseLimit(t, payment(wallet1, 30))
	require.Equal(t, ledger.LimitError{
		Account: wallet1, Limit: "week", Per: ledger.PerWeek, Max: yuan(90), Used: yuan(65), Wanted: yuan(30),
	}, limit)
	require.Equal(t, ledger.Refusal{
		Code: "limit_exceeded", Rule: "week", Account: wallet1, Wanted: yuan(30), Available: yuan(25),
	}, ledger.Explain(&limit))
}

func limitAtOnce(t *testing.T, s *school) {
	s.limit(t, spending("", ledger.PerDay, 105))
	books := []*ledger.Book{s.book, s.openBook(t)}
	var paid atomic.Int64
	atOnce(40, func(i int) {
		if _, err := books[i%2].Post(t.Context(), payment(wallet1, 10)); err == nil {
			paid.Add(1)
		} else if ledger.CodeOf(err) != "limit_exceeded" {
			t.Error(err)
		}
	})
	require.Equal(t, int64(10), paid.Load())
	require.Equal(t, int64(400), s.balance(t, wallet1))
}

func limitHold(t *testing.T, s *school) {
	s.limit(t, spending("", ledger.PerDay, 50))
	hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 40)}).ID
	s.refuseLimit(t, payment(wallet1, 11))
	_, err := s.book.Authorize(t.Context(), ledger.Authorization{Transaction: payment(wallet1, 11)})
	require.ErrorIs(t, err, ledger.ErrLimitExceeded)
	s.capture(t, partOf(hold, 25, 25))
	s.refuseLimit(t, payment(wallet1, 11))
	s.capture(t, ledger.Capture{Hold: hold})
	s.post(t, payment(wallet1, 10))
	s.refuseLimit(t, payment(wallet1, 1))
}

func limitGivesBack(t *testing.T, s *school) {
	s.limit(t, spending("", ledger.PerDay, 50))
	first, second := s.post(t, payment(wallet1, 30)).ID, s.post(t, payment(wallet1, 20)).ID
	s.refund(t, refundOf(first, 10))
	s.refuseLimit(t, payment(wallet1, 11))
	_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: second})
	require.NoError(t, err)
	s.refuseLimit(t, payment(wallet1, 31))
	s.post(t, payment(wallet1, 30))

	s.closeDay(t, firstDay)
	s.post(t, payment(wallet1, 50))
	s.refund(t, refundOf(first, 20)) // it used another day's
	s.refuseLimit(t, payment(wallet1, 1))
}

func limitHoldGivesBack(t *testing.T, s *school) {
	clock := s.stopClock(t)
	s.limit(t, spending("", ledger.PerDay, 50))
	first := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 40)}).ID
	s.capture(t, partOf(first, 15, 15))
	s.release(t, first)
	s.refuseLimit(t, payment(wallet1, 36))
	expiring := ledger.Authorization{Transaction: payment(wallet1, 35), Expires: clock.now().Add(time.Second)}
	s.authorize(t, expiring)
	s.refuseLimit(t, payment(wallet1, 1))
	clock.advance(time.Second)
	require.Equal(t, 1, s.expired(t))
	final := partOf(s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 35)}).ID, 5, 5)
	final.Final = true
	s.capture(t, final)
	s.refuseLimit(t, payment(wallet1, 31))
	late := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 30)}).ID

	s.closeDay(t, firstDay)
	s.post(t, payment(wallet1, 50))
	s.release(t, late)
	s.refuseLimit(t, payment(wallet1, 1))
}

func limitReopened(t *testing.T, s *school) {
	s.limit(t, spending("", ledger.PerDay, 50))
	s.post(t, payment(wallet1, 40))
	s.closeDay(t, firstDay)
	s.reopenDay(t, firstDay)
	s.refuseLimit(t, payment(wallet1, 11)) // nothing was used since
	s.closeDay(t, firstDay)
	s.post(t, payment(wallet1, 30))
	s.reopenDay(t, firstDay)
	s.post(t, payment(wallet1, 100))
	s.closeDay(t, firstDay)
	require.Equal(t, yuan(30), s.refuseLimit(t, payment(wallet1, 21)).Used)
	s.post(t, payment(wallet1, 20))
}

func limitChanged(t *testing.T, s *school) {
	s.limit(t, spending("day", ledger.PerDay, 50), spending("week", ledger.PerWeek, 60))
	s.post(t, payment(wallet1, 40))
	s.setLimits(t, wallet1, spending("week", ledger.PerWeek, 100), spending("day", ledger.PerDay, 70))
	require.Equal(t, yuan(40), s.refuseLimit(t, payment(wallet1, 31)).Used)
	s.setLimits(t, wallet1, spending("day", ledger.PerWeek, 10))
	require.Equal(t, yuan(0), s.refuseLimit(t, payment(wallet1, 11)).Used)
	s.setLimits(t, wallet1)
	s.post(t, payment(wallet1, 100))
	s.setLimits(t, wallet1, spending("day", ledger.PerDay, 10)) // what nothing counted was not used
	s.post(t, payment(wallet1, 10))
}

func limitKinds(t *testing.T, s *school) {
	sweets := spending("sweets", ledger.PerDay, 20)
	sweets.Kinds = []string{"shop", "kiosk"}
	s.limit(t, sweets)
	shop := payment(wallet1, 20)
	shop.Kind = "shop"
	s.post(t, shop)
	kiosk := payment(wallet1, 1)
	kiosk.Kind = "kiosk"
	s.refuseLimit(t, kiosk)
	s.post(t, payment(wallet1, 100))
}
