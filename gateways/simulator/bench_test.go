package simulator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/gateways/simulator"
)

// BenchmarkPayment creates and pays an order and takes its notification, three
// signed HTTP exchanges over loopback. Run it with -cpu 1 for one core.
func BenchmarkPayment(b *testing.B) {
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	defer endpoint.Close()
	server, err := simulator.New([]simulator.Merchant{school}, nil)
	if err != nil {
		b.Fatal(err)
	}
	address, err := server.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	client, err := simulator.NewClient(address, school, &simulator.ClientOptions{NotifyURL: endpoint.URL})
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			order := anOrder(0)
			order.ID = uuid.New()
			checkout, err := client.Create(b.Context(), order)
			if err == nil {
				err = client.Pay(b.Context(), checkout)
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
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
	client.CloseIdleConnections()
	if err := server.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}
