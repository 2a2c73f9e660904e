package money_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/campusledger/campusledger/ledger/money"
)

func anyCurrency() *rapid.Generator[money.Currency] {
	return rapid.SampledFrom([]money.Currency{money.JPY, money.CNY, money.KWD})
}

func TestParseReads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text     string
		currency money.Currency
		want     int64
	}{
		"all places":                        {"12.50", money.CNY, 1250},
		"fewer places than the currency":    {"12.5", money.CNY, 1250},
		"no places":                         {"12", money.CNY, 1200},
		"a currency without places":         {"12", money.JPY, 12},
		"a currency of three places":        {"0.007", money.KWD, 7},
		"a negative below one":              {"-0.07", money.CNY, -7},
		"a plus":                            {"+0.07", money.CNY, 7},
		"leading zeros":                     {"000000000000000000000000000012.5", money.CNY, 1250},
		"minus zero as zero":                {"-0.00", money.CNY, 0},
		"the largest":                       {"92233720368547758.07", money.CNY, math.MaxInt64},
		"the smallest":                      {"-92233720368547758.08", money.CNY, math.MinInt64},
		"the smallest without places":       {"-9223372036854775808", money.JPY, math.MinInt64},
		"the smallest of three places":      {"-9223372036854775.808", money.KWD, math.MinInt64},
		"what a float would read as 0.2899": {"0.29", money.CNY, 29},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := money.Parse(c.text, c.currency)
			require.NoError(t, err)
			require.Equal(t, money.Of(c.want, c.currency), got)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text     string
		currency money.Currency
		want     error
	}{
		"nothing":                           {"", money.CNY, money.ErrSyntax},
		"a sign alone":                      {"-", money.CNY, money.ErrSyntax},
		"two signs":                         {"+-1", money.CNY, money.ErrSyntax},
		"a sign at the end":                 {"1-", money.CNY, money.ErrSyntax},
		"a point alone":                     {".", money.CNY, money.ErrSyntax},
		"a point first":                     {".5", money.CNY, money.ErrSyntax},
		"a point after the sign":            {"-.5", money.CNY, money.ErrSyntax},
		"a point last":                      {"5.", money.CNY, money.ErrSyntax},
		"two points":                        {"1.2.3", money.CNY, money.ErrSyntax},
		"a decimal comma":                   {"12,50", money.CNY, money.ErrSyntax},
		"separated thousands":               {"1,250.00", money.CNY, money.ErrSyntax},
		"an underscore":                     {"1_250", money.CNY, money.ErrSyntax},
		"an exponent":                       {"1e3", money.CNY, money.ErrSyntax},
		"a huge exponent":                   {"1E999999999", money.CNY, money.ErrSyntax},
		"not a number":                      {"NaN", money.CNY, money.ErrSyntax},
		"an infinity":                       {"-Inf", money.CNY, money.ErrSyntax},
		"hexadecimal":                       {"0x10", money.CNY, money.ErrSyntax},
		"a blank before":                    {" 1", money.CNY, money.ErrSyntax},
		"a line end after":                  {"1\n", money.CNY, money.ErrSyntax},
		"a zero byte":                       {"1\x00", money.CNY, money.ErrSyntax},
		"full-width digits":                 {"１２", money.CNY, money.ErrSyntax},
		"Arabic-Indic digits":               {"٣", money.CNY, money.ErrSyntax},
		"a typographic minus":               {"−5", money.CNY, money.ErrSyntax},
		"a currency sign":                   {"¥5", money.CNY, money.ErrSyntax},
		"33 bytes, though the value is one": {"000000000000000000000000000000001", money.CNY, money.ErrSyntax},
		"a third place":                     {"0.125", money.CNY, money.ErrPrecision},
		"a third place that is zero":        {"0.120", money.CNY, money.ErrPrecision},
		"a place where there is none":       {"5.0", money.JPY, money.ErrPrecision},
		"too many places before too large":  {"99999999999999999999.999", money.CNY, money.ErrPrecision},
		"one above the largest":             {"92233720368547758.08", money.CNY, money.ErrOverflow},
		"one below the smallest":            {"-92233720368547758.09", money.CNY, money.ErrOverflow},
		"what only fits unscaled":           {"9223372036854775807", money.CNY, money.ErrOverflow},
		"32 nines":                          {"99999999999999999999999999999999", money.JPY, money.ErrOverflow},
		"the zero currency":                 {"1", money.Currency{}, money.ErrUnknownCurrency},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := money.Parse(c.text, c.currency)
			require.ErrorIs(t, err, c.want)
			require.Zero(t, got)
		})
	}
}

func TestParseErrorsSayWhereWithoutRepeatingTheText(t *testing.T) {
	t.Parallel()
	_, err := money.Parse("12,50", money.CNY)
	require.EqualError(t, err, "parse amount: byte 3 of 5: not a decimal amount")
	_, err = money.Parse("110101199003070011", money.CNY) // an identity number in the wrong column
	require.ErrorIs(t, err, money.ErrOverflow)
	require.NotContains(t, err.Error(), "1990")
}

func TestMustParsePanicsOnWhatParseRefuses(t *testing.T) {
	t.Parallel()
	require.PanicsWithValue(t,
		`money.MustParse("1.5", JPY): parse amount: 1 decimal places, JPY has 0: more decimal places than the currency has`,
		func() { money.MustParse("1.5", money.JPY) })
}

func TestDecimalHasAllPlacesOfTheCurrency(t *testing.T) {
	t.Parallel()
	for want, amount := range map[string]money.Amount{
		"0":                     money.Zero(money.JPY),
		"0.00":                  money.Zero(money.CNY),
		"-0.007":                money.Of(-7, money.KWD),
		"0.05":                  money.Of(5, money.CNY),
		"12.50":                 money.Of(1250, money.CNY),
		"-92233720368547758.08": money.Of(math.MinInt64, money.CNY),
		"9223372036854775807":   money.Of(math.MaxInt64, money.JPY),
	} {
		require.Equal(t, want, amount.Decimal())
		require.Equal(t, want+" "+amount.Currency().Code(), amount.String())
	}
}

func TestParseUndoesDecimal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Of(anyMinor().Draw(t, "minor"), anyCurrency().Draw(t, "currency"))
		read, err := money.Parse(amount.Decimal(), amount.Currency())
		require.NoError(t, err)
		require.Equal(t, amount, read)
	})
}
