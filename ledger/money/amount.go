package money

import (
	"cmp"
	"fmt"
	"math"
)

// Amount is an exact sum of money: a whole number of minor units (fen, cent)
// of one currency. It is a comparable value: == is equality of number and
// currency. The zero Amount has no currency and is not a valid sum (see
// [Amount.IsValid]): it does not add to, subtract from or compare with an
// amount that has one, and is not written as JSON.
type Amount struct {
	minor    int64
	currency Currency
}

// Of returns the amount of minor units in the currency: Of(1250, CNY) is
// CNY 12.50. Any int64 is allowed.
func Of(minor int64, c Currency) Amount { return Amount{minor: minor, currency: c} }

// Zero returns no money in the currency.
func Zero(c Currency) Amount { return Amount{currency: c} }

// Minor returns the number of minor units.
func (a Amount) Minor() int64 { return a.minor }

// Currency returns the currency.
func (a Amount) Currency() Currency { return a.currency }

// IsValid reports whether the amount has a currency.
func (a Amount) IsValid() bool { return a.currency.IsValid() }

// IsZero reports whether the amount is zero, in whatever currency.
func (a Amount) IsZero() bool { return a.minor == 0 }

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int { return cmp.Compare(a.minor, 0) }

// Add returns a + b. It fails with [ErrCurrencyMismatch] or [ErrOverflow].
func (a Amount) Add(b Amount) (Amount, error) {
	sum := a.minor + b.minor
	if a.currency != b.currency || (sum > a.minor) != (b.minor > 0) {
		return Amount{}, refused(a, "+", b)
	}
	return Amount{minor: sum, currency: a.currency}, nil
}

// Sub returns a - b. It fails with [ErrCurrencyMismatch] or [ErrOverflow].
func (a Amount) Sub(b Amount) (Amount, error) {
	diff := a.minor - b.minor
	if a.currency != b.currency || (diff < a.minor) != (b.minor > 0) {
		return Amount{}, refused(a, "-", b)
	}
	return Amount{minor: diff, currency: a.currency}, nil
}

// Neg returns -a. The smallest int64 has no negative: [ErrOverflow].
func (a Amount) Neg() (Amount, error) {
	if a.minor == math.MinInt64 {
		return Amount{}, fmt.Errorf("-(%s): %w", a, ErrOverflow)
	}
	return Amount{minor: -a.minor, currency: a.currency}, nil
}

// Mul returns a × n, for a quantity of pieces. It fails with [ErrOverflow].
func (a Amount) Mul(n int64) (Amount, error) {
	product := a.minor * n
	overflowed := a.minor != 0 && (product/a.minor != n || (a.minor == -1 && n == math.MinInt64))
	if overflowed {
		return Amount{}, fmt.Errorf("%s × %d: %w", a, n, ErrOverflow)
	}
	return Amount{minor: product, currency: a.currency}, nil
}

// Cmp compares two amounts of one currency: -1, 0 or 1. It fails with
// [ErrCurrencyMismatch].
func (a Amount) Cmp(b Amount) (int, error) {
	if a.currency != b.currency {
		return 0, refused(a, "compared with", b)
	}
	return cmp.Compare(a.minor, b.minor), nil
}

// Sum adds amounts of one currency; none at all is zero in that currency. It
// fails with [ErrCurrencyMismatch] or [ErrOverflow].
func Sum(c Currency, amounts ...Amount) (Amount, error) {
	total := Zero(c)
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// refused says why an operation on two amounts has no result: other currencies
// before overflow.
func refused(a Amount, operation string, b Amount) error {
	reason := ErrOverflow
	if a.currency != b.currency {
		reason = ErrCurrencyMismatch
	}
	return fmt.Errorf("%s %s %s: %w", a, operation, b, reason)
}
