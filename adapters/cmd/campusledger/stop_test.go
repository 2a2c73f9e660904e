package main

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
)

func TestServeTellsThoseWhoRunIt(t *testing.T) {
	t.Parallel()
	server := startServer(t, "--data", t.TempDir(), "--operations", "127.0.0.1:0")
	require.NotEmpty(t, server.operations)
	for path, want := range map[string]string{
		"/healthz": "healthy", "/readyz": "ready", "/metrics": `campusledger_commits_total{outcome="committed"} `,
	} {
		status, text := server.operation(t, path)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, text, want)
	}
	response, err := server.client.Get(server.url + "/metrics") //nolint:noctx // a test's own server
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNotFound, response.StatusCode, "the world does not see them")
	code, _, errs := call(t, "serve", "--listen", "127.0.0.1:0", "--operations", "nowhere:x", "--data", t.TempDir())
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "--operations")
}

// TestReadinessTurnsFalseFirst stops a server that drains: who looks at /readyz is
// sent away, who comes nevertheless is served.
func TestReadinessTurnsFalseFirst(t *testing.T) {
	t.Parallel()
	server := startServer(t, "--data", t.TempDir(), "--operations", "127.0.0.1:0", "--drain", "1h")
	readiness := func() string { _, text := server.operation(t, "/readyz"); return text }
	require.Equal(t, "ready\n", readiness())
	require.NoError(t, server.command.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return readiness() == "stopping\n" }, time.Minute, time.Millisecond)
	for range 3 {
		day, err := server.call(httpapi.Finance, http.MethodGet, "/v1/day", "", nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, day.status, "%s", day.body)
	}
	status, _ := server.operation(t, "/healthz")
	require.Equal(t, http.StatusOK, status, "a server that drains is not to be restarted")
	server.kill(t) // an hour is long
}

func TestAContextEndsSomeTimeAfterAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		later, cancel := endAfter(ctx, time.Minute)
		defer cancel()
		stop()
		began := time.Now()
		<-later.Done()
		require.Equal(t, time.Minute, time.Since(began))

		later, cancel = endAfter(t.Context(), time.Minute)
		cancel()
		require.ErrorIs(t, later.Err(), context.Canceled)
	})
	code, _, errs := call(t, "serve", "--drain=-1s", "--data", t.TempDir())
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "--drain -1s")
}

// operation asks what those who run the server ask.
func (s *server) operation(t *testing.T, path string) (status int, text string) {
	t.Helper()
	response, err := http.Get(s.operations + path) //nolint:noctx // a test's own server
	require.NoError(t, err)
	said, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(said)
}

var operationsLine = regexp.MustCompile(`readiness are on (http://\S+)`)
