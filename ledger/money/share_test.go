package money_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/campusledger/campusledger/ledger/money"
)

var everyRounding = []money.Rounding{money.HalfUp, money.HalfEven, money.HalfDown, money.Down, money.Up}

func TestPercentRoundsAsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor   int64
		percent string
		want    [5]int64 // in the order of everyRounding
	}{
		{100, "0.5", [5]int64{1, 0, 0, 0, 1}},       // 0.5: a tie beside zero
		{-100, "0.5", [5]int64{-1, 0, 0, 0, -1}},    // its mirror image
		{100, "-0.5", [5]int64{-1, 0, 0, 0, -1}},    // the sign may come from the rate
		{300, "0.5", [5]int64{2, 2, 1, 1, 2}},       // 1.5: a tie beside an odd number
		{100, "0.4999999", [5]int64{0, 0, 0, 0, 1}}, // just below the tie
		{100, "0.5000001", [5]int64{1, 1, 1, 0, 1}}, // just above it
		{1, "0.0000000000000000000000000001", [5]int64{0, 0, 0, 0, 1}},
		{100, "7", [5]int64{7, 7, 7, 7, 7}}, // exact
		{100, "0", [5]int64{}},
		{math.MinInt64, "100", [5]int64{math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64}},
	} {
		for i, mode := range everyRounding {
			t.Run(fmt.Sprintf("%s%% of %d %s", c.percent, c.minor, mode), func(t *testing.T) {
				t.Parallel()
				got, err := money.Of(c.minor, money.CNY).Percent(c.percent, mode)
				require.NoError(t, err)
				require.Equal(t, money.Of(c.want[i], money.CNY), got)
			})
		}
	}
}

func TestPercentRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		minor   int64
		percent string
		mode    money.Rounding
		want    error
	}{
		"a rate with a percent sign":              {100, "6%", money.HalfUp, money.ErrSyntax},
		"a rate with an exponent":                 {100, "1e2", money.HalfUp, money.ErrSyntax},
		"no rate":                                 {100, "", money.HalfUp, money.ErrSyntax},
		"a rate of 33 bytes":                      {100, "0.6000000000000000000000000000000", money.HalfUp, money.ErrSyntax},
		"no rounding mode":                        {100, "6", "", money.ErrRounding},
		"an unknown mode even when exact":         {100, "6", "half-up", money.ErrRounding},
		"a mode of apd that is not ours":          {100, "6", "ceiling", money.ErrRounding},
		"a result above the largest":              {math.MaxInt64, "101", money.HalfUp, money.ErrOverflow},
		"the largest rounded up by less than one": {math.MaxInt64, "100.000000000000000001", money.Up, money.ErrOverflow},
		"the negation of the smallest":            {math.MinInt64, "-100", money.HalfUp, money.ErrOverflow},
		"the largest of everything":               {math.MinInt64, "99999999999999999999999999999999", money.Up, money.ErrOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := money.Of(c.minor, money.CNY).Percent(c.percent, c.mode)
			require.ErrorIs(t, err, c.want)
			require.Zero(t, got)
		})
	}
}

// roundRat is the oracle. It looks at the two whole numbers around the exact
// value and picks one by its distance, without remainders.
func roundRat(exact *big.Rat, mode money.Rounding) *big.Int {
	if exact.IsInt() {
		return exact.Num()
	}
	below := new(big.Int).Div(exact.Num(), exact.Denom()) // Euclidean: the floor
	above := new(big.Int).Add(below, big.NewInt(1))
	inner, outer := below, above
	if exact.Sign() < 0 {
		inner, outer = above, below
	}
	toInner := new(big.Rat).Sub(exact, new(big.Rat).SetInt(inner))
	toOuter := new(big.Rat).Sub(exact, new(big.Rat).SetInt(outer))
	nearer := toInner.Abs(toInner).Cmp(toOuter.Abs(toOuter))
	evenInner := new(big.Int).And(inner, big.NewInt(1)).Sign() == 0
	if mode == money.Down || (mode != money.Up && nearer < 0) ||
		(nearer == 0 && (mode == money.HalfDown || (mode == money.HalfEven && evenInner))) {
		return inner
	}
	return outer
}

func TestPercentAgreesWithRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := anyMinor().Draw(t, "minor")
		percent := rapid.OneOf(
			rapid.StringMatching(`[+-]?[0-9]{1,3}(\.[0-9]{1,4})?`),
			rapid.StringMatching(`[+-]?[0-9]{1,3}\.50?`), // ties
			rapid.StringMatching(`-?[0-9]{1,15}\.[0-9]{1,15}`),
		).Draw(t, "percent")
		mode := rapid.SampledFrom(everyRounding).Draw(t, "mode")
		rate, ok := new(big.Rat).SetString(percent)
		require.True(t, ok)
		exact := new(big.Rat).Mul(rate, big.NewRat(minor, 1))
		want := roundRat(exact.Quo(exact, big.NewRat(100, 1)), mode)

		got, err := money.Of(minor, money.CNY).Percent(percent, mode)
		if !want.IsInt64() {
			require.ErrorIs(t, err, money.ErrOverflow)
			return
		}
		require.NoError(t, err)
		require.Equal(t, money.Of(want.Int64(), money.CNY), got)
	})
}

func TestAllocateByLargestRemainder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		minor   int64
		weights []int64
		want    []int64
	}{
		"the earlier of equals gets the odd unit":     {100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		"the largest remainder, wherever it stands":   {100, []int64{1, 2, 4}, []int64{14, 29, 57}},
		"a negative amount mirrors the positive":      {-100, []int64{1, 2, 4}, []int64{-14, -29, -57}},
		"a weight of zero gets nothing":               {5, []int64{0, 1, 0, 1}, []int64{0, 3, 0, 2}},
		"fewer units than parts":                      {2, []int64{1, 1, 1}, []int64{1, 1, 0}},
		"nothing to split":                            {0, []int64{3, 4}, []int64{0, 0}},
		"one part takes all":                          {math.MinInt64, []int64{7}, []int64{math.MinInt64}},
		"weights whose sum does not fit an int64":     {3, []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, []int64{1, 1, 1}},
		"the extremes do not overflow on the way":     {math.MinInt64, []int64{math.MaxInt64, math.MaxInt64}, []int64{math.MinInt64 / 2, math.MinInt64 / 2}},
		"percentages of Hamilton's own method, by 10": {10, []int64{43, 42, 15}, []int64{4, 4, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts, err := money.Of(c.minor, money.CNY).Allocate(c.weights...)
			require.NoError(t, err)
			got := make([]int64, len(parts))
			for i, part := range parts {
				require.Equal(t, money.CNY, part.Currency())
				got[i] = part.Minor()
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestAllocateRefuses(t *testing.T) {
	t.Parallel()
	for name, weights := range map[string][]int64{
		"no weights":                              {},
		"only weights of zero":                    {0, 0},
		"a negative weight":                       {3, -1},
		"a negative weight that cancels the rest": {1, -1},
		"the most negative weight":                {math.MaxInt64, math.MinInt64},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts, err := money.Of(100, money.CNY).Allocate(weights...)
			require.ErrorIs(t, err, money.ErrRatios)
			require.Nil(t, parts)
		})
	}
}

func TestAllocatedPartsSumToTheWholeAndAreWithinOneUnit(t *testing.T) {
	t.Parallel()
	weight := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 1000), rapid.Int64Range(0, math.MaxInt64))
	rapid.Check(t, func(t *rapid.T) {
		minor := anyMinor().Draw(t, "minor")
		weights := rapid.SliceOfN(weight, 1, 12).Draw(t, "weights")
		total := new(big.Int)
		for _, w := range weights {
			total.Add(total, big.NewInt(w))
		}
		parts, err := money.Of(minor, money.CNY).Allocate(weights...)
		if total.Sign() == 0 {
			require.ErrorIs(t, err, money.ErrRatios)
			return
		}
		require.NoError(t, err)
		require.Len(t, parts, len(weights))
		sum, one := new(big.Int), big.NewRat(1, 1)
		for i, part := range parts {
			sum.Add(sum, big.NewInt(part.Minor()))
			numerator := new(big.Int).Mul(big.NewInt(minor), big.NewInt(weights[i]))
			exact := new(big.Rat).SetFrac(numerator, total)
			distance := exact.Sub(exact, big.NewRat(part.Minor(), 1))
			require.Negative(t, distance.Abs(distance).Cmp(one), "part %d", i)
		}
		require.Zero(t, sum.Cmp(big.NewInt(minor)), "parts sum to %s", sum)
	})
}
