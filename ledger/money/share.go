package money

import (
	"fmt"
	"math/big"
	"slices"
)

// Rounding names what happens to the part below one minor unit.
type Rounding string

// The rounding modes, as in the General Decimal Arithmetic specification.
const (
	HalfUp   Rounding = "half_up"   // half away from zero: 0.5 fen becomes 1 fen
	HalfEven Rounding = "half_even" // half to the even neighbour (banker's rounding)
	HalfDown Rounding = "half_down" // half towards zero
	Down     Rounding = "down"      // towards zero
	Up       Rounding = "up"        // away from zero
)

func (r Rounding) isKnown() bool {
	switch r {
	case HalfUp, HalfEven, HalfDown, Down, Up:
		return true
	default:
		return false
	}
}

// Percent returns percent/100 of the amount, rounded once, to a minor unit, as
// named. percent is a plain decimal number such as "0.6" for 0.6 %, at most 32
// bytes; it may be negative. It fails with [ErrRounding], [ErrSyntax] or
// [ErrOverflow].
func (a Amount) Percent(percent string, mode Rounding) (Amount, error) {
	if !mode.isKnown() {
		return Amount{}, fmt.Errorf("%.20q: %w", string(mode), ErrRounding)
	}
	rate, err := plainDecimal(percent)
	if err != nil {
		return Amount{}, fmt.Errorf("percent: %w", err)
	}
	// percent/100 of minor is minor × coefficient / 10^(places + 2).
	numerator := new(big.Int).Mul(big.NewInt(a.minor), rate.Coeff.MathBigInt())
	if rate.Negative {
		numerator.Neg(numerator)
	}
	denominator := new(big.Int).Exp(big.NewInt(10), big.NewInt(2-int64(rate.Exponent)), nil)
	minor := mode.quotient(numerator, denominator)
	if !minor.IsInt64() {
		return Amount{}, fmt.Errorf("%s percent of %s: %w", percent, a, ErrOverflow)
	}
	return Amount{minor: minor.Int64(), currency: a.currency}, nil
}

// quotient returns numerator/denominator, which is positive, rounded to a whole
// number. apd's own Quantize is not used: it makes 0 of 0.01 whatever the mode.
func (r Rounding) quotient(numerator, denominator *big.Int) *big.Int {
	whole, rest := new(big.Int).QuoRem(numerator, denominator, new(big.Int))
	tie := new(big.Int).Lsh(rest.Abs(rest), 1).Cmp(denominator) // below, at or above one half
	var away bool
	switch r {
	case HalfUp:
		away = tie >= 0
	case HalfEven:
		away = tie > 0 || (tie == 0 && whole.Bit(0) == 1)
	case HalfDown:
		away = tie > 0
	case Up:
		away = rest.Sign() != 0
	}
	if away {
		whole.Add(whole, big.NewInt(int64(numerator.Sign())))
	}
	return whole
}

// Allocate splits the amount in proportion to the weights so that the parts
// sum to the whole: each part is first rounded towards zero, then the minor
// units left over go one by one to the parts with the largest remainders, the
// earlier part first among equals (largest remainder method, Hamilton). A part
// differs from its exact share by less than one minor unit. It fails with
// [ErrRatios].
func (a Amount) Allocate(weights ...int64) ([]Amount, error) {
	total, err := sumOfWeights(weights)
	if err != nil {
		return nil, err
	}
	parts := make([]Amount, len(weights))
	remainders := make([]*big.Int, len(weights))
	left := a.minor
	for i, w := range weights {
		share := new(big.Int).Mul(big.NewInt(a.minor), big.NewInt(w))
		quotient, remainder := share.QuoRem(share, total, new(big.Int))
		parts[i] = Amount{minor: quotient.Int64(), currency: a.currency}
		remainders[i] = remainder.Abs(remainder)
		left -= parts[i].minor
	}
	handOut(parts, remainders, left)
	return parts, nil
}

// sumOfWeights is a big.Int because the weights may be balances of their own.
func sumOfWeights(weights []int64) (*big.Int, error) {
	total := new(big.Int)
	for i, w := range weights {
		if w < 0 {
			return nil, fmt.Errorf("weight %d of %d is negative: %w", i+1, len(weights), ErrRatios)
		}
		total.Add(total, big.NewInt(w))
	}
	if total.Sign() == 0 {
		return nil, fmt.Errorf("%d weights, none positive: %w", len(weights), ErrRatios)
	}
	return total, nil
}

// handOut gives the left-over units, fewer than there are parts with a
// remainder, to the largest remainders.
func handOut(parts []Amount, remainders []*big.Int, left int64) {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return remainders[j].Cmp(remainders[i]) })
	unit := int64(1)
	if left < 0 {
		unit = -1
	}
	for _, i := range order {
		if left == 0 {
			return
		}
		parts[i].minor += unit
		left -= unit
	}
}
