package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// BenchmarkSell sells through the whole handler, validation included, without
// the network: 64 cashiers at once, one merchant, durable at the answer.
func BenchmarkSell(b *testing.B) {
	w := newWorldOf(b, &campus.Options{WalletCap: money.MustParse("1000000000", money.CNY)})
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
	w := newWorld(b)
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
