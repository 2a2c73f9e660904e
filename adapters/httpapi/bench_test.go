package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// BenchmarkSell sells through the whole handler, validation included, without
// the network: 64 cashiers at once, one merchant, durable at the answer; and with
// every request traced, up to the exporter.
func BenchmarkSell(b *testing.B) {
	b.Run("untraced", func(b *testing.B) { benchmarkSell(b, &watch{metrics: httpapi.NewMetrics()}) })
	b.Run("traced", func(b *testing.B) {
		provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
		b.Cleanup(func() { _ = provider.Shutdown(context.WithoutCancel(b.Context())) })
		benchmarkSell(b, &watch{metrics: httpapi.NewMetrics(), traces: httpapi.NewTraces(provider)})
	})
}

func benchmarkSell(b *testing.B, watch *watch) {
	w := newWorldWatched(b, &campus.Options{WalletCap: money.MustParse("1000000000", money.CNY)}, watch)
	w.fill(b, "1000000000.00")
	body := sale(w.code, rice, 1, "")
	b.SetParallelism(64)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodPost, "/v1/sales", strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+cashier)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", uuid.NewString())
			recorder := httptest.NewRecorder()
			w.handler.ServeHTTP(recorder, r)
			if recorder.Code != http.StatusCreated {
				b.Errorf("%d %s", recorder.Code, recorder.Body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sales/s")
}

// BenchmarkQuote is the cost of everything around a sale: routing, credential,
// validation, log.
func BenchmarkQuote(b *testing.B) {
	w := newWorldWatched(b, nil, &watch{metrics: httpapi.NewMetrics()})
	body := `{"lines":[{"dish":"` + rice + `","quantity":1}]}`
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/v1/quotes", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+cashier)
		r.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusOK {
			b.Fatalf("%d %s", recorder.Code, recorder.Body)
		}
	}
}
