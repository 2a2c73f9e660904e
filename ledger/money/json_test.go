package money_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/campusledger/campusledger/ledger/money"
)

func TestAmountInJSONIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Of(anyMinor().Draw(t, "minor"), anyCurrency().Draw(t, "currency"))
		written, err := json.Marshal(amount)
		require.NoError(t, err)
		var read money.Amount
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, amount, read)
	})
}

func TestMarshalJSON(t *testing.T) {
	t.Parallel()
	written, err := json.Marshal(money.Of(1250, money.CNY))
	require.NoError(t, err)
	require.Equal(t, `{"amount":"12.50","currency":"CNY"}`, string(written), "the form is part of record bytes")
	_, err = json.Marshal(money.Amount{})
	require.ErrorIs(t, err, money.ErrUnknownCurrency)
}

func TestUnmarshalJSONReads(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"its own form":      `{"amount":"12.50","currency":"CNY"}`,
		"the other order":   `{"currency":"CNY","amount":"12.50"}`,
		"blanks":            " {\n\t\"amount\" : \"12.5\" , \"currency\" : \"CNY\" }\n",
		"escaped spellings": `{"\u0061mount":"\u00312.50","currency":"CNY"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got money.Amount
			require.NoError(t, got.UnmarshalJSON([]byte(text)))
			require.Equal(t, money.Of(1250, money.CNY), got)
		})
	}
}

func TestUnmarshalJSONRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                       {``, money.ErrSyntax},
		"null":                          {`null`, money.ErrSyntax},
		"a bare number":                 {`12.5`, money.ErrSyntax},
		"a bare string":                 {`"12.50 CNY"`, money.ErrSyntax},
		"an array":                      {`["12.50","CNY"]`, money.ErrSyntax},
		"an empty object":               {`{}`, money.ErrSyntax},
		"an amount that is a number":    {`{"amount":12.5,"currency":"CNY"}`, money.ErrSyntax},
		"an amount that is null":        {`{"amount":null,"currency":"CNY"}`, money.ErrSyntax},
		"an amount that is an object":   {`{"amount":{"amount":"1"},"currency":"CNY"}`, money.ErrSyntax},
		"an empty amount":               {`{"amount":"","currency":"CNY"}`, money.ErrSyntax},
		"no amount":                     {`{"currency":"CNY"}`, money.ErrSyntax},
		"no currency":                   {`{"amount":"12.50"}`, money.ErrSyntax},
		"a currency that is a number":   {`{"amount":"12.50","currency":156}`, money.ErrSyntax},
		"an empty currency":             {`{"amount":"12.50","currency":""}`, money.ErrUnknownCurrency},
		"an unknown currency":           {`{"amount":"12.50","currency":"RMB"}`, money.ErrUnknownCurrency},
		"an unknown member":             {`{"amount":"12.50","currency":"CNY","note":"x"}`, money.ErrSyntax},
		"another case":                  {`{"Amount":"12.50","currency":"CNY"}`, money.ErrSyntax},
		"a repeated amount":             {`{"amount":"12.50","amount":"99.00","currency":"CNY"}`, money.ErrSyntax},
		"a repeated currency":           {`{"amount":"12.50","currency":"CNY","currency":"CNY"}`, money.ErrSyntax},
		"a second amount in capitals":   {`{"amount":"12.50","currency":"CNY","AMOUNT":"99.00"}`, money.ErrSyntax},
		"an object after it":            {`{"amount":"12.50","currency":"CNY"}{}`, money.ErrSyntax},
		"a brace after it":              {`{"amount":"12.50","currency":"CNY"}}`, money.ErrSyntax},
		"an unfinished object":          {`{"amount":"12.50","currency":"CNY"`, money.ErrSyntax},
		"an unfinished member":          {`{"amount":"12.50","currency":`, money.ErrSyntax},
		"a comma at the end":            {`{"amount":"12.50","currency":"CNY",}`, money.ErrSyntax},
		"too many decimal places":       {`{"amount":"12.505","currency":"CNY"}`, money.ErrPrecision},
		"an exponent inside the string": {`{"amount":"1e2","currency":"CNY"}`, money.ErrSyntax},
		"an amount that does not fit":   {`{"amount":"9223372036854775808","currency":"JPY"}`, money.ErrOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := money.Of(1, money.HKD)
			got := before
			require.ErrorIs(t, got.UnmarshalJSON([]byte(c.text)), c.want)
			require.Equal(t, before, got, "a refused text changes nothing")
		})
	}
	t.Run("null inside a larger document", func(t *testing.T) {
		t.Parallel()
		var bill struct{ Due money.Amount }
		require.ErrorIs(t, json.Unmarshal([]byte(`{"Due":null}`), &bill), money.ErrSyntax)
	})
}
