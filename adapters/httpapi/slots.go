package httpapi

import (
	"net/http"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// slots bound the requests under way: each holds one. A server that takes more
// than it can answer in time answers nobody.
type slots chan struct{}

// healthPath is asked by whoever starts the server anew: one that is busy is not
// to be killed.
const healthPath = "/healthz"

// bound calls next if a slot is free, else refuse. Without slots nothing is
// bounded.
func (s slots) bound(next http.Handler, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	if s == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == healthPath {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case s <- struct{}{}:
		default:
			refuse(w, r, &ledger.BusyError{RetryAfter: time.Second})
			return
		}
		defer func() { <-s }()
		next.ServeHTTP(w, r)
	})
}
