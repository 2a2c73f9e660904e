package voucher_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
)

func TestChartIsTheGovernments(t *testing.T) {
	t.Parallel()
	chart := voucher.Chart()
	classes := map[byte]int{}
	names := map[string]struct{}{}
	for _, subject := range chart {
		require.Len(t, subject.Code, 4)
		require.NotEmpty(t, subject.Name)
		classes[subject.Code[0]]++
		names[subject.Name] = struct{}{}
		want := voucher.Financial
		if strings.ContainsAny(subject.Code[:1], "678") {
			want = voucher.Budget
		}
		require.Equal(t, want, subject.System(), subject.Code)
	}
	require.Equal(t, map[byte]int{'1': 35, '2': 16, '3': 7, '4': 11, '5': 8, '6': 9, '7': 8, '8': 9}, classes, "as the ministry counts them")
	require.Len(t, names, 103, "no name is there twice")
	require.True(t, slices.IsSortedFunc(chart, func(x, y voucher.Subject) int { return strings.Compare(x.Code, y.Code) }))
	require.Equal(t, "01 02", voucher.Financial.String()+" "+voucher.Budget.String())
}

func TestChartKnowsTheSideOfBalances(t *testing.T) {
	t.Parallel()
	for code, side := range map[string]ledger.Side{
		"1002": ledger.DebitSide, "1602": ledger.CreditSide, "1219": ledger.CreditSide, "1902": 0, "2103": ledger.CreditSide,
		"3001": ledger.CreditSide, "3301": 0, "4101": ledger.CreditSide, "5001": ledger.DebitSide, "6101": ledger.CreditSide,
		"7201": ledger.DebitSide, "8001": ledger.DebitSide, "8201": ledger.CreditSide,
	} {
		subject, found := voucher.SubjectOf(code)
		require.True(t, found)
		require.Equal(t, side, subject.Side, code)
	}
}

func TestSubjectOfFindsTheOneAbove(t *testing.T) {
	t.Parallel()
	subject, found := voucher.SubjectOf("230701")
	require.True(t, found)
	require.Equal(t, voucher.Subject{Code: "2307", Name: "其他应付款", Side: ledger.CreditSide}, subject)
	for _, code := range []string{"", "230", "1012", "101201", "9001"} {
		_, found := voucher.SubjectOf(code)
		require.False(t, found, "%q is in other charts only", code)
	}
}
