package gateways_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestTopUpLimits(t *testing.T) {
	t.Parallel()
	yuan := func(text string) money.Amount { return money.MustParse(text, money.CNY) }
	limits := gateways.TopUpLimits{Single: yuan("500.00"), Balance: yuan("1000.00")}
	cases := []struct {
		name            string
		limits          gateways.TopUpLimits
		amount, balance money.Amount
		want            error
	}{
		{"both limits may be reached", limits, yuan("500.00"), yuan("500.00"), nil},
		{"a fen above the single limit", limits, yuan("500.01"), yuan("0.00"), gateways.ErrSingleLimit},
		{"a fen above the balance limit", limits, yuan("500.00"), yuan("500.01"), gateways.ErrBalanceLimit},
		{"above both, the single limit speaks first", limits, yuan("900.00"), yuan("900.00"), gateways.ErrSingleLimit},
		{"nothing", limits, yuan("0.00"), yuan("0.00"), gateways.ErrInvalidRequest},
		{"less than nothing", limits, yuan("-1.00"), yuan("0.00"), gateways.ErrInvalidRequest},
		{"another currency", limits, money.Of(1, money.HKD), money.Zero(money.HKD), money.ErrCurrencyMismatch},
		{"a wallet in another currency", limits, yuan("1.00"), money.Zero(money.HKD), money.ErrCurrencyMismatch},
		{"no limits", gateways.TopUpLimits{}, yuan("99999.00"), yuan("99999.00"), nil},
		{"only a balance limit", gateways.TopUpLimits{Balance: yuan("1.00")}, yuan("2.00"), yuan("0.00"), gateways.ErrBalanceLimit},
		{"more than there is", gateways.TopUpLimits{}, yuan("1.00"), money.Of(math.MaxInt64, money.CNY), money.ErrOverflow},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.limits.Check(c.amount, c.balance)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestABalanceIsNotInTheMessage(t *testing.T) {
	t.Parallel()
	err := gateways.TopUpLimits{Balance: money.Of(100, money.CNY)}.Check(money.Of(50, money.CNY), money.Of(87, money.CNY))
	require.NotContains(t, err.Error(), "0.87")
}

func ExampleTopUpLimits_Check() {
	limits := gateways.TopUpLimits{
		Single:  money.MustParse("500.00", money.CNY),
		Balance: money.MustParse("1000.00", money.CNY),
	}
	balance := money.MustParse("700.00", money.CNY)
	for _, text := range []string{"600.00", "400.00", "300.00"} {
		err := limits.Check(money.MustParse(text, money.CNY), balance)
		var single *gateways.SingleLimitError
		var total *gateways.BalanceLimitError
		switch {
		case errors.As(err, &single):
			fmt.Println("at a time at most", single.Limit)
		case errors.As(err, &total):
			fmt.Println("on the card at most", total.Limit)
		default:
			fmt.Println("go on with", text)
		}
	}
	// Output:
	// at a time at most 500.00 CNY
	// on the card at most 1000.00 CNY
	// go on with 300.00
}
