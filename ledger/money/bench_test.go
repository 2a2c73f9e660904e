package money_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/money"
)

func BenchmarkAdd(b *testing.B) {
	b.ReportAllocs()
	total, one := money.Zero(money.CNY), money.Of(1, money.CNY)
	n := int64(0)
	for b.Loop() {
		var err error
		if total, err = total.Add(one); err != nil {
			b.Fatal(err)
		}
		n++
	}
	require.Equal(b, n, total.Minor())
}

func BenchmarkCmp(b *testing.B) {
	b.ReportAllocs()
	x, y := money.Of(1250, money.CNY), money.Of(1251, money.CNY)
	for b.Loop() {
		if order, err := x.Cmp(y); err != nil || order != -1 {
			b.Fatal(order, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := money.Parse("12345.67", money.CNY); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecimal(b *testing.B) {
	b.ReportAllocs()
	amount := money.Of(1234567, money.CNY)
	for b.Loop() {
		if amount.Decimal() == "" {
			b.Fatal("empty")
		}
	}
}

func BenchmarkUnmarshalJSON(b *testing.B) {
	b.ReportAllocs()
	data := []byte(`{"amount":"12345.67","currency":"CNY"}`)
	var amount money.Amount
	for b.Loop() {
		if err := amount.UnmarshalJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}
