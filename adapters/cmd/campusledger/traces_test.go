package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/campusledger/campusledger/adapters/httpapi"
)

// receiver is a collector that keeps what it is sent.
type receiver struct {
	t       *testing.T
	mu      sync.Mutex
	spans   []*otlp.Span
	service string
	raw     bytes.Buffer
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var sent collector.ExportTraceServiceRequest
	if err != nil || request.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		r.t.Errorf("no export of traces: %s %s: %v", request.Method, request.URL.Path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.Write(body)
	for _, resource := range sent.ResourceSpans {
		for _, attribute := range resource.Resource.Attributes {
			if attribute.Key == "service.name" {
				r.service = attribute.Value.GetStringValue()
			}
		}
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// named returns the first span with the name.
func (r *receiver) named(name string) *otlp.Span {
	at := slices.IndexFunc(r.spans, func(span *otlp.Span) bool { return span.Name == name })
	if at < 0 {
		return nil
	}
	return r.spans[at]
}

// TestServeSendsTraces runs a server beside a collector. What the last requests
// were is sent when it stops.
func TestServeSendsTraces(t *testing.T) {
	t.Parallel()
	r := &receiver{t: t}
	endpoint := httptest.NewServer(r)
	t.Cleanup(endpoint.Close)
	server := startServerIn(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint.URL, "OTEL_TRACES_SAMPLER=always_on", "OTEL_SPAN_LINK_COUNT_LIMIT=1000"},
		"--data", t.TempDir(), "--demo", "--demo-pupils", "4", "--demo-scans", "4")
	code := server.cards(t)[0]
	sold, err := server.call(httpapi.Cashier, http.MethodPost, "/v1/sales", uuid.NewString(), saleOf(code))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, sold.status, "%s", sold.body)
	require.NoError(t, server.command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, server.command.Wait())

	require.Equal(t, "campusledger", r.service)
	till := r.named("POST /v1/sales")
	require.NotNil(t, till)
	require.Len(t, till.Links, 1)
	batch := slices.IndexFunc(r.spans, func(span *otlp.Span) bool { return bytes.Equal(span.SpanId, till.Links[0].SpanId) })
	require.GreaterOrEqual(t, batch, 0, "the batch that the sale was in")
	require.Equal(t, "ledger batch", r.spans[batch].Name)
	require.NotNil(t, r.named("ledger commit"))
	for _, secret := range []string{code, server.tokens[httpapi.Cashier], "wallet/", "127.0.0.1"} {
		require.NotContains(t, r.raw.String(), secret)
	}
}

func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env    map[string]string
		wanted bool
		fault  string
	}{
		"nothing":             {},
		"an endpoint":         {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, wanted: true},
		"one for traces":      {env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, wanted: true},
		"the default one":     {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, wanted: true},
		"none":                {env: map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}},
		"disabled":            {env: map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}},
		"another exporter":    {env: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, fault: "OTEL_TRACES_EXPORTER=zipkin"},
		"gRPC":                {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, fault: "http/protobuf"},
		"gRPC for others":     {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, wanted: true},
		"gRPC, which is off":  {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}},
		"its usual parameter": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, wanted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wanted, err := wantsTraces(func(key string) string { return test.env[key] })
			if test.fault != "" {
				require.ErrorContains(t, err, test.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.wanted, wanted)
		})
	}
}

// TestAServerWithoutItsCollectorServes stops as well as without traces.
func TestAServerWithoutItsCollectorServes(t *testing.T) {
	t.Parallel()
	server := startServerIn(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"}, "--data", t.TempDir())
	day, err := server.call(httpapi.Finance, http.MethodGet, "/v1/day", "", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, day.status)
	require.NoError(t, server.command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, server.command.Wait())
}
