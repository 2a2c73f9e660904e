package money_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/money"
)

// FuzzParse checks that what Parse takes, it takes exactly: the text's value
// in minor units, which an independent reader of rationals confirms.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"12.50", "-0.07", "+1", "92233720368547758.08", "1e3", "NaN", ".5", "5.", "１", ""} {
		f.Add(text, uint8(2))
	}
	currencies := []money.Currency{money.JPY, money.CNY, money.KWD}
	f.Fuzz(func(t *testing.T, text string, choice uint8) {
		currency := currencies[int(choice)%len(currencies)]
		amount, err := money.Parse(text, currency)
		if err != nil {
			require.Zero(t, amount)
			return
		}
		value, ok := new(big.Rat).SetString(text)
		require.True(t, ok, "%q was read but is no number", text)
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(currency.Exponent())), nil)
		value.Mul(value, new(big.Rat).SetInt(scale))
		require.True(t, value.IsInt(), "%q was rounded", text)
		require.Zero(t, value.Num().Cmp(big.NewInt(amount.Minor())), "%q became %s", text, amount)
		again, err := money.Parse(amount.Decimal(), currency)
		require.NoError(t, err)
		require.Equal(t, amount, again)
	})
}

// FuzzUnmarshalJSON checks that what is taken is valid JSON of exactly two
// string members that name the amount it became.
func FuzzUnmarshalJSON(f *testing.F) {
	for _, text := range []string{
		`{"amount":"12.50","currency":"CNY"}`, `{"currency":"JPY","amount":"-5"}`, `null`, `12.5`,
		`{"amount":12.5,"currency":"CNY"}`, `{"amount":"1","amount":"2","currency":"CNY"}`,
		`{"amount":"1","currency":"CNY"}x`, `{"amount":"1" "currency":"CNY"}`, `{"amount":"1","currency":"CNY",}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var amount money.Amount
		if err := amount.UnmarshalJSON(data); err != nil {
			require.Zero(t, amount)
			return
		}
		var members map[string]string
		require.NoError(t, json.Unmarshal(data, &members), "%q", data)
		require.Len(t, members, 2)
		want, err := money.ParseCurrency(members["currency"])
		require.NoError(t, err)
		require.Equal(t, want, amount.Currency())
		written, err := json.Marshal(amount)
		require.NoError(t, err)
		var again money.Amount
		require.NoError(t, json.Unmarshal(written, &again))
		require.Equal(t, amount, again)
	})
}
