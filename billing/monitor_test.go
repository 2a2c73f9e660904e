package billing_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func (s *school) overdue(t *testing.T, item billing.ItemID, on ledger.Date) []billing.Bill {
	t.Helper()
	var bills []billing.Bill
	for bill, err := range s.Overdue(t.Context(), item, on) {
		require.NoError(t, err)
		bills = append(bills, bill)
	}
	return bills
}

func TestTotals(t *testing.T) {
	t.Parallel()
	t.Run("sum what was billed, paid and is outstanding", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.put(t, "学费,行政事业性收费,高一,100.00,2026-09-20,否", "书费,代收费,高一,7.00,2026-09-20,否")
			for i := range item {
				_, err := s.Assess(t.Context(), billing.Assessment{Item: item[i].ID, Holders: holders(4), By: "staff:7"})
				require.NoError(t, err)
			}
			for holder, amount := range map[billing.Ref]string{"h1": "100.00", "h2": "30.00"} {
				_, err := s.Pay(t.Context(), cash(billing.BillIDOf(item[0].ID, holder), amount))
				require.NoError(t, err)
			}
			totals, err := s.Totals(t.Context(), item[0].ID)
			require.NoError(t, err)
			require.Equal(t, billing.Totals{
				Item: item[0].ID, Bills: 4, PaidBills: 1,
				Billed: yuan("400.00"), Paid: yuan("130.00"), Outstanding: yuan("270.00"),
			}, totals)
		})
	})
	t.Run("a reversed payment is outstanding again", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.tuition(t)
			receipt, err := s.Pay(t.Context(), cash(billing.BillIDOf(item.ID, "h1"), "1000.00"))
			require.NoError(t, err)
			_, err = s.book.Reverse(t.Context(), ledger.Reversal{Of: receipt.Record.ID, By: "finance:1"})
			require.NoError(t, err)
			totals, err := s.Totals(t.Context(), item.ID)
			require.NoError(t, err)
			require.Equal(t, yuan("2000.00"), totals.Billed)
			require.Equal(t, yuan("0.00"), totals.Paid)
			require.Zero(t, totals.PaidBills)
		})
	})
	t.Run("are zero for an item that is not billed, or billed but not booked", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.put(t, "学费,行政事业性收费,高一,100.00,2026-09-20,否")[0]
			zero := money.Zero(money.CNY)
			want := billing.Totals{Item: item.ID, Billed: zero, Paid: zero, Outstanding: zero}
			for commits := range int64(3) {
				totals, err := s.Totals(t.Context(), item.ID)
				require.NoError(t, err)
				require.Equal(t, want, totals)
				require.Empty(t, s.overdue(t, item.ID, item.Due.AddDays(1)))
				s.faults.failAfter(min(commits, 1), false)
				_, err = s.Assess(t.Context(), billing.Assessment{Item: item.ID, Holders: holders(1), By: "staff:7"})
				require.ErrorIs(t, err, errConnection)
				s.faults.heal()
			}
			_, err := s.Totals(t.Context(), "nosuchitem")
			require.ErrorIs(t, err, billing.ErrItemUnknown)
		})
	})
}

func TestOverdue(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *school) {
		item := s.put(t, "学费,行政事业性收费,高一,100.00,2026-09-20,否")[0]
		const many = 203 // more than Overdue reads at once
		_, err := s.Assess(t.Context(), billing.Assessment{Item: item.ID, Holders: holders(many), By: "staff:7"})
		require.NoError(t, err)
		for holder, amount := range map[billing.Ref]string{"h1": "100.00", "h2": "30.00"} {
			_, err := s.Pay(t.Context(), cash(billing.BillIDOf(item.ID, holder), amount))
			require.NoError(t, err)
		}
		require.Empty(t, s.overdue(t, item.ID, item.Due), "the due date itself is in time")

		bills := s.overdue(t, item.ID, item.Due.AddDays(1))
		require.Len(t, bills, many-1)
		require.True(t, slices.IsSortedFunc(bills, func(a, b billing.Bill) int {
			if a.Holder < b.Holder {
				return -1
			}
			return 1
		}))
		for _, bill := range bills {
			require.NotEqual(t, billing.Ref("h1"), bill.Holder)
			require.True(t, bill.Assessed)
			if bill.Holder == "h2" {
				require.Equal(t, yuan("70.00"), bill.Outstanding)
			}
		}
		for _, err := range s.Overdue(t.Context(), item.ID, item.Due.AddDays(1)) {
			require.NoError(t, err)
			break // whoever stops early is not called again
		}
		for _, err := range s.Overdue(t.Context(), "nosuchitem", item.Due) {
			require.ErrorIs(t, err, billing.ErrItemUnknown)
		}
	})
}
