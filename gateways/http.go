package gateways

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// receiveWithin bounds the work on one notification.
const receiveWithin = 30 * time.Second

// NotificationHandler returns the endpoint that a gateway's notify URL points
// to. It answers 204 for what [Desk.Receive] took and an error status with
// {"code":"FAIL","message":…} otherwise, on which gateways try again; the
// message says no more than the gateway must know. What has begun is finished
// even if the gateway hangs up, within 30 seconds.
func NotificationHandler(desk *Desk) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answerFailure(w, http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxNotification))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			answerFailure(w, http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			answerFailure(w, http.StatusBadRequest)
			return
		}
		// A gateway that hangs up must not cut short what has begun: it would
		// only have to be replayed.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), receiveWithin)
		defer cancel()
		if _, err := desk.Receive(ctx, r.Header, body); err != nil {
			answerFailure(w, failureStatus(err))
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func failureStatus(err error) int {
	switch {
	case errors.Is(err, ErrBadSignature), errors.Is(err, ErrStale):
		return http.StatusUnauthorized
	case errors.Is(err, ErrMalformed):
		return http.StatusBadRequest
	case errors.Is(err, ErrUnknownOrder):
		return http.StatusNotFound
	case errors.Is(err, ErrMismatch):
		return http.StatusConflict
	}
	return http.StatusServiceUnavailable
}

func answerFailure(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The gateway reads the status; a connection that broke here tries again.
	_ = json.NewEncoder(w).Encode(map[string]string{"code": "FAIL", "message": http.StatusText(status)})
}
