package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := httpapi.New(nil, nil)
	require.Error(t, err)
	s, err := school.Open(t.Context(), school.Location{Dir: t.TempDir()}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	for name, options := range map[string]*httpapi.Options{
		"a negative body":        {BodyMax: -1},
		"a negative timeout":     {Timeout: -1},
		"an unusable credential": {Credentials: []httpapi.Credential{{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := httpapi.New(s, options)
			require.Error(t, err)
		})
	}
	_, err = httpapi.New(s, &httpapi.Options{Gateway: "simulator"})
	require.ErrorIs(t, err, school.ErrNoGateway)
}

func TestWithoutAGatewayThereAreNoTopUps(t *testing.T) {
	t.Parallel()
	s, err := school.Open(t.Context(), school.Location{Dir: t.TempDir()}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	handler, err := httpapi.New(s, &httpapi.Options{Credentials: credentials(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	w := serve(t, handler)
	refused(t, w.get(t, finance, "/v1/orders/3f2504e0-4f89-41d3-9a0c-0305e82c3301"), http.StatusServiceUnavailable, "no_gateway")
	refused(t, w.post(t, "", "/v1/gateways/simulator/notifications", "{}"), http.StatusServiceUnavailable, "no_gateway")
}

// serve serves the handler until the test ends.
func serve(t *testing.T, handler http.Handler) *world {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- httpapi.Serve(ctx, listener, handler) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-stopped)
	})
	return &world{url: "http://" + listener.Addr().String(), client: &http.Client{Transport: newCheckedTransport(t, &http.Transport{DisableKeepAlives: true})}}
}

func TestServeLetsRequestsUnderWayFinish(t *testing.T) {
	t.Parallel()
	arrived, leave := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-leave
		_, _ = io.WriteString(w, "done")
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- httpapi.Serve(ctx, listener, handler) }()

	answered := make(chan string, 1)
	go func() {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String(), nil)
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	<-arrived
	stop()
	close(leave)
	require.Equal(t, "done", <-answered)
	require.NoError(t, <-stopped)
}

func TestServeReportsAListenerThatFails(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.ErrorIs(t, httpapi.Serve(t.Context(), listener, http.NotFoundHandler()), net.ErrClosed)
}

func TestTheLogNamesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post(t, mother, "/v1/lookups", `{"name":"李四","student_no":"20260002"}`)
	w.post(t, mother, "/v1/lookups", `{"name":"李四","student_no":"20269999"}`)
	w.get(t, mother, "/v1/holders/"+w.child.Ref()+"/balance")
	w.post(t, cashier, "/v1/sales", sale(w.code, rice, 1, ""))
	w.get(t, office, "/v1/holders?grade=%E5%88%9D%E4%B8%80")
	w.get(t, mother, "/v1/%E6%9D%8E%E5%9B%9B")
	log := w.log.String()
	for _, secret := range []string{"李四", "张", "20260002", "20269999", "wx-mother", w.code, w.child.Ref(), mother, "初一", "%E6"} {
		require.NotContains(t, log, secret)
	}
	require.Contains(t, log, "operation=sell role=cashier status=422 code=insufficient")
	require.Contains(t, log, "operation=unknown")
}

func TestTheDocumentIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := w.get(t, "", "/openapi.yaml")
	require.Equal(t, string(httpapi.OpenAPI()), string(answer.body))
	require.JSONEq(t, `{"status":"ok"}`, string(w.get(t, "", "/healthz").body))
}

// The caller of an operation is known by its token; who may call what is in the
// document.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "school")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := context.WithCancel(context.Background())
	s, err := school.Open(ctx, school.Location{Dir: dir}, &school.Options{Now: testNow})
	if err != nil {
		panic(err)
	}
	handler, err := httpapi.New(s, &httpapi.Options{
		Credentials: []httpapi.Credential{{Token: "a-secret-of-finance", Role: httpapi.Finance}},
		Log:         slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- httpapi.Serve(ctx, listener, handler) }()

	for _, token := range []string{"a-secret-of-finance", "a-guess"} {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listener.Addr().String()+"/v1/day", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		fmt.Println(response.StatusCode, strings.TrimSpace(string(body)))
	}
	stop()
	fmt.Println(<-stopped, s.Close())
	// Output:
	// 200 {"open_date":"2026-09-01","school":1,"seq":3}
	// 401 {"code":"unauthorized","status":401,"title":"no valid credential","type":"urn:campusledger:problem:unauthorized"}
	// <nil> <nil>
}
