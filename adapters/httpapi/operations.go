package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/campusledger/campusledger/adapters/school"
)

// readyWithin is how long the database may take to say that it is there.
const readyWithin = 2 * time.Second

// OperationsHandler answers those who run the server, on an address of its own
// that the world does not reach: it asks for no credential.
//
//	GET /metrics   in Prometheus's text format
//	GET /healthz   200 while the process serves: restart it if there is no answer
//	GET /readyz    200 if requests should be sent here, else 503
//
// A server is ready while the database answers what a book's head is, and not once
// stopping says true: then it only finishes what it accepted. Answers
// say no more than that.
func OperationsHandler(s *school.School, m *Metrics, stopping func() bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "healthy") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		if stopping() {
			say(w, http.StatusServiceUnavailable, "stopping")
			return
		}
		if _, err := s.Book.Head(ctx); err != nil {
			say(w, http.StatusServiceUnavailable, "the database does not answer")
			return
		}
		say(w, http.StatusOK, "ready")
	})
	return mux
}

func say(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, word) // a client that left needs no answer
}
