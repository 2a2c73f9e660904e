package money_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/campusledger/campusledger/ledger/money"
)

// Text is exact or refused: nothing is rounded on the way in.
func ExampleParse() {
	price, err := money.Parse("12.5", money.CNY)
	fmt.Println(price, err)

	_, err = money.Parse("12.505", money.CNY)
	fmt.Println(errors.Is(err, money.ErrPrecision), err)

	_, err = money.Parse("12,50", money.CNY)
	fmt.Println(errors.Is(err, money.ErrSyntax), err)
	// Output:
	// 12.50 CNY <nil>
	// true parse amount: 3 decimal places, CNY has 2: more decimal places than the currency has
	// true parse amount: byte 3 of 5: not a decimal amount
}

// The number of minor units means nothing without its currency.
func ExampleOf() {
	fmt.Println(money.Of(1250, money.CNY), "·", money.Of(1250, money.JPY), "·", money.Of(1250, money.KWD))
	// Output: 12.50 CNY · 1250 JPY · 1.250 KWD
}

// Zero of another currency does not add either: a wrong account shows at once,
// not on the first day it holds money.
func ExampleAmount_Add() {
	_, err := money.MustParse("8.00", money.CNY).Add(money.Zero(money.HKD))
	fmt.Println(errors.Is(err, money.ErrCurrencyMismatch), err)

	_, err = money.Of(math.MaxInt64, money.CNY).Add(money.MustParse("0.01", money.CNY))
	fmt.Println(errors.Is(err, money.ErrOverflow), err)
	// Output:
	// true 8.00 CNY + 0.00 HKD: currencies differ
	// true 92233720368547758.07 CNY + 0.01 CNY: amount out of range
}

// A gateway's 0.6 % of 0.25 yuan is 0.15 fen, and of 37.50 yuan exactly 22.5
// fen: who gets the half is the mode's choice.
func ExampleAmount_Percent() {
	for _, mode := range []money.Rounding{money.HalfUp, money.HalfEven, money.Up} {
		small, _ := money.MustParse("0.25", money.CNY).Percent("0.6", mode)
		tie, _ := money.MustParse("37.50", money.CNY).Percent("0.6", mode)
		fmt.Println(mode, small, tie)
	}
	// Output:
	// half_up 0.00 CNY 0.23 CNY
	// half_even 0.00 CNY 0.22 CNY
	// up 0.01 CNY 0.23 CNY
}

// Three equal parts of 100.00 do not exist; the parts still sum to the whole,
// and taking them back gives each the opposite of what it got.
func ExampleAmount_Allocate() {
	parts, _ := money.MustParse("100.00", money.CNY).Allocate(1, 1, 1)
	fmt.Println(parts)
	back, _ := money.MustParse("-100.00", money.CNY).Allocate(1, 1, 1)
	fmt.Println(back)
	// Output:
	// [33.34 CNY 33.33 CNY 33.33 CNY]
	// [-33.34 CNY -33.33 CNY -33.33 CNY]
}

// A JSON number is refused: some reader on the way may have made it a float.
func ExampleAmount_UnmarshalJSON() {
	var due money.Amount
	err := json.Unmarshal([]byte(`{"amount":12.50,"currency":"CNY"}`), &due)
	fmt.Println(errors.Is(err, money.ErrSyntax), err)

	err = json.Unmarshal([]byte(`{"amount":"12.50","currency":"CNY","AMOUNT":"99.00"}`), &due)
	fmt.Println(errors.Is(err, money.ErrSyntax), err)

	err = json.Unmarshal([]byte(`{"amount":"12.50","currency":"CNY"}`), &due)
	fmt.Println(due, err)
	// Output:
	// true amount in JSON: "amount" is not a string: not a decimal amount
	// true amount in JSON: unknown member "AMOUNT": not a decimal amount
	// 12.50 CNY <nil>
}
