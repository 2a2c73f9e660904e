package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/ledger"
)

func bareAPI(log *bytes.Buffer) *api {
	return &api{
		bodyMax: 1 << 10, timeout: time.Second, now: time.Now, newID: uuid.New,
		log: slog.New(slog.NewTextHandler(log, nil)),
	}
}

func answerOf(a *api, next http.HandlerFunc) (*httptest.ResponseRecorder, wire.Problem) {
	recorder := httptest.NewRecorder()
	a.around(next).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	var problem wire.Problem
	_ = json.Unmarshal(recorder.Body.Bytes(), &problem) // the tests look at what is in it
	return recorder, problem
}

func TestAFaultOfTheServerIsLoggedAndNotTold(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(a *api) http.HandlerFunc{
		"an error": func(a *api) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				a.fail(w, r, fmt.Errorf("read wallet: %w", errors.New("disk on fire")))
			}
		},
		"a panic": func(*api) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic("disk on fire") }
		},
		"a damaged book": func(a *api) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				a.fail(w, r, fmt.Errorf("disk on fire: %w", ledger.ErrCorrupt))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			a := bareAPI(&log)
			recorder, problem := answerOf(a, next(a))
			require.Equal(t, http.StatusInternalServerError, recorder.Code)
			require.Equal(t, "internal error", problem.Title)
			require.NotNil(t, problem.Instance)
			require.NotContains(t, recorder.Body.String(), "fire")
			require.Contains(t, log.String(), "disk on fire")
			require.Contains(t, log.String(), *problem.Instance)
		})
	}
}

func TestAPanicAfterTheAnswerBeganCutsTheConnection(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		answerOf(bareAPI(&log), func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic("late")
		})
	})
	require.Contains(t, log.String(), "late")
}

func TestARequestThatTakesTooLongIsToldSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := bareAPI(&bytes.Buffer{})
		recorder, problem := answerOf(a, func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			a.fail(w, r, fmt.Errorf("read: %w", r.Context().Err()))
		})
		require.Equal(t, http.StatusGatewayTimeout, recorder.Code)
		require.Equal(t, "timeout", problem.Code)
		require.Equal(t, "1", recorder.Header().Get("Retry-After"))

		_, problem = answerOf(a, func(w http.ResponseWriter, r *http.Request) {
			a.fail(w, r, errors.Join(ledger.ErrOutcomeUnknown, context.DeadlineExceeded))
		})
		require.Equal(t, "outcome_unknown", problem.Code, "it may have happened: more than a timeout")
	})
}

func TestABusyBookSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	a := bareAPI(&bytes.Buffer{})
	recorder, problem := answerOf(a, func(w http.ResponseWriter, r *http.Request) {
		a.fail(w, r, &ledger.BusyError{RetryAfter: 2500 * time.Millisecond})
	})
	require.Equal(t, http.StatusServiceUnavailable, recorder.Code)
	require.Equal(t, "busy", problem.Code)
	require.Equal(t, "3", recorder.Header().Get("Retry-After"))
}

func TestCredentialsThatAreRefused(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-enough-characters"
	for name, given := range map[string][]Credential{
		"a short token":              {{Token: "short", Role: Cashier}},
		"a token with a blank":       {{Token: "a token with blanks in it", Role: Cashier}},
		"an unknown role":            {{Token: token, Role: "janitor"}},
		"the role of nobody":         {{Token: token, Role: anyone}},
		"a guardian without subject": {{Token: token, Role: Guardian}},
		"one token twice":            {{Token: token, Role: Cashier}, {Token: token, Role: Finance}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newCredentials(given)
			require.Error(t, err)
			require.NotContains(t, err.Error(), token, "an error must not give the token away")
		})
	}
}

func TestAuthorizationHeadersThatAreRefused(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-enough-characters"
	known, err := newCredentials([]Credential{{Token: token, Role: Cashier}})
	require.NoError(t, err)
	for _, headers := range [][]string{
		nil, {""}, {token}, {"Basic " + token}, {"Bearer"}, {"Bearer "}, {"Bearer x" + token}, {"Bearer " + token, "Bearer " + token},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Authorization"] = headers
		_, err := known.authenticate(r)
		require.ErrorIs(t, err, errUnauthorized, "%q", headers)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "bearer  "+token)
	found, err := known.authenticate(r)
	require.NoError(t, err, "the scheme's case and blanks make no difference")
	require.Equal(t, caller{Cashier, "cashier"}, found)
}
