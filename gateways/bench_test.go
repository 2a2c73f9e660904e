package gateways_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/gateways/simulator"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

// BenchmarkTopUp is a whole top-up without the ledger: order, payment at the
// simulator, notification, settled.
func BenchmarkTopUp(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkTopUp(b, domaintest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkTopUp(b, domaintest.Postgres(b)) })
}

func benchmarkTopUp(b *testing.B, db *sql.DB) {
	account := simulator.Merchant{ID: merchant, Key: []byte("a key of the merchant")}
	server, err := simulator.New([]simulator.Merchant{account}, nil)
	if err != nil {
		b.Fatal(err)
	}
	address, err := server.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var desk *gateways.Desk
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gateways.NotificationHandler(desk).ServeHTTP(w, r)
	}))
	defer endpoint.Close()
	client, err := simulator.NewClient(address, account, &simulator.ClientOptions{NotifyURL: endpoint.URL})
	if err != nil {
		b.Fatal(err)
	}
	books := newLedger()
	if desk, err = gateways.NewDesk(db, client, books.settle, nil); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			order, err := desk.Start(b.Context(), topUp(fmt.Sprint(n.Add(1))))
			if err == nil {
				err = client.Pay(b.Context(), order.Checkout)
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	if err := server.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(len(books.booked))/b.Elapsed().Seconds(), "top-ups/s")
	client.CloseIdleConnections()
	if err := server.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}
