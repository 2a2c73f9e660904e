package voucher_test

import (
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// BenchmarkExport exports a day of so many sales and bills, each paid.
func BenchmarkExport(b *testing.B) {
	const sales, bills = 20_000, 2000
	store, err := sqlitestore.Open(b.Context(), filepath.Join(b.TempDir(), "books.db"), nil)
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	busyDay(b, store, sales, bills)
	exporter, err := voucher.New(store, bookID, nil)
	require.NoError(b, err)
	for b.Loop() {
		require.NoError(b, exporter.WriteU8(b.Context(), io.Discard, voucher.Period{From: day(1), To: day(1)}))
	}
	b.ReportMetric(float64(b.N)*(sales+2*bills)/b.Elapsed().Seconds(), "records/s")
}

func busyDay(b *testing.B, store ledger.Store, sales, bills int) {
	b.Helper()
	book, err := ledger.Create(b.Context(), store, bookID, ledger.Genesis{Name: "x", OpenDate: day(1)}, nil)
	require.NoError(b, err)
	chart, err := campus.New(nil)
	require.NoError(b, err)
	accounts := append(chart.Treasury("main", "desk"), chart.Gateway("wechat")...)
	accounts = append(append(append(accounts, chart.Holder("h1")...), chart.Merchant("m1")...), chart.FeeItem(campus.Service, "bus"))
	require.NoError(b, campus.Ensure(b.Context(), book, "office", accounts...))
	event := func(what string, n int) campus.Event {
		return campus.Event{ID: ledger.KeyID(what, fmt.Sprint(n)), By: "office"}
	}
	requests := []ledger.Request{chart.TopUp(campus.TopUp{Event: event("topup", 0), Gateway: "wechat", Holder: "h1", Amount: cny("2000")})}
	for n := range sales {
		requests = append(requests, chart.Sale(campus.Sale{Event: event("sale", n), Holder: "h1", Merchant: "m1", Price: cny("0.01")}))
	}
	for from := 0; from < bills; from += 500 {
		var opened []ledger.AccountSpec
		for n := from; n < from+500; n++ {
			opened = append(opened, chart.Bill(fmt.Sprint("bus-", n), cny("3")))
			fee := campus.Fee{Event: event("bill", n), Bill: fmt.Sprint("bus-", n), Nature: campus.Service, Item: "bus", Amount: cny("3"), From: campus.FromCash("desk")}
			requests = append(requests, chart.FeeAssessed(fee))
			fee.Event = event("payment", n)
			requests = append(requests, chart.FeePaid(fee))
		}
		require.NoError(b, campus.Ensure(b.Context(), book, "office", opened...))
	}
	for _, answer := range book.PostAll(b.Context(), requests...) {
		require.NoError(b, answer.Err)
	}
	_, err = book.CloseDay(b.Context(), ledger.DayClose{Date: day(1)})
	require.NoError(b, err)
}
