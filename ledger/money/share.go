package money

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/cockroachdb/apd/v3"
)

// Rounding names what happens to the part below one minor unit.
type Rounding string

// The rounding modes, as in the General Decimal Arithmetic specification.
const (
	HalfUp = Rounding(apd.RoundHalfUp)   // half away from zero: 0.5 fen becomes 1 fen
	HalfEven = Rounding(apd.RoundHalfEven) // half to the even neighbour (banker's rounding)
	HalfDown = Rounding(apd.RoundHalfDown) // half towards zero
	Down = Rounding(apd.RoundDown)     // towards zero
	Up = Rounding(apd.RoundUp)       // away from zero
)

// Percent returns percent/100 of the amount, rounded to a minor unit as named.
// percent is a plain decimal number such as "0.6" for 0.6 %, at most 32
// characters. It fails with [ErrSyntax] or [ErrOverflow].
func (a Amount) Percent(percent string, mode Rounding) (Amount, error) {
	if !isPlainDecimal(percent) {
		return Amount{}, fmt.Errorf("percent %.40q: %w", percent, ErrSyntax)
	}
	rate, _, err := apd.NewFromString(percent)
	if err != nil {
		return Amount{}, fmt.Errorf("percent %.40q: %w", percent, ErrSyntax)
	}
	// 19 digits times 32 digits fit 60 exactly: only Quantize rounds.
	exact := apd.Context{Precision: 60, MaxExponent: 200, MinExponent: -200, Traps: apd.DefaultTraps | apd.Inexact}
	product := new(apd.Decimal)
	if _, err := exact.Mul(product, apd.New(a.minor, -2), rate); err != nil {
		return Amount{}, fmt.Errorf("%s percent of %s: %w", percent, a, ErrOverflow)
	}
	rounding := exact
	rounding.Traps = apd.DefaultTraps
	rounding.Rounding = apd.Rounder(mode)
	if _, err := rounding.Quantize(product, product, 0); err != nil {
		return Amount{}, fmt.Errorf("%s percent of %s: %w", percent, a, ErrOverflow)
	}
	minor, err := product.Int64()
	if err != nil {
		return Amount{}, fmt.Errorf("%s percent of %s: %w", percent, a, ErrOverflow)
	}
	return Amount{minor: minor, currency: a.currency}, nil
}

// Allocate splits the amount in proportion to the weights so that the parts
// sum to the whole: each part is first rounded towards zero, then the minor
// units left over go one by one to the parts with the largest remainders, the
// earlier part first among equals (largest remainder method, Hamilton). It
// fails with [ErrRatios].
func (a Amount) Allocate(weights ...int64) ([]Amount, error) {
	total := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil, ErrRatios
		}
		total.Add(total, big.NewInt(w))
	}
	if total.Sign() == 0 {
		return nil, ErrRatios
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

// handOut gives the left-over units, fewer than there are parts, to the
// largest remainders.
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
