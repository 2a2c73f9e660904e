package money_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/campusledger/campusledger/ledger/money"
)

// anyMinor draws int64s with the extremes and their neighbours well represented.
func anyMinor() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64(),
		rapid.Int64Range(-1000, 1000),
		rapid.Int64Range(math.MinInt64, math.MinInt64+3),
		rapid.Int64Range(math.MaxInt64-3, math.MaxInt64),
	)
}

func TestArithmeticAtTheEdges(t *testing.T) {
	t.Parallel()
	const least, most = math.MinInt64, math.MaxInt64
	add := func(a, b int64) (money.Amount, error) { return money.Of(a, money.CNY).Add(money.Of(b, money.CNY)) }
	sub := func(a, b int64) (money.Amount, error) { return money.Of(a, money.CNY).Sub(money.Of(b, money.CNY)) }
	mul := func(a, n int64) (money.Amount, error) { return money.Of(a, money.CNY).Mul(n) }
	neg := func(a, _ int64) (money.Amount, error) { return money.Of(a, money.CNY).Neg() }
	for name, c := range map[string]struct {
		operation func(a, b int64) (money.Amount, error)
		a, b      int64
		want      int64
		overflows bool
	}{
		"most + 0 is most":              {operation: add, a: most, b: 0, want: most},
		"most + 1 overflows":            {operation: add, a: most, b: 1, overflows: true},
		"most + least is -1":            {operation: add, a: most, b: least, want: -1},
		"least + -1 overflows":          {operation: add, a: least, b: -1, overflows: true},
		"least + least overflows to 0":  {operation: add, a: least, b: least, overflows: true},
		"most - most is 0":              {operation: sub, a: most, b: most, want: 0},
		"0 - least overflows":           {operation: sub, a: 0, b: least, overflows: true},
		"-1 - least is most":            {operation: sub, a: -1, b: least, want: most},
		"least - 1 overflows":           {operation: sub, a: least, b: 1, overflows: true},
		"least - least is 0":            {operation: sub, a: least, b: least, want: 0},
		"least × -1 overflows":          {operation: mul, a: least, b: -1, overflows: true},
		"-1 × least overflows":          {operation: mul, a: -1, b: least, overflows: true},
		"least × 1 is least":            {operation: mul, a: least, b: 1, want: least},
		"least × 0 is 0":                {operation: mul, a: least, b: 0, want: 0},
		"0 × least is 0":                {operation: mul, a: 0, b: least, want: 0},
		"2^32 × 2^32 overflows to 0":    {operation: mul, a: 1 << 32, b: 1 << 32, overflows: true},
		"2^32 × -2^31 is least":         {operation: mul, a: 1 << 32, b: -1 << 31, want: least},
		"-most is least + 1":            {operation: neg, a: most, want: least + 1},
		"-least overflows":              {operation: neg, a: least, overflows: true},
		"-0 is 0, not a negative zero":  {operation: neg, a: 0, want: 0},
		"1250 - 1300 goes below nought": {operation: sub, a: 1250, b: 1300, want: -50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.operation(c.a, c.b)
			if c.overflows {
				require.ErrorIs(t, err, money.ErrOverflow)
				require.Zero(t, got, "nothing usable comes with an error")
				return
			}
			require.NoError(t, err)
			require.Equal(t, money.Of(c.want, money.CNY), got)
		})
	}
}

func TestArithmeticAgreesWithBigIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyMinor().Draw(t, "a"), anyMinor().Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		left, right := money.Of(a, money.JPY), money.Of(b, money.JPY)
		agree := func(name string, want *big.Int, got money.Amount, err error) {
			if !want.IsInt64() {
				require.ErrorIs(t, err, money.ErrOverflow, name)
				return
			}
			require.NoError(t, err, name)
			require.Equal(t, money.Of(want.Int64(), money.JPY), got, name)
		}
		sum, err := left.Add(right)
		agree("sum", new(big.Int).Add(x, y), sum, err)
		difference, err := left.Sub(right)
		agree("difference", new(big.Int).Sub(x, y), difference, err)
		product, err := left.Mul(b)
		agree("product", new(big.Int).Mul(x, y), product, err)
		negative, err := left.Neg()
		agree("negative", new(big.Int).Neg(x), negative, err)
		order, err := left.Cmp(right)
		require.NoError(t, err)
		require.Equal(t, x.Cmp(y), order)
		require.Equal(t, x.Sign(), left.Sign())
		require.Equal(t, x.Sign() == 0, left.IsZero())
	})
}

func TestCurrenciesNeverMix(t *testing.T) {
	t.Parallel()
	yuan, yen := money.Of(math.MaxInt64, money.CNY), money.Of(1, money.JPY)
	for name, pair := range map[string][2]money.Amount{
		"two currencies, though the sum overflows too": {yuan, yen},
		"zero of another currency":                     {yuan, money.Zero(money.JPY)},
		"an amount without a currency":                 {yuan, {}},
		"to an amount without a currency":              {{}, yuan},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pair[0].Add(pair[1])
			require.ErrorIs(t, err, money.ErrCurrencyMismatch)
			require.NotErrorIs(t, err, money.ErrOverflow)
			_, err = pair[0].Sub(pair[1])
			require.ErrorIs(t, err, money.ErrCurrencyMismatch)
			_, err = pair[0].Cmp(pair[1])
			require.ErrorIs(t, err, money.ErrCurrencyMismatch)
			require.NotEqual(t, pair[0], pair[1])
		})
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	t.Run("of nothing is zero in the currency asked for", func(t *testing.T) {
		t.Parallel()
		got, err := money.Sum(money.KWD)
		require.NoError(t, err)
		require.Equal(t, money.Zero(money.KWD), got)
	})
	t.Run("refuses another currency even when that amount is zero", func(t *testing.T) {
		t.Parallel()
		_, err := money.Sum(money.CNY, money.Of(1, money.CNY), money.Zero(money.HKD))
		require.ErrorIs(t, err, money.ErrCurrencyMismatch)
	})
	t.Run("refuses an overflow on the way, though the total would fit", func(t *testing.T) {
		t.Parallel()
		_, err := money.Sum(money.CNY, money.Of(math.MaxInt64, money.CNY), money.Of(1, money.CNY), money.Of(-1, money.CNY))
		require.ErrorIs(t, err, money.ErrOverflow)
	})
	t.Run("adds", func(t *testing.T) {
		t.Parallel()
		got, err := money.Sum(money.CNY, money.Of(1250, money.CNY), money.Of(-50, money.CNY), money.Of(3, money.CNY))
		require.NoError(t, err)
		require.Equal(t, money.Of(1203, money.CNY), got)
	})
}

func TestTheZeroAmountIsNotValid(t *testing.T) {
	t.Parallel()
	require.False(t, money.Amount{}.IsValid())
	require.True(t, money.Zero(money.CNY).IsValid())
	require.Equal(t, "0 (no currency)", money.Amount{}.String())
	require.Equal(t, money.CNY, money.Of(7, money.CNY).Currency())
	require.Equal(t, int64(7), money.Of(7, money.CNY).Minor())
}
