package money_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/money"
)

func TestParseCurrencyKnowsTheMinorUnits(t *testing.T) {
	t.Parallel()
	for _, group := range []struct {
		exponent int
		codes    []string
	}{
		{0, []string{
			"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
			"PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
		}},
		{2, []string{"CNY", "HKD", "MOP", "TWD", "USD", "EUR", "GBP", "HUF", "IDR", "MGA", "MRU", "VED", "XCG", "ZWG"}},
		{3, []string{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}},
	} {
		for _, code := range group.codes {
			c, err := money.ParseCurrency(code)
			require.NoError(t, err)
			require.Equal(t, group.exponent, c.Exponent(), code)
			require.Equal(t, code, c.Code())
			require.Equal(t, code, c.String())
		}
	}
}

func TestParseCurrencyRefuses(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"nothing":                       "",
		"lower case":                    "cny",
		"blanks":                        " CNY",
		"too short":                     "CN",
		"too long":                      "CNYX",
		"three bytes of one character":  "元",
		"a code that was withdrawn":     "DEM",
		"gold, which has no minor unit": "XAU",
		"a fund code":                   "CLF",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := money.ParseCurrency(code)
			require.ErrorIs(t, err, money.ErrUnknownCurrency)
			require.False(t, c.IsValid())
		})
	}
	t.Run("a long text, without repeating it", func(t *testing.T) {
		t.Parallel()
		_, err := money.ParseCurrency("110101199003070011")
		require.ErrorIs(t, err, money.ErrUnknownCurrency)
		require.NotContains(t, err.Error(), "1990")
	})
}

func TestCurrencyAsText(t *testing.T) {
	t.Parallel()
	t.Run("is read back, also as a map key", func(t *testing.T) {
		t.Parallel()
		written, err := json.Marshal(map[money.Currency]int{money.CNY: 1, money.JPY: 2})
		require.NoError(t, err)
		require.JSONEq(t, `{"CNY":1,"JPY":2}`, string(written))
		var read map[money.Currency]int
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, map[money.Currency]int{money.CNY: 1, money.JPY: 2}, read)
	})
	t.Run("is not written for the zero currency", func(t *testing.T) {
		t.Parallel()
		_, err := money.Currency{}.MarshalText()
		require.ErrorIs(t, err, money.ErrUnknownCurrency)
		require.Empty(t, money.Currency{}.Code())
	})
	t.Run("leaves the value alone when it is unknown", func(t *testing.T) {
		t.Parallel()
		c := money.CNY
		require.ErrorIs(t, c.UnmarshalText([]byte("???")), money.ErrUnknownCurrency)
		require.Equal(t, money.CNY, c)
	})
}
