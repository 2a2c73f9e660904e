package httpapi_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// A request's span ends after its answer: how long tests wait for it, and how
// often they look.
const (
	patience = 10 * time.Second
	tick     = time.Millisecond
)

// watch is what those who run a server see of it.
type watch struct {
	metrics *httpapi.Metrics
	traces  *httpapi.Traces
	ended   *tracetest.InMemoryExporter
}

func newWatch() *watch {
	ended := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(ended))
	return &watch{metrics: httpapi.NewMetrics(), traces: httpapi.NewTraces(provider), ended: ended}
}

func (w *watch) observe(store ledger.Store) ledger.Store {
	return w.metrics.Observe(w.traces.Observe(store))
}

// named returns the spans with the name, in the order of their ends.
func (w *watch) named(name string) (found tracetest.SpanStubs) {
	for _, span := range w.ended.GetSpans() {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

// tellsNobody checks that no span of a test has a person, a holder, a card or a
// token in it, and no word of an account's path.
func (w *watch) tellsNobody(t testing.TB, of *world) {
	t.Helper()
	if w.ended == nil {
		return // of a benchmark
	}
	for _, span := range w.ended.GetSpans() {
		text, err := json.Marshal(span)
		require.NoError(t, err)
		for _, secret := range []string{
			"张", "李四", "2026000", of.child.Ref(), of.stranger.Ref(), of.code, mother, cashier, "wx-mother",
			"wallet/", "arrears/h", "merchant/", "127.0.0.1", "Go-http-client",
		} {
			if strings.Contains(string(text), secret) {
				t.Fatalf("the span %q tells %q: %s", span.Name, secret, text)
			}
		}
	}
}

// attributes are a span's as text.
func attributes(span tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, one := range span.Attributes {
		all[string(one.Key)] = one.Value.String()
	}
	return all
}

func TestASaleIsTracedFromTheTillToTheBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "20.00")
	w.watch.ended.Reset()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/v1/sales", strings.NewReader(sale(w.code, rice, 2, "")))
	require.NoError(t, err)
	for name, value := range map[string]string{
		"Authorization": "Bearer " + cashier, "Content-Type": "application/json", "Idempotency-Key": uuid.NewString(),
		"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage": "name=" + w.child.Ref(),
	} {
		request.Header.Set(name, value)
	}
	response, err := w.client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusCreated, response.StatusCode)
	require.Eventually(t, func() bool { return len(w.watch.named("POST /v1/sales")) == 1 }, patience, tick)

	till := w.watch.named("POST /v1/sales")[0]
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", till.SpanContext.TraceID().String(), "the till's trace goes on")
	require.Equal(t, "b7ad6b7169203331", till.Parent.SpanID().String())
	require.Equal(t, trace.SpanKindServer, till.SpanKind)
	require.Equal(t, codes.Unset, till.Status.Code)
	said := attributes(till)
	require.Contains(t, said, "campusledger.waited")
	delete(said, "campusledger.waited")
	require.Equal(t, map[string]string{
		"http.request.method": "POST", "http.route": "/v1/sales", "http.response.status_code": "201",
		"campusledger.operation": "sell", "campusledger.role": "cashier",
	}, said)

	batches := w.watch.named("ledger batch")
	require.Len(t, batches, 1)
	batch := batches[0]
	require.False(t, batch.Parent.IsValid(), "a batch is of many requests, so that it is in the trace of none")
	require.Len(t, batch.Links, 1)
	require.Equal(t, till.SpanContext.SpanID(), batch.Links[0].SpanContext.SpanID())
	require.Len(t, till.Links, 1)
	require.Equal(t, batch.SpanContext.SpanID(), till.Links[0].SpanContext.SpanID())
	require.Len(t, till.Events, 1)
	require.Equal(t, "committed", till.Events[0].Name)
	said = attributes(batch)
	require.Contains(t, said, "campusledger.waited")
	delete(said, "campusledger.waited")
	require.Equal(t, map[string]string{
		"campusledger.book": "7", "campusledger.asked": "1", "campusledger.records": "1", "campusledger.outcome": "committed",
	}, said)
	for _, step := range []string{"ledger lock", "ledger commit"} {
		require.Len(t, w.watch.named(step), 1)
		require.Equal(t, batch.SpanContext.SpanID(), w.watch.named(step)[0].Parent.SpanID())
	}
	require.Empty(t, w.watch.named("ledger rollback"))
}

func TestARefusedSaleIsTracedByItsCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.watch.ended.Reset()
	problem := refused(t, w.post(t, cashier, "/v1/sales", sale(w.code, banana, 1, "")), http.StatusUnprocessableEntity, "insufficient")
	require.NotEmpty(t, problem.Code)
	require.Eventually(t, func() bool { return len(w.watch.named("POST /v1/sales")) == 1 }, patience, tick)
	till := w.watch.named("POST /v1/sales")[0]
	require.Equal(t, "insufficient", attributes(till)["campusledger.code"])
	require.Equal(t, codes.Unset, till.Status.Code, "a refusal is no fault of the server")
	batch := w.watch.named("ledger batch")[0]
	require.Equal(t, "rolled back", attributes(batch)["campusledger.outcome"], "nothing was written")
	require.Len(t, batch.Links, 1)
	require.Len(t, w.watch.named("ledger rollback"), 1)
}

func TestSpansAreNamedByTheDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, ask := range []ask{
		{method: http.MethodGet, path: "/v1/holders/" + w.child.Ref() + "/balance", token: mother},
		{method: http.MethodGet, path: "/no/such/place/" + w.child.Ref()},
		{method: "HOLDER", path: "/" + w.child.Ref()},
	} {
		w.send(t, ask)
	}
	for _, name := range []string{"GET /v1/holders/{holder}/balance", "GET", "_OTHER"} {
		require.Eventually(t, func() bool { return len(w.watch.named(name)) == 1 }, patience, tick, name)
	}
	require.Empty(t, attributes(w.watch.named("GET")[0])["http.route"])
}

func TestATracedStoreIsTheStore(t *testing.T) {
	t.Parallel()
	w := newWatch()
	secret := fmt.Errorf("wallet/h1: %w", ledger.ErrConflict)
	traced := w.traces.Observe(failing{err: secret})
	require.Implements(t, (*ledger.Waiter)(nil), traced)
	_, err := traced.Lock(t.Context(), 3, ledger.Need{IDs: []uuid.UUID{uuid.New(), uuid.New()}})
	require.ErrorIs(t, err, secret)
	batch := w.named("ledger batch")[0]
	require.Equal(t, map[string]string{"campusledger.book": "3", "campusledger.asked": "2", "campusledger.outcome": "conflict"}, attributes(batch))
	require.Equal(t, codes.Error, batch.Status.Code)
	for _, span := range w.ended.GetSpans() {
		text, err := json.Marshal(span)
		require.NoError(t, err)
		require.NotContains(t, string(text), "wallet", "an error's words may name an account")
	}

	var none *httpapi.Traces
	store := failing{}
	require.Equal(t, ledger.Store(store), none.Observe(store))
	inside := callers{}
	require.Equal(t, ledger.Store(inside), w.traces.Observe(inside), "a caller's transaction is the caller's")
}

func TestTheRecordsOfAllPartsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWatch()
	memory := storetest.NewMemory()
	memory.Parts = true
	book, err := ledger.Create(t.Context(), w.observe(memory), 1, ledger.Genesis{Name: "School", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	requests := make([]ledger.Request, 200)
	for i := range requests {
		requests[i] = ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
			{Path: "wallet/" + strconv.Itoa(i), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
		}}
	}
	for _, answer := range book.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
	}
	batches := w.named("ledger batch")
	require.Len(t, batches, 2)
	require.Equal(t, "200", attributes(batches[1])["campusledger.records"])
	_, text := fetch(w.metrics.Handler(), "/metrics", "")
	for _, line := range []string{"campusledger_records_total 201", "campusledger_batch_records_sum 201", "campusledger_batch_records_count 2"} {
		require.Contains(t, text, line+"\n")
	}
}

// callers is a store in a transaction of its caller.
type callers struct{ ledger.Store }

func (callers) InCallersTransaction() {}

func TestAFaultOfTheServerIsAnErrorWithoutWords(t *testing.T) {
	t.Parallel()
	w := newWatch()
	closed, err := school.Open(t.Context(), school.Location{Dir: t.TempDir()}, nil)
	require.NoError(t, err)
	handler, err := httpapi.New(closed, &httpapi.Options{Credentials: credentials(), Traces: w.traces, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, closed.Close()) // every read fails from now on
	status, _ := fetch(handler, "/v1/day", finance)
	require.Equal(t, http.StatusInternalServerError, status)
	span := w.named("GET /v1/day")[0]
	require.Equal(t, codes.Error, span.Status.Code)
	require.Empty(t, span.Status.Description)
	require.Empty(t, span.Events)
	require.Equal(t, "internal", attributes(span)["error.type"])
}
