package httpapi

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
)

func TestTooManyRequestsAreAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := bareAPI(&log)
	a.slots = make(slots, 1)
	var second, health *httptest.ResponseRecorder
	var problem wire.Problem
	inside := func(w http.ResponseWriter, _ *http.Request) {
		second, problem = answerOf(a, func(http.ResponseWriter, *http.Request) { t.Error("a second request was let in") })
		health = httptest.NewRecorder()
		ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
		a.around(ok).ServeHTTP(health, httptest.NewRequest(http.MethodGet, healthPath, nil))
		w.WriteHeader(http.StatusOK)
	}
	for range 2 { // the slot is given back
		recorder, _ := answerOf(a, inside)
		require.Equal(t, http.StatusOK, recorder.Code)
		require.Equal(t, http.StatusServiceUnavailable, second.Code)
		require.Equal(t, "busy", problem.Code)
		require.Equal(t, "1", second.Header().Get("Retry-After"))
		require.Equal(t, http.StatusOK, health.Code, "a busy server is healthy")
	}
	_, fault := answerOf(a, func(http.ResponseWriter, *http.Request) { panic("fault") })
	require.Equal(t, "internal", fault.Code)
	recorder, _ := answerOf(a, inside)
	require.Equal(t, http.StatusOK, recorder.Code, "also by one that panicked")
}
