package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Traces follow requests and batches as OpenTelemetry spans. A request is one
// span, named by its method and the document's path, in the trace of its
// traceparent (W3C Trace Context) or a new one. A batch is another, in a trace of
// its own, for it belongs to many requests: the two are linked in both directions
// where the request has an idempotency key ([Traces.Observe]).
//
// Spans carry what the document and the table of conditions say, the book's
// number, counts and outcomes: no path or query as it was sent, no address, no
// account, no amount, and no text of an error. That is why they are not left to
// a general instrumentation of net/http, which records the path, the address and the
// browser. Baggage is not taken over: a sender chose it.
//
// All methods may be called concurrently, and on nil, where they do nothing.
type Traces struct {
	tracer trace.Tracer
	posts  posts[*tracedPost]
}

// scope names who made a span.
const scope = "github.com/campusledger/campusledger/adapters/httpapi"

// The attributes that OpenTelemetry has no name for.
const (
	keyOperation = attribute.Key("campusledger.operation")
	keyRole      = attribute.Key("campusledger.role")
	keyCode      = attribute.Key("campusledger.code")    // of the problem
	keyBook      = attribute.Key("campusledger.book")    // its number
	keyAsked     = attribute.Key("campusledger.asked")   // ids that the batch is about
	keyRecords   = attribute.Key("campusledger.records") // written by the batch
	keyWaited    = attribute.Key("campusledger.waited")  // seconds for the batch; of a batch, the longest
	keyOutcome   = attribute.Key("campusledger.outcome")
)

// NewTraces returns traces whose spans go to the provider. Whoever made it
// decides which are kept, and shuts it down.
func NewTraces(provider trace.TracerProvider) *Traces {
	return &Traces{tracer: provider.Tracer(scope)}
}

// begin begins a request's span, until the result is called with its answer.
func (t *Traces) begin(r *http.Request) (*http.Request, func(c *call, status int)) {
	if t == nil {
		return r, func(*call, int) {}
	}
	method := methodOf(r)
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, method.Value.AsString(), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(method))
	return r.WithContext(ctx), func(c *call, status int) {
		defer span.End()
		if c.operation != nil {
			route := c.operation.route
			span.SetName(route.Method + " " + route.Path)
			span.SetAttributes(semconv.HTTPRoute(route.Path), keyOperation.String(c.operation.id))
		}
		if c.caller.role != "" {
			span.SetAttributes(keyRole.String(string(c.caller.role)))
		}
		if c.code != "" {
			span.SetAttributes(keyCode.String(c.code), semconv.ErrorTypeKey.String(c.code))
		}
		if status != 0 {
			span.SetAttributes(semconv.HTTPResponseStatusCode(status))
		}
		if status == 0 || status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	}
}

// methodOf is the method if HTTP knows it: else a sender chose the word.
func methodOf(r *http.Request) attribute.KeyValue {
	known := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace,
	}
	if !slices.Contains(known, r.Method) {
		return semconv.HTTPRequestMethodOther
	}
	return semconv.HTTPRequestMethodKey.String(r.Method)
}

// tracedPost is a transaction of a request that is not answered yet.
type tracedPost struct {
	request trace.Span
	since   time.Time
}

// posting links the request's span and that of the batch that the transaction
// is in, until the result is called.
func (t *Traces) posting(ctx context.Context, id uuid.UUID) (end func()) {
	if t == nil {
		return func() {}
	}
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return func() {} // by decision of the sampler
	}
	return t.posts.begin(id, &tracedPost{request: span, since: time.Now()})
}
