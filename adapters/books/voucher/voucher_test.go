package voucher_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// shown is a line in short.
func shown(l voucher.Line) string {
	side := "借"
	if l.Side == ledger.CreditSide {
		side = "贷"
	}
	return fmt.Sprint(side, " ", l.Subject.Code, l.Partner, l.Project, l.Department, " ", l.Amount.Decimal())
}

func shownAll(v voucher.Voucher) []string {
	var all []string
	for _, line := range v.Lines {
		all = append(all, shown(line))
	}
	return all
}

func vouchersOf(t *testing.T, s *school, p voucher.Period) []voucher.Voucher {
	t.Helper()
	vouchers, err := s.exporter(nil).Vouchers(t.Context(), p)
	require.NoError(t, err)
	for _, v := range vouchers {
		requireBalanced(t, v)
	}
	return vouchers
}

// requireBalanced adds up a voucher in each system.
func requireBalanced(t *testing.T, v voucher.Voucher) {
	t.Helper()
	sums := map[voucher.System]int64{}
	for _, line := range v.Lines {
		require.Positive(t, line.Amount.Minor())
		sums[line.Subject.System()] += int64(line.Side) * line.Amount.Minor()
	}
	require.Zero(t, sums[voucher.Financial], v.Date)
	require.Zero(t, sums[voucher.Budget], v.Date)
}

func TestVouchersSumADayBySubjectItemsAndSide(t *testing.T) {
	t.Parallel()
	s := played(t)
	vouchers := vouchersOf(t, s, september)
	require.Equal(t, []string{
		"借 1001 420.00", "借 1021 1050.00", "借 1212 300.00", "借 230701 66.50", "借 230703canteen2 3.00",
		"贷 1001 300.00", "贷 1212 1350.00", "贷 121801 21.00", "贷 121802 120.00", "贷 230701 32.00", "贷 230703canteen1 9.50", "贷 230703canteen2 7.00",
		"借 6101 300.00", "借 8001 550.00", "贷 6101 550.00", "贷 8001 300.00",
	}, shownAll(vouchers[1]))

	// Drill-down: the wallet's debits of the second are a sale of before the
	// first was reopened, a fee and a sale.
	wallet := vouchers[1].Lines[3]
	require.Equal(t, "学生预存款", wallet.Subject.Name)
	require.Equal(t, []string{campus.KindSale, campus.KindFeePaid}, wallet.Kinds)
	require.Equal(t, 3, wallet.Records)
	records := map[int64]ledger.Date{}
	for record, err := range s.book.Records(t.Context(), 0) {
		require.NoError(t, err)
		records[record.Seq] = record.Date
	}
	require.Equal(t, day(2), records[wallet.First])
	require.Equal(t, day(2), records[wallet.Last])
	require.Equal(t, day(1), records[wallet.First+2], "others may lie between")
}

func TestVouchersAreOfClosedDatesThatMovedMoney(t *testing.T) {
	t.Parallel()
	s := played(t)
	var dates []ledger.Date
	var numbers []int
	for _, v := range vouchersOf(t, s, september) {
		dates, numbers = append(dates, v.Date), append(numbers, v.Number)
	}
	require.Equal(t, []ledger.Date{day(1), day(2), day(4)}, dates, "nothing happened on the third")
	require.Equal(t, []int{1, 2, 3}, numbers)

	exporter := s.exporter(nil)
	_, err := exporter.Vouchers(t.Context(), voucher.Period{From: day(1), To: day(5)})
	require.ErrorIs(t, err, ledger.ErrInvalid, "the fifth is open")
	require.ErrorContains(t, err, "2026-09-05 is still open")
	_, err = exporter.Vouchers(t.Context(), voucher.Period{From: day(1), To: day(6)})
	require.ErrorIs(t, err, ledger.ErrDateNotOpen)
	for _, p := range []voucher.Period{{}, {From: day(1)}, {To: day(1)}, {From: day(2), To: day(1)}} {
		_, err = exporter.Vouchers(t.Context(), p)
		require.ErrorIs(t, err, ledger.ErrInvalid)
	}
}

func TestNumbersFollowFromTheJournalAlone(t *testing.T) {
	t.Parallel()
	s := played(t)
	whole := vouchersOf(t, s, september)
	for from := 1; from <= 4; from++ {
		for to := from; to <= 4; to++ {
			p := voucher.Period{From: day(from), To: day(to)}
			var want []voucher.Voucher
			for _, v := range whole {
				if !v.Date.Before(p.From) && !p.To.Before(v.Date) {
					want = append(want, v)
				}
			}
			require.Equal(t, want, vouchersOf(t, s, p), "%v", p)
		}
	}
}

func TestNumbersBeginAnewWithAMonth(t *testing.T) {
	t.Parallel()
	s := played(t)
	for n := 5; n <= 33; n++ {
		if n == 30 || n == 31 || n == 33 {
			s.topUp("h1", "1")
		}
		s.closeDay(n)
	}
	vouchers := vouchersOf(t, s, voucher.Period{From: day(4), To: day(33)})
	var got []string
	for _, v := range vouchers {
		got = append(got, fmt.Sprint(v.Date, " ", v.Number))
	}
	require.Equal(t, []string{"2026-09-04 3", "2026-09-05 4", "2026-09-30 5", "2026-10-01 1", "2026-10-03 2"}, got)
	october := ledger.DateOf(2026, time.October, 3)
	require.Equal(t, vouchers[4:], vouchersOf(t, s, voucher.Period{From: october, To: october}), "numbered from the month's first day")
}

// A date that is open again is no voucher; closed at last, it has what came
// late, and a date after it what was posted before.
func TestAReopenedDateIsAsItWasClosedAtLast(t *testing.T) {
	t.Parallel()
	s := played(t)
	before := vouchersOf(t, s, september)
	s.sell("h1", "canteen1", "1.11") // on the fifth
	for _, n := range []int{4, 3, 2, 1} {
		s.reopenDay(n)
	}
	exporter := s.exporter(nil)
	_, err := exporter.Vouchers(t.Context(), voucher.Period{From: day(1), To: day(1)})
	require.ErrorIs(t, err, ledger.ErrInvalid)
	s.sell("h1", "canteen1", "0.50")
	s.closeDay(1)
	s.sell("h2", "canteen1", "0.25")
	s.closeDay(2)
	s.topUp("h1", "3") // on the third, which had nothing
	s.closeDay(3)
	s.closeDay(4)

	after := vouchersOf(t, s, september)
	require.Len(t, after, 4)
	merchantOf := func(v voucher.Voucher) money.Amount {
		for _, line := range v.Lines {
			if line.Partner == "canteen1" && line.Side == ledger.CreditSide {
				return line.Amount
			}
		}
		return money.Zero(money.CNY)
	}
	require.Equal(t, cny("35.50"), merchantOf(before[0]))
	require.Equal(t, cny("36.00"), merchantOf(after[0]))
	require.Equal(t, cny("9.75"), merchantOf(after[1]))
	require.Equal(t, day(3), after[2].Date)
	require.Equal(t, before[2].Lines, after[3].Lines, "the fourth is as it was")
	require.Equal(t, 4, after[3].Number, "and comes later")
	s.closeDay(5)
	fifth := vouchersOf(t, s, voucher.Period{From: day(5), To: day(5)})
	require.Equal(t, cny("1.11"), merchantOf(fifth[0]), "posted before the first was reopened")
}

// Captures are what their holds were for.
func TestVouchersTakeCapturesAndLeaveHolds(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.topUp("h1", "10")
	hold := ledger.Authorization{Transaction: s.chart.Sale(campus.Sale{Event: s.event(), Holder: "h1", Merchant: "canteen1", Price: cny("4")})}
	_, err := s.book.Authorize(t.Context(), hold)
	require.NoError(t, err)
	_, err = s.book.Capture(t.Context(), ledger.Capture{ID: s.event().ID, Hold: hold.ID})
	require.NoError(t, err)
	hold.ID = s.event().ID
	_, err = s.book.Authorize(t.Context(), hold)
	require.NoError(t, err)
	s.closeDay(1)
	lines := vouchersOf(t, s, voucher.Period{From: day(1), To: day(1)})[0].Lines
	require.Equal(t, "借 230701 4.00", shown(lines[1]))
	require.Equal(t, []string{campus.KindSale}, lines[1].Kinds)
	require.Equal(t, 1, lines[1].Records)
}

func TestARecordCountsOnceInALine(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.topUp("h1", "10")
	s.topUp("h2", "10")
	s.post(ledger.Transaction{ID: s.event().ID, Kind: "class.trip", Postings: []ledger.Posting{
		ledger.Debit("wallet/h1", cny("1")), ledger.Debit("wallet/h2", cny("2")), ledger.Credit("agency/books", cny("3")),
	}})
	s.closeDay(1)
	line := vouchersOf(t, s, voucher.Period{From: day(1), To: day(1)})[0].Lines[1]
	require.Equal(t, "借 230701 3.00", shown(line))
	require.Equal(t, 1, line.Records)
	require.Equal(t, "class.trip 记录6", line.Abstract(60))
}

func TestAMappingMayLeaveItemsAndSubjectsTogether(t *testing.T) {
	t.Parallel()
	s := played(t)
	mapping := mustParse(t, "bank,,,100201,基本户,资金,,,,,,\ncash,,,1001,,资金,,,出纳室,,,\nclearing,,,1021,,资金,{2},,,,,\n"+
		",,2307.01,2307,,代管,,,,,,\n,,2307.02,2307,,代管,,,,,,\n,,2307.03,2307,,代管,,,,,,\n,,2307.04,2307,,代管,,,,,,\n"+
		",,2307.05,2307,,代管,,,,,,\n,,2307.06,2307,,代管,,,,,,\narrears,,,1218,,代管,,,,,,\nfee,,,1218,,代管,,,,,,\n"+
		"fee,income/bus,,1212,,预算内,,,,6609,,\nincome,,,4609,,预算内,,,,6609,,\nexpense,,,5901,,预算内,,,,7901,,\n"+
		"suspense,,,2307,,代管,,,,,,\ntreasury,,,2103,,代管,,,,,,\n,,,800102,货币资金,资金结存,,,,,,\n")
	exporter := s.exporter(&voucher.Options{Mapping: mapping})
	require.NoError(t, exporter.Check(t.Context()))
	vouchers, err := exporter.Vouchers(t.Context(), september)
	require.NoError(t, err)
	require.Equal(t, []string{
		"借 1001出纳室 1.00", "借 100201 1143.10", "借 1218 1.00", "借 2307 118.55", "借 5901 6.90",
		"贷 100201 44.55", "贷 1021wechat 1150.00", "贷 1218 1.00", "贷 2307 74.55", "贷 4609 0.45",
		"借 7901 6.90", "借 800102 0.45", "贷 6609 0.45", "贷 800102 6.90",
	}, shownAll(vouchers[2]))
}
