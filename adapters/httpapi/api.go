package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/gateways"
)

// Options of [New]. The zero value of each field is its default.
type Options struct {
	// Credentials are all who may call. Default: nobody, so that only the
	// operations without a credential answer.
	Credentials []Credential
	// Gateway names the gateway whose notifications come to
	// /v1/gateways/{gateway}/notifications. Default: none.
	Gateway string
	// BodyMax is the most bytes a request's body may have. Default: 1 MiB.
	BodyMax int64
	// Timeout is how long a request may take. Default: 10 s.
	Timeout time.Duration
	// Log takes one line a request and the errors of the server; neither
	// names a person. Default: slog.Default().
	Log *slog.Logger
	// ReceiptFont is the path of the font that receipts are drawn with; it is
	// read when the first is. Default: [slip.FontPath].
	ReceiptFont string
	// UnderWayMax is how many requests may be under way; more are answered
	// 503 busy at once. Default: 4096.
	UnderWayMax int
	// Metrics count requests and watch the book's queue. Default: nothing is
	// counted.
	Metrics *Metrics
	// Traces follow requests. Default: none is followed.
	Traces *Traces
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// NewID makes the ids of errors in the log. Default: a random UUID.
	NewID func() uuid.UUID
}

func (o *Options) withDefaults() (Options, error) {
	var options Options
	if o != nil {
		options = *o
	}
	if options.BodyMax < 0 || options.Timeout < 0 || options.UnderWayMax < 0 {
		return options, fmt.Errorf("body of %d bytes, timeout %s, %d requests under way: must not be negative",
			options.BodyMax, options.Timeout, options.UnderWayMax)
	}
	if options.UnderWayMax == 0 {
		options.UnderWayMax = 4096
	}
	if options.BodyMax == 0 {
		options.BodyMax = 1 << 20
	}
	if options.Timeout == 0 {
		options.Timeout = 10 * time.Second
	}
	if options.ReceiptFont == "" {
		options.ReceiptFont = slip.FontPath
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.NewID == nil {
		options.NewID = uuid.New
	}
	return options, nil
}

// api implements the generated server interface: one method for each operation,
// by subject in guardian.go, payments.go, cashier.go, office.go, finance.go,
// seal.go and receipt.go.
type api struct {
	school      *school.School
	operations  operations
	credentials credentials
	gateway     string
	bodyMax     int64
	timeout     time.Duration
	receiptFont func() (*slip.Font, error)
	slots       slots
	metrics     *Metrics
	traces      *Traces
	log         *slog.Logger
	now         func() time.Time
	newID       func() uuid.UUID
}

var _ wire.StrictServerInterface = (*api)(nil)

// New returns the API of a school; nil options are the defaults. The school
// stays the caller's to close, after the server has stopped. It fails if a
// credential is unusable, and never later for what the options say.
func New(s *school.School, options *Options) (http.Handler, error) {
	if s == nil {
		return nil, errors.New("new http api: a school is required")
	}
	o, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("new http api: options: %w", err)
	}
	a := &api{
		school: s, gateway: o.Gateway, bodyMax: o.BodyMax, timeout: o.Timeout,
		receiptFont: sync.OnceValues(func() (*slip.Font, error) { return slip.OpenFont(o.ReceiptFont) }),
		slots:       make(slots, o.UnderWayMax), metrics: o.Metrics, traces: o.Traces, log: o.Log, now: o.Now, newID: o.NewID,
	}
	if a.credentials, err = newCredentials(o.Credentials); err != nil {
		return nil, fmt.Errorf("new http api: %w", err)
	}
	if a.operations, err = loadOperations(); err != nil {
		return nil, fmt.Errorf("new http api: %w", err)
	}
	router, err := a.router()
	if err != nil {
		return nil, fmt.Errorf("new http api: %w", err)
	}
	a.metrics.watchQueue(s.Book)
	return a.around(router), nil
}

// router knows every operation of the document; what each request passes on
// the way is in middleware.go.
func (a *api) router() (*mux.Router, error) {
	router := mux.NewRouter()
	router.Use(a.identify, a.validate, a.watch)
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.fail(w, r, errNoRoute) })
	router.MethodNotAllowedHandler = http.HandlerFunc(a.refuseMethod)
	if err := a.routeGateway(router); err != nil {
		return nil, err
	}
	router.HandleFunc("/openapi.yaml", serveDocument).Methods(http.MethodGet)
	strict := wire.NewStrictHandlerWithOptions(a, nil, wire.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: a.failDecoding, ResponseErrorHandlerFunc: a.fail,
	})
	wire.HandlerWithOptions(strict, wire.GorillaServerOptions{BaseRouter: router, ErrorHandlerFunc: a.failDecoding})
	return router, nil
}

const notificationsPath = "/v1/gateways/{gateway}/notifications"

// routeGateway leaves notifications to package gateways, which verifies their
// exact bytes. Without a gateway the path answers that there is none.
func (a *api) routeGateway(router *mux.Router) error {
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.fail(w, r, school.ErrNoGateway) }))
	if a.gateway != "" {
		desk, err := a.school.Desk()
		if err != nil {
			return fmt.Errorf("gateway %s: %w", a.gateway, err)
		}
		receive := gateways.NotificationHandler(desk)
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if mux.Vars(r)["gateway"] != a.gateway {
				a.fail(w, r, errNoRoute)
				return
			}
			receive.ServeHTTP(w, r)
		})
	}
	router.Handle(notificationsPath, handler).Methods(http.MethodPost)
	return nil
}

func serveDocument(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(documentText) // a client that left needs no answer
}
