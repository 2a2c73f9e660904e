package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
)

// around is what every request passes, known to the router or not: the log, the
// headers, the limits, and the net that catches a panic.
func (a *api) around(next http.Handler) http.Handler {
	next = a.slots.bound(next, a.fail)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := a.now()
		c := &call{}
		ctx, cancel := context.WithTimeout(withCall(r.Context(), c), a.timeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, a.bodyMax)
		maps.Copy(w.Header(), securityHeaders)
		answer := &answer{ResponseWriter: w}
		ended := a.metrics.begin()
		defer func() { ended(c, answer.status, a.now().Sub(begin)) }()
		r, traced := a.traces.begin(r)
		defer func() { traced(c, answer.status) }()
		a.serve(answer, r, next)
		if a.log.Enabled(r.Context(), slog.LevelInfo) {
			a.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("operation", c.name()), slog.String("role", string(c.caller.role)),
				slog.Int("status", answer.status), slog.String("code", c.code), slog.Duration("took", a.now().Sub(begin)))
		}
	})
}

// serve calls next and answers a panic as a problem, if nothing was answered
// yet. The server goes on.
func (a *api) serve(w *answer, r *http.Request, next http.Handler) {
	defer func() {
		reason := recover()
		if reason == nil {
			return
		}
		if reason == http.ErrAbortHandler { //nolint:errorlint // the value that net/http documents
			panic(reason)
		}
		err := fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		if w.status != 0 {
			a.log.ErrorContext(r.Context(), "request failed after its answer began", slog.Any("error", err))
			panic(http.ErrAbortHandler)
		}
		a.fail(w, r, err)
	}()
	next.ServeHTTP(w, r)
}

// name is the operation as the log names it: never the path, which the sender
// chose.
func (c *call) name() string {
	if c.operation == nil {
		return "unknown"
	}
	return c.operation.id
}

// answer remembers the status for the log.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// securityHeaders: answers are one caller's business, and never a page. All answers
// share the values: a header that is set anew gets values of its own.
var securityHeaders = http.Header{
	"Cache-Control":           {"no-store"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
	"X-Content-Type-Options":  {"nosniff"},
	"Referrer-Policy":         {"no-referrer"},
}

// identify finds the operation, then who calls it, then whether they may.
func (a *api) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		path, err := mux.CurrentRoute(r).GetPathTemplate()
		op, ok := a.operations[r.Method+" "+path]
		if err != nil || !ok {
			a.fail(w, r, fmt.Errorf("%s %s is routed but not in the document", r.Method, path))
			return
		}
		c.operation = op
		if op.isOpen() {
			next.ServeHTTP(w, r)
			return
		}
		if c.caller, err = a.credentials.authenticate(r); err == nil && !slices.Contains(op.roles, c.caller.role) {
			err = errForbidden
		}
		if err != nil {
			a.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// validate holds the request against the document. A gateway's notification is
// left as it is: its bytes are signed.
func (a *api) validate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if op := callOf(r.Context()).operation; !op.isOpen() {
			if err := validateRequest(r, op); err != nil {
				a.fail(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// refuseMethod says in Allow which methods the path knows.
func (a *api) refuseMethod(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for name := range a.operations {
		method, path, _ := strings.Cut(name, " ")
		if fitsPath(path, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	slices.Sort(allowed)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	a.fail(w, r, errMethod)
}

// fitsPath compares a path with one of the document, segment by segment.
func fitsPath(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") && g != "" })
}

// failDecoding answers what the generated code could not read after the
// validator let it pass, such as a UUID that is none.
func (a *api) failDecoding(w http.ResponseWriter, r *http.Request, err error) {
	var format *wire.InvalidParamFormatError
	var missing *wire.RequiredHeaderError
	var many *wire.TooManyValuesForParamError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &format):
		err = invalidParameter(format.ParamName, "is not of the format that the document asks for")
	case errors.As(err, &missing):
		err = invalidParameter(missing.ParamName, "is required")
	case errors.As(err, &many):
		err = invalidParameter(many.ParamName, "is given more than once")
	case errors.As(err, &tooLarge):
		err = errBodyTooLarge
	default:
		err = errMalformedJSON
	}
	a.fail(w, r, err)
}
