package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// limit gives wallet/a limits, in place of those it has.
func (c *clocked) limit(t *testing.T, limits ...ledger.Limit) {
	t.Helper()
	_, err := c.ChangeAccount(t.Context(), ledger.Change{
		ID: ledger.NewID(), By: "guardian:1", Why: "test", Account: "wallet/a",
		Floor: cny("0"), Ceiling: cny("100"), Limits: limits, State: ledger.StateOpen,
	})
	require.NoError(t, err)
}

func (c *clocked) spend(t *testing.T, kind, amount string) error {
	t.Helper()
	_, err := c.Post(t.Context(), spending(kind, amount))
	return err
}

func spending(kind, amount string) ledger.Transaction {
	spent := transaction(ledger.Debit("wallet/a", cny(amount)), ledger.Credit("merchant/m", cny(amount)))
	spent.Kind = kind
	return spent
}

// closeDays ends as many business dates.
func (c *clocked) closeDays(t *testing.T, days int) {
	t.Helper()
	for range days {
		head, err := c.Head(t.Context())
		require.NoError(t, err)
		_, err = c.CloseDay(t.Context(), ledger.DayClose{Date: head.OpenDate})
		require.NoError(t, err)
	}
}

func (c *clocked) used(t *testing.T) ledger.Uses {
	t.Helper()
	account, err := c.Account(t.Context(), "wallet/a")
	require.NoError(t, err)
	return account.Used
}

func perDay(max string) ledger.Limit {
	return ledger.Limit{Name: "daily", Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny(max)}
}

func TestLimitWindows(t *testing.T) {
	t.Parallel()
	require.Equal(t, time.Tuesday, firstDay.Time().Weekday(), "the week has six days left")
	for _, test := range []struct {
		per              ledger.Window
		again, tomorrow  bool // whether 6 of a limit of 10 can be spent again at once, and the day after
		nextMonday, next bool // and on Monday, and the day after that
	}{
		{per: ledger.PerTransaction, again: true, tomorrow: true, nextMonday: true, next: true},
		{per: ledger.PerDay, tomorrow: true, nextMonday: true, next: true},
		{per: ledger.PerWeek, nextMonday: true},
	} {
		t.Run("per "+string(test.per), func(t *testing.T) {
			t.Parallel()
			book := newClocked(t)
			book.limit(t, ledger.Limit{Name: "cap", Side: ledger.DebitSide, Per: test.per, Max: cny("10")})
			require.ErrorIs(t, book.spend(t, "sale", "10.01"), ledger.ErrLimitExceeded)
			require.NoError(t, book.spend(t, "sale", "6"))
			expect := func(allowed bool) {
				t.Helper()
				err := book.spend(t, "sale", "6")
				if allowed {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, ledger.ErrLimitExceeded)
				}
			}
			expect(test.again)
			book.closeDays(t, 1)
			expect(test.tomorrow)
			book.closeDays(t, 5)
			expect(test.nextMonday)
			book.closeDays(t, 1)
			expect(test.next)
		})
	}
}

func TestLimitErrorSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"), ledger.Limit{Name: "weekly", Side: ledger.DebitSide, Per: ledger.PerWeek, Max: cny("12")})
	require.NoError(t, book.spend(t, "sale", "7"))
	err := book.spend(t, "sale", "4")
	var exceeded *ledger.LimitError
	require.ErrorAs(t, err, &exceeded)
	require.Equal(t, ledger.LimitError{
		Account: "wallet/a", Limit: "daily", Per: ledger.PerDay, Max: cny("10"), Used: cny("7"), Wanted: cny("4"),
	}, *exceeded)
	require.Equal(t, ledger.Refusal{
		Code: "limit_exceeded", Rule: "daily", Account: "wallet/a", Wanted: cny("4"), Available: cny("3"),
	}, ledger.Explain(err))
	book.closeDays(t, 1)
	require.ErrorAs(t, book.spend(t, "sale", "6"), &exceeded)
	require.Equal(t, "weekly", exceeded.Limit, "the limit with the least left is the one named")
}

func TestLimitsLookAtKinds(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t,
		ledger.Limit{Name: "sweets", Side: ledger.DebitSide, Per: ledger.PerDay, Kinds: []string{"sweets"}, Max: cny("2")},
		ledger.Limit{Name: "nothing-else", Side: ledger.DebitSide, Per: ledger.PerTransaction, Kinds: []string{"sale", "sweets"}, Except: true, Max: cny("0")})
	require.NoError(t, book.spend(t, "sale", "50"))
	require.NoError(t, book.spend(t, "sweets", "2"))
	require.Equal(t, "sweets", ledger.Explain(book.spend(t, "sweets", "0.01")).Rule)
	require.Equal(t, "nothing-else", ledger.Explain(book.spend(t, "shop", "0.01")).Rule)
	_, err := book.Post(t.Context(), topUp("20"))
	require.NoError(t, err, "the other side is free")
}

func TestUpToTakesWhatLimitsAllow(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"))
	for _, want := range []string{"8", "2", "0"} {
		receipt, err := book.Post(t.Context(), transaction(
			ledger.DebitUpTo("wallet/a", cny("8")), ledger.DebitRest("clearing/g"), ledger.Credit("merchant/m", cny("8"))))
		require.NoError(t, err)
		require.Equal(t, cny(want), receipt.Record.Lines[0].Amount)
	}
}

func TestOneAccountTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"))
	receipt, err := book.Post(t.Context(), transaction(
		ledger.Debit("wallet/a", cny("4")), ledger.DebitUpTo("wallet/a", cny("8")), ledger.DebitRest("clearing/g"),
		ledger.Credit("merchant/m", cny("14"))))
	require.NoError(t, err)
	require.Equal(t, cny("6"), receipt.Record.Lines[1].Amount)
	require.Equal(t, ledger.Uses{{Limit: "daily", Since: firstDay, Minor: 10_00}}, book.used(t))
}

func TestWhatIsUndoneInItsWindowIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, undo := range map[string]func(*testing.T, *clocked) error{
		"a reversal": func(t *testing.T, book *clocked) error {
			sale := spending("sale", "10")
			_, err := book.Post(t.Context(), sale)
			require.NoError(t, err)
			_, err = book.Reverse(t.Context(), ledger.Reversal{Of: sale.ID})
			return err
		},
		"a refund of the whole": func(t *testing.T, book *clocked) error {
			sale := spending("sale", "10")
			_, err := book.Post(t.Context(), sale)
			require.NoError(t, err)
			_, err = book.Refund(t.Context(), ledger.Refund{ID: ledger.NewID(), Of: sale.ID, Lines: []ledger.RefundLine{
				{Line: 0, Amount: cny("10")}, {Line: 1, Amount: cny("10")},
			}})
			return err
		},
		"a release": func(t *testing.T, book *clocked) error {
			hold := book.authorize(t, "10")
			require.ErrorIs(t, book.spend(t, "sale", "1"), ledger.ErrLimitExceeded, "a hold uses the limit")
			_, err := book.Release(t.Context(), ledger.Release{Hold: hold})
			return err
		},
		"an expiry": func(t *testing.T, book *clocked) error {
			book.authorize(t, "10")
			book.now = book.now.Add(time.Hour)
			_, err := book.ExpireHolds(t.Context())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book := newClocked(t)
			book.limit(t, perDay("10"))
			require.NoError(t, undo(t, book))
			require.Equal(t, ledger.Uses{{Limit: "daily", Since: firstDay}}, book.used(t))
			require.NoError(t, book.spend(t, "test", "10"))
		})
	}
}

func TestFinalCaptureGivesBackWhatItDidNotTake(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"))
	hold := book.authorize(t, "10")
	capture := ledger.Capture{ID: ledger.NewID(), Hold: hold, Amounts: []money.Amount{cny("4"), cny("4")}, Final: true}
	_, err := book.Capture(t.Context(), capture)
	require.NoError(t, err)
	require.Equal(t, ledger.Uses{{Limit: "daily", Since: firstDay, Minor: 4_00}}, book.used(t))
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: capture.ID})
	require.NoError(t, err)
	require.Equal(t, int64(4_00), book.used(t)[0].Minor, "a capture used nothing itself")
}

func TestLaterWindowGetsNothingBack(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"))
	sale := spending("sale", "8")
	_, err := book.Post(t.Context(), sale)
	require.NoError(t, err)
	book.closeDays(t, 1)
	require.NoError(t, book.spend(t, "sale", "5"))
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: sale.ID})
	require.NoError(t, err, "a correction is never limited")
	require.Equal(t, ledger.Uses{{Limit: "daily", Since: firstDay.AddDays(1), Minor: 5_00}}, book.used(t))
}

func TestReopenedDateLeavesALaterWindowAlone(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"))
	require.NoError(t, book.spend(t, "sale", "8"))
	book.closeDays(t, 1)
	book.reopen(t, firstDay)
	require.ErrorIs(t, book.spend(t, "sale", "3"), ledger.ErrLimitExceeded, "nothing came since: the window is what it was")
	book.closeDays(t, 1)
	require.NoError(t, book.spend(t, "sale", "9"))
	book.reopen(t, firstDay)
	require.NoError(t, book.spend(t, "sale", "3"), "a late entry")
	book.closeDays(t, 1)
	require.ErrorIs(t, book.spend(t, "sale", "2"), ledger.ErrLimitExceeded, "the later window still knows what was used")
	require.NoError(t, book.spend(t, "sale", "1"))
}

// A window that was used once is remembered, also if nothing is left used in
// it: what was not counted before it cannot be given back to what was.
func TestReopenedDateGivesNothingBackThatDidNotCount(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"))
	book.closeDays(t, 1)
	later := spending("sale", "2")
	_, err := book.Post(t.Context(), later)
	require.NoError(t, err)
	book.reopen(t, firstDay)
	uncounted := spending("sale", "8")
	_, err = book.Post(t.Context(), uncounted)
	require.NoError(t, err)
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: later.ID})
	require.NoError(t, err, "on the reopened date, so that it gives nothing back to the later one")
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: uncounted.ID})
	require.NoError(t, err)
	require.Equal(t, ledger.Uses{{Limit: "daily", Since: firstDay.AddDays(1), Minor: 2_00}}, book.used(t))
}

func TestWhatWasNotCountedIsNotGivenBack(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	before := spending("sale", "30")
	_, err := book.Post(t.Context(), before)
	require.NoError(t, err)
	book.limit(t, perDay("10"))
	require.NoError(t, book.spend(t, "sale", "6"))
	_, err = book.Refund(t.Context(), ledger.Refund{ID: ledger.NewID(), Of: before.ID, Lines: []ledger.RefundLine{
		{Line: 0, Amount: cny("30")}, {Line: 1, Amount: cny("30")},
	}})
	require.NoError(t, err)
	require.Equal(t, ledger.Uses{{Limit: "daily", Since: firstDay, Minor: 6_00}}, book.used(t))
	require.ErrorIs(t, book.spend(t, "sale", "5"), ledger.ErrLimitExceeded)
}

func TestChangedLimitsKeepWhatWasUsed(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.limit(t, perDay("10"), ledger.Limit{Name: "other", Side: ledger.DebitSide, Per: ledger.PerWeek, Max: cny("90")})
	require.NoError(t, book.spend(t, "sale", "6"))
	book.limit(t, perDay("8"))
	require.Equal(t, ledger.Uses{{Limit: "daily", Since: firstDay, Minor: 6_00}}, book.used(t))
	require.ErrorIs(t, book.spend(t, "sale", "3"), ledger.ErrLimitExceeded)
	require.NoError(t, book.spend(t, "sale", "2"))
	book.limit(t, perDay("5"))
	var exceeded *ledger.LimitError
	require.ErrorAs(t, book.spend(t, "sale", "1"), &exceeded)
	require.Equal(t, cny("0"), exceeded.Available(), "more was used than the limit allows now")
	weekly := perDay("20")
	weekly.Per = ledger.PerWeek
	book.limit(t, weekly)
	require.Empty(t, book.used(t), "another window is another limit")
}

func TestLimitsThatNoAccountCanHave(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	good := perDay("10")
	for name, change := range map[string]func(*ledger.Limit){
		"no name":         func(l *ledger.Limit) { l.Name = "" },
		"a space in it":   func(l *ledger.Limit) { l.Name = "a b" },
		"no side":         func(l *ledger.Limit) { l.Side = 0 },
		"no window":       func(l *ledger.Limit) { l.Per = "month" },
		"below zero":      func(l *ledger.Limit) { l.Max = cny("-1") },
		"other money":     func(l *ledger.Limit) { l.Max = money.Of(1, money.USD) },
		"a kind it isn't": func(l *ledger.Limit) { l.Kinds = []string{"Sale"} },
		"except nothing":  func(l *ledger.Limit) { l.Except = true },
		"our own kind":    func(l *ledger.Limit) { l.Kinds = []string{"ledger.reverse"} },
	} {
		limit := good
		change(&limit)
		_, err := book.ChangeAccount(t.Context(), ledger.Change{
			By: "test", ID: ledger.NewID(), Why: "test", Account: "wallet/a", Limits: ledger.Limits{limit}, State: ledger.StateOpen,
		})
		require.ErrorIs(t, err, ledger.ErrInvalid, name)
	}
	_, err := book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "test", Account: "wallet/a", Limits: ledger.Limits{good, good}, State: ledger.StateOpen,
	})
	require.ErrorIs(t, err, ledger.ErrInvalid, "one name twice")
}

func TestLimitTexts(t *testing.T) {
	t.Parallel()
	limits := ledger.Limits{perDay("10"), {
		Name: "x", Side: ledger.CreditSide, Per: ledger.PerWeek, Kinds: []string{"a", "b"}, Except: true, Max: cny("0"),
	}}
	text := limits.String()
	require.JSONEq(t, `[{"max":1000,"name":"daily","per":"day","side":"debit"},
		{"except":true,"kinds":["a","b"],"max":0,"name":"x","per":"week","side":"credit"}]`, text)
	parsed, err := ledger.ParseLimits(text, money.CNY)
	require.NoError(t, err)
	require.Equal(t, limits, parsed)
	uses := ledger.Uses{{Limit: "daily", Since: firstDay, Minor: 5}}
	require.Equal(t, `[["daily","2026-09-01",5]]`, uses.String())
	read, err := ledger.ParseUses(uses.String())
	require.NoError(t, err)
	require.Equal(t, uses, read)
	for _, bad := range []string{"{", `[{"max":1}]`, ` []`, `[{"max":1,"name":"a","per":"day","side":"debit","more":1}]`} {
		_, err := ledger.ParseLimits(bad, money.CNY)
		require.ErrorIs(t, err, ledger.ErrCorrupt, bad)
	}
	for _, bad := range []string{"{", `[["a","2026-09-01"]]`, `[["a","2026-13-01",1]]`, `[["a","2026-09-01",1.0]]`, ` [["a","2026-09-01",1]]`} {
		_, err := ledger.ParseUses(bad)
		require.ErrorIs(t, err, ledger.ErrCorrupt, bad)
	}
	none, err := ledger.ParseLimits("", money.CNY)
	require.NoError(t, err)
	require.Empty(t, none)
}
