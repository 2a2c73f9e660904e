package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/ledger"
)

// flushWithin is how long the last spans may take to leave. A collector that is
// gone keeps no server from stopping.
const flushWithin = 5 * time.Second

// watch is what those who run the server see of it.
type watch struct {
	metrics *httpapi.Metrics
	traces  *httpapi.Traces // nil for none
}

// observe puts both before a store.
func (w watch) observe(store ledger.Store) ledger.Store {
	return w.metrics.Observe(w.traces.Observe(store))
}

// startWatch returns metrics, and traces if the environment wants them, until the
// second result is called.
func startWatch(ctx context.Context) (watch, func(), error) {
	traces, stop, err := startTraces(ctx)
	return watch{metrics: httpapi.NewMetrics(), traces: traces}, stop, err
}

// startTraces sends traces where the standard variables of OpenTelemetry say, by
// OTLP over HTTP; the result ends that. It returns nil traces unless
// OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or
// OTEL_TRACES_EXPORTER=otlp is set. Sampler, batches, headers, certificates and
// limits are the SDK's to read:
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
func startTraces(ctx context.Context) (*httpapi.Traces, func(), error) {
	wanted, err := wantsTraces(os.Getenv)
	if err != nil || !wanted {
		return nil, func() {}, err
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("traces: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("campusledger")),
		resource.WithTelemetrySDK(), resource.WithFromEnv()) // the last one wins
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("traces: %w", err), exporter.Shutdown(ctx))
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	stop := func() {
		flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
		defer cancel()
		_ = provider.Shutdown(flush) // what could not be sent is lost: it is no reason to fail
	}
	return httpapi.NewTraces(provider), stop, nil
}

// wantsTraces refuses what another SDK would do and this binary does not, rather
// than sending nothing in silence.
func wantsTraces(env func(string) string) (bool, error) {
	if env("OTEL_SDK_DISABLED") == "true" {
		return false, nil
	}
	endpoint := env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") + env("OTEL_EXPORTER_OTLP_ENDPOINT")
	switch exporter := env("OTEL_TRACES_EXPORTER"); {
	case exporter == "none", exporter == "" && endpoint == "":
		return false, nil
	case exporter != "" && exporter != "otlp":
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER=%s: want otlp or none", exporter)
	}
	protocol := env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
	if protocol == "" {
		protocol = env("OTEL_EXPORTER_OTLP_PROTOCOL")
	}
	if protocol != "" && protocol != "http/protobuf" {
		return false, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL=%s: want http/protobuf", protocol)
	}
	return true, nil
}
